"""Names, hooks, several contracts in a chaincode, functions in threads, serializers."""

import asyncio
import contextvars
import threading
import time

import msgspec
import pytest

from weftwork_chaincode import (
    Call,
    ConfigError,
    Context,
    Contract,
    ContractError,
    Invalid,
    Proceed,
    SyncContext,
    TransactionOver,
    after,
    around,
    before,
    evaluate,
    messages,
    submit,
    unknown,
)
from weftwork_chaincode.dispatch import Dispatcher
from weftwork_chaincode.messages import Response
from weftwork_chaincode.testing import ScriptedPeer
from weftwork_model import Id, Quantity, Record
from weftwork_protos.chaincode_shim_pb2 import GetState, PutState

REQUEST = contextvars.ContextVar("REQUEST", default="unset")


class Asset(Record, kind="asset", key=("id",)):
    id: Id
    worth: Quantity


class Note(msgspec.Struct):
    text: str
    about: "Note | None" = None


class Assets(Contract, name="assets", case="pascal", version="1.2.0"):
    """Assets and their worth.

    More of it, which is not for the metadata.
    """

    def __init__(self):
        self.seen: list[str] = []
        self.waiting = threading.Event()
        self.ended: list[str] = []

    @submit
    def create_asset(self, ctx: SyncContext, asset: Asset) -> Asset:
        ctx.add(asset)
        return asset

    @evaluate(name="Read")
    def read_asset(self, ctx: SyncContext, id: str) -> Asset:
        return ctx.get(Asset, id)

    @evaluate
    def listed(self, ctx: SyncContext) -> list[str]:
        return [asset.id for asset in ctx.range(Asset)]

    @evaluate
    def thread(self, ctx: SyncContext) -> str:
        return f"{threading.current_thread().name} {REQUEST.get()} {ctx.tx_id}"

    @evaluate
    def stopping(self, ctx: SyncContext) -> str:
        raise StopIteration("the end")

    @evaluate
    def exiting(self, ctx: SyncContext) -> str:
        raise SystemExit(3)

    @evaluate
    def slow(self, ctx: SyncContext, seconds: int) -> str:
        time.sleep(seconds / 1000)
        return "slow"

    @evaluate
    def stuck(self, ctx: SyncContext) -> str:
        try:
            ctx.find(Asset, "never answered")
        except TransactionOver as error:
            self.ended.append(str(error))
            try:
                ctx.find(Asset, "another")
            except TransactionOver:
                self.ended.append("again")
            raise
        finally:
            self.waiting.set()
        return "found"

    @evaluate
    async def quick(self, ctx: Context) -> str:
        return "quick"

    @evaluate
    async def noted(self, ctx: Context, note: Note, extra: int | None = None) -> Note:
        return note


class Hooked(Contract, name="hooked"):
    def __init__(self):
        self.seen: list[str] = []

    @before
    async def first(self, ctx: Context, call: Call) -> None:
        self.seen.append(f"before {call.contract}:{call.function} {call.arguments} {call.writes}")
        if call.arguments == ("refused",):
            raise Invalid("not today")

    @before
    def second(self, ctx: SyncContext, call: Call) -> None:
        self.seen.append("second")

    @around
    async def outer(self, ctx: Context, call: Call, proceed: Proceed) -> object:
        self.seen.append("outer")
        result = await proceed()
        self.seen.append("outer done")
        return f"<{result}>"

    @around
    async def inner(self, ctx: Context, call: Call, proceed: Proceed) -> object:
        self.seen.append("inner")
        if call.arguments == ("twice",):
            await proceed()
        return f"({await proceed()})"

    @after
    async def last(self, ctx: Context, call: Call, result: object) -> None:
        self.seen.append(f"last {result}")

    @after
    async def next_to_last(self, ctx: Context, call: Call, result: object) -> None:
        self.seen.append(f"after {result}")

    @unknown
    async def other(self, ctx: Context, call: Call) -> object:
        await ctx.stub.put_state("called", call.function.encode())
        return [call.function, len(call.arguments)]

    @submit
    async def echo(self, ctx: Context, text: str) -> str:
        self.seen.append("echo")
        return text


