"""The three chaincodes of fabric-gateway's scenario suite, as its Go and Node fixtures behave.

`basic` and `private` answer as `fixtures/chaincode/golang` there, `errors` as
`fixtures/chaincode/node`: the same functions, keys and results, and their words where a scenario
reads them. A module of its own, with nothing of the tests in it: chaincode processes import it
alone.
"""

import json
import os
import secrets
from typing import NoReturn

from weftwork_chaincode import (
    Call,
    ChaincodeError,
    Context,
    Contract,
    KeyEndorsementPolicy,
    evaluate,
    submit,
    unknown,
)


class Told(ChaincodeError):
    """Words as they are: a client of the fixtures knows them without a name before them."""

    named = False


class Basic(Contract, name="basic", case="camel"):
    """`fixtures/chaincode/golang/basic`."""

    @submit
    async def echo(self, ctx: Context, arg: str) -> str:
        return arg

    @evaluate
    async def echo_transient(self, ctx: Context) -> dict[str, str]:
        return {name: value.decode() for name, value in ctx.transient.items()}

    @submit
    async def put(self, ctx: Context, key: str, value: str) -> str:
        await ctx.stub.put_state(key, value.encode())
        return value

    @evaluate
    async def get(self, ctx: Context, key: str) -> str:
        return (await ctx.stub.get_state(key) or b"").decode()

    @submit
    async def error_message(self, ctx: Context, message: str) -> None:
        raise Told(message)

    @submit
    async def event(self, ctx: Context, name: str, payload: str) -> None:
        ctx.emit(name, payload.encode())


class Private(Contract, name="private", case="pascal"):
    """`fixtures/chaincode/golang/private`; Go's names may begin in either case."""

    @submit(name="getPeerOrg")
    async def get_peer_org(self, ctx: Context) -> str:
        return _peer_organization()

    @submit(name="checkEndorsingOrg")
    async def check_endorsing_org(self, ctx: Context) -> str:
        organization = _peer_organization()
        if organization in ctx.transient:
            return "success"
        raise Told(f"endorser in this org ({organization}) should not have been invoked")

    @submit
    async def write_private_data(self, ctx: Context) -> str:
        given: dict[str, bytes] = {}
        for name in ("collection", "key", "value"):
            if name not in ctx.transient:
                raise Told(f"transient data doesn't contain {name}")
            given[name] = ctx.transient[name]
        for collection in given["collection"].decode().split(","):
            await ctx.stub.put_private(collection, given["key"].decode(), given["value"])
        return ""

    @evaluate
    async def read_private_data(self, ctx: Context, collection: str, key: str) -> str:
        return (await ctx.stub.get_private(collection, key) or b"").decode()

    @submit
    async def set_state_with_endorser(
        self, ctx: Context, key: str, value: str, endorser: str
    ) -> str:
        await ctx.stub.put_state(key, value.encode())
        return await _set_state_endorsers(ctx, key, endorser)

    @submit
    async def set_state_endorsers(
        self, ctx: Context, key: str, endorser1: str, endorser2: str
    ) -> str:
        return await _set_state_endorsers(ctx, key, endorser1, endorser2)

    @evaluate
    async def get_state(self, ctx: Context, key: str) -> str:
        return (await ctx.stub.get_state(key) or b"").decode()

    @submit
    async def change_state(self, ctx: Context, key: str, value: str) -> str:
        await ctx.stub.put_state(key, value.encode())
        return ""


class Errors(Contract, name="errors", case="camel"):
    """`fixtures/chaincode/node/errors`, with the words of Node's contract API."""

    @unknown
    async def no_such_function(self, ctx: Context, call: Call) -> NoReturn:
        raise Told(f"You've asked to invoke a function that does not exist: {call.function}")

    @evaluate
    async def exists(self, ctx: Context, id: str | None = None) -> bool:
        # Counted here, in Node's words: the contract API would refuse the call in its own.
        if id is None:
            raise Told("Expected 1 parameters, but 0 have been supplied")
        return bool(await ctx.stub.get_state(id))

    @evaluate
    async def crash(self, ctx: Context) -> None:
        os._exit(99)

    @submit
    async def nondet(self, ctx: Context) -> None:
        # What no contract may do: that the peers' results differ is what the scenario is about.
        await ctx.stub.put_state("random", secrets.token_bytes(8))

    @submit
    async def orgs_fail(self, ctx: Context, organizations: str) -> None:
        organization = _peer_organization()
        if organization in json.loads(organizations):
            raise Told(f"{organization} refuses to endorse this")
        await ctx.stub.put_state("mykey", b"myvalue")

    @evaluate
    async def long_running(self, ctx: Context, repeat: int) -> None:
        for _ in range(repeat):
            async for _row in ctx.stub.range("", ""):
                pass


def _peer_organization() -> str:
    """The MSP id of the peer that asks, as Go's `shim.GetMSPID` has it from the environment.

    An answer that differs by endorser: here that is what the scenarios want to see.
    """
    return os.environ["CORE_PEER_LOCALMSPID"]


async def _set_state_endorsers(ctx: Context, key: str, *mspids: str) -> str:
    policy = KeyEndorsementPolicy()
    policy.add_orgs("peer", *mspids)
    await ctx.stub.set_state_policy(key, policy.policy())
    return ""