class Engine:
    """A scripted peer with a small state behind it."""

    def __init__(self, handler, **options):
        self.state: dict[str, bytes] = {}
        self.peer = ScriptedPeer(handler, **options)
        self.count = 0

    async def call(self, *args: bytes | str) -> Response:
        if not self.count:
            await self.peer.register()
        self.count += 1
        self.peer.start(f"tx{self.count}", *args)
        return await self.answer()

    async def answer(self) -> Response:
        while True:
            message = await self.peer.next()
            if message.type == messages.COMPLETED:
                return Response.decode(message.payload)
            value = b""
            if message.type == messages.GET_STATE:
                value = self.state.get(GetState.FromString(message.payload).key, b"")
            elif message.type == messages.PUT_STATE:
                put = PutState.FromString(message.payload)
                self.state[put.key] = put.value
            self.peer.send(messages.RESPONSE, message.txid, value)


ASSET = b'{"id":"A","kind":"asset","v":1,"worth":5}'


async def told(contracts, *args, **options) -> tuple[int, str]:
    response = await Engine(Dispatcher(contracts, **options)).call(*args)
    return response.status, response.message or response.payload.decode()


# --- names


async def test_names_are_those_that_other_clients_say():
    for name in ("CreateAsset", "assets:CreateAsset"):
        assert await told([Assets(), Hooked()], name, ASSET) == (200, ASSET.decode())
    assert (await told([Hooked(), Assets()], "assets:Quick")) == (200, "quick")
    assert "create_asset" not in Assets.functions
    assert "Read" in Assets.functions
    status, text = await told([Hooked(), Assets()], "nowhere:Quick")
    assert (status, text) == (404, "NotFound: no contract 'nowhere' here; there is assets, hooked")
    status, text = await told([Assets(), Hooked()], "assets:create_asset")
    assert status == 404
    assert "assets has no function 'create_asset'; it has CreateAsset, " in text
    assert "hooked:echo" in Dispatcher([Assets(), Hooked()]).functions


def test_two_contracts_of_one_name_and_none_are_refused():
    with pytest.raises(ConfigError, match="two contracts are named 'assets'"):
        Dispatcher([Assets(), Assets()])
    with pytest.raises(ConfigError, match="needs a contract"):
        Dispatcher([])


def test_declarations_that_clients_could_not_call_are_refused():
    async def f(self, ctx: Context) -> None: ...
    async def g(self, ctx: Context) -> None: ...

    with pytest.raises(ContractError, match=r"\.Bad\.g: f is named 'X' too"):
        type("Bad", (Contract,), {"f": submit(name="X")(f), "g": submit(name="X")(g)})
    with pytest.raises(ContractError, match=r"\.Bad\.f: 'a:b' cannot name a function"):
        type("Bad", (Contract,), {"f": submit(name="a:b")(f)})
    with pytest.raises(ContractError, match="'a b' cannot name a contract"):
        type("Bad", (Contract,), {}, name="a b")
    with pytest.raises(ContractError, match="case 'kebab' is unknown: write \"snake\""):
        type("Bad", (Contract,), {}, case="kebab")
    with pytest.raises(ContractError, match=r'write @submit\(name="Create"\)'):
        submit("Create")


def shorter():
    async def short(self, ctx: Context) -> None: ...

    return short


def blocking(self, ctx: SyncContext, call: Call, proceed: Proceed) -> object: ...


@pytest.mark.parametrize(
    ("mark", "method", "text"),
    [
        (before, shorter(), r"is marked @before: write \(self, ctx, call\)"),
        (after, shorter(), r"write \(self, ctx, call, result\)"),
        (unknown, shorter(), r"write \(self, ctx, call\)"),
        (around, blocking, "is marked @around: write `async def`"),
    ],
)
def test_a_hook_of_another_shape_is_refused(mark, method, text):
    with pytest.raises(ContractError, match=rf"\.Bad\.hook .*{text}"):
        type("Bad", (Contract,), {"hook": mark(method)})


async def test_an_argument_error_names_function_parameter_and_type():
    status, text = await told(Assets(), "Slow", "long")
    assert (status, text) == (
        400,
        "Invalid: Slow: argument seconds: $: not JSON at character 0: Expecting value "
        "(seconds: int)",
    )


# --- hooks


async def test_hooks_run_in_their_order():
    contract = Hooked()
    assert await told(contract, "echo", "hi") == (200, "<(hi)>")
    assert contract.seen == [
        "before hooked:echo ('hi',) True",
        "second",
        "outer",
        "inner",
        "echo",
        "outer done",
        "after <(hi)>",
        "last <(hi)>",
    ]


async def test_a_hook_that_raises_keeps_the_function_from_running():
    contract = Hooked()
    assert await told(contract, "echo", "refused") == (400, "Invalid: not today")
    assert len(contract.seen) == 1
    status, text = await told(contract, "echo", "twice")
    assert status == 500
    assert "proceed() twice" in text


async def test_an_unknown_name_goes_to_its_hook_which_may_write():
    engine = Engine(Dispatcher(Hooked()))
    response = await engine.call("whatever", "a", "b")
    assert response.payload == b'["whatever",2]'
    assert engine.state == {"called": b"whatever"}


# --- functions in threads


async def test_a_sync_function_reads_and_writes_in_a_thread():
    engine = Engine(Dispatcher(Assets()))
    assert (await engine.call("CreateAsset", ASSET)).status == 200
    assert engine.state == {Asset.key_of("A"): ASSET}
    assert (await engine.call("Read", "A")).payload == ASSET
    refused = await engine.call("CreateAsset", ASSET)
    assert (refused.status, refused.message) == (409, "AlreadyExists: asset A exists")


async def test_context_variables_are_carried():
    REQUEST.set("r-1")
    status, text = await told(Assets(), "Thread")
    assert (status, text.split()[1:]) == (200, ["r-1", "tx1"])
    assert text.startswith("weftwork-sync-")


async def test_a_sync_function_keeps_nobody_waiting():
    peer = ScriptedPeer(Dispatcher(Assets()))
    await peer.register()
    peer.start("slow", "Slow", "400")
    peer.start("quick", "Quick")
    assert [(await peer.next()).txid, (await peer.next()).txid] == ["quick", "slow"]


async def test_more_than_the_pool_holds_wait_for_a_thread():
    peer = ScriptedPeer(Dispatcher(Assets(), workers=2))
    await peer.register()
    began = time.monotonic()
    for number in range(4):
        peer.start(f"t{number}", "Slow", "150")
    for _ in range(4):
        await peer.next()
    assert 0.29 < time.monotonic() - began < 2


@pytest.mark.parametrize("name", ["Stopping", "Exiting"])
async def test_nothing_that_a_sync_function_raises_ends_the_server(name):
    engine = Engine(Dispatcher(Assets()))
    assert (await engine.call(name)).status == 500
    assert (await engine.call("Quick")).payload == b"quick"


async def test_a_sync_function_that_waits_is_told_that_its_time_is_up():
    contract = Assets()
    peer = ScriptedPeer(Dispatcher(contract), time_limit=0.3)
    await peer.register()
    peer.start("t", "Stuck")
    assert (await peer.next()).type == messages.GET_STATE
    await asyncio.sleep(0.6)
    peer.send(messages.RESPONSE, "t", b"")
    answer = Response.decode((await peer.next()).payload)
    assert (answer.status, answer.message[:16]) == (500, "DeadlineExceeded")
    assert await asyncio.to_thread(contract.waiting.wait, 5)
    assert contract.ended[0].startswith("the transaction is over")
    assert contract.ended[1:] == ["again"]


async def test_a_sync_function_is_told_that_its_peer_is_gone():
    contract = Assets()
    peer = ScriptedPeer(Dispatcher(contract))
    await peer.register()
    peer.start("t", "Stuck")
    await peer.next()
    peer.lose()
    assert await asyncio.to_thread(contract.waiting.wait, 5)
    assert contract.ended[1:] == ["again"]


# --- serializer


class Shouting:
    def encode(self, value: object) -> bytes:
        return str(value).upper().encode()

    def decode(self, data: bytes, type: object) -> object:
        if data == b"bad":
            raise KeyError("a value")
        return data.decode()


class Loud(Contract, serializer=Shouting()):
    @evaluate
    async def say(self, ctx: Context, text: float) -> float:
        return text


async def test_a_serializer_of_ones_own():
    assert await told(Loud(), "say", "hello") == (200, "HELLO")
    status, text = await told(Loud(), "say", "bad")
    assert (status, "a value" in text) == (400, False)
    assert text.startswith("Invalid: say: argument text: KeyError in the serializer")
