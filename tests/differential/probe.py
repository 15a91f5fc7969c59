"""A chaincode that runs a list of stub operations and tells what each gave.

A program is a JSON list of operations, each a list: its name, then its arguments (text, numbers,
lists). The result is a JSON list of the same length: ``{"ok": …}`` or ``{"error": "Type: text"}``.
It is a module of its own, with nothing of the tests in it: chaincode processes import it alone.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from google.protobuf import json_format

from weftwork_chaincode import (
    ChaincodeError,
    Context,
    Contract,
    Forbidden,
    Policy,
    Stub,
    all_of,
    any_of,
    evaluate,
    out_of,
    submit,
)
from weftwork_protos import chaincode_shim_pb2 as shim
from weftwork_protos.rwset_pb2 import KV

OPERATIONS: dict[str, Callable[..., Awaitable[Any]]] = {}
"""Every operation by the name that a program calls it by."""


class Probe(Contract, name="probe"):
    """Runs programs, in a transaction or without one."""

    @submit
    async def run(self, ctx: Context, program: str) -> str:
        """Runs a program that may write."""
        return await _run(ctx.stub, json.loads(program))

    @evaluate
    async def ask(self, ctx: Context, program: str) -> str:
        """Runs a program that only reads: its writes are refused."""
        return await _run(ctx.stub, json.loads(program))


async def _run(stub: Stub, program: list[list[Any]]) -> str:
    told: list[dict[str, Any]] = []
    for name, *arguments in program:
        if name == "fail":
            raise Forbidden(arguments[0])
        if name == "crash":
            raise RuntimeError("a fault of the contract's own")
        try:
            told.append({"ok": await OPERATIONS[name](stub, *arguments)})
        except ChaincodeError as error:
            told.append({"error": f"{type(error).__name__}: {error}"})
    return json.dumps(told, sort_keys=True)


def _operation(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    OPERATIONS[method.__name__] = method
    return method


def _shown(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _sealed(stub: Stub, value: bytes | None) -> str | None:
    """A private value: in a submit by its digest alone, for the response goes on the chain."""
    if value is None or stub.read_only:
        return _shown(value)
    return "#" + hashlib.sha256(value).hexdigest()[:12]


def _policy(words: Any) -> Policy:
    """``"X"``, ``["and", …]``, ``["or", …]`` or ``[2, …]``."""
    if isinstance(words, str):
        return any_of(words)
    rule, *parties = words
    named = [one if isinstance(one, str) else _policy(one) for one in parties]
    if rule == "and":
        return all_of(*named)
    return any_of(*named) if rule == "or" else out_of(rule, *named)


async def _rows(rows: AsyncIterator[Any], most: int = 0) -> list[list[Any]]:
    found: list[list[Any]] = []
    async for row in rows:
        found.append([row.key, _shown(row.value)])
        if most and len(found) == most:
            break  # the reader leaves early
    return found


async def _sealed_rows(stub: Stub, rows: AsyncIterator[Any]) -> list[list[Any]]:
    return [[row.key, _sealed(stub, row.value)] async for row in rows]


def _page(page: Any) -> dict[str, Any]:
    rows = [[row.key, _shown(row.value)] for row in page.rows]
    return {"rows": rows, "bookmark": page.bookmark, "count": page.count}


# --- public state


@_operation
async def get_state(stub: Stub, key: str) -> str | None:
    return _shown(await stub.get_state(key))


@_operation
async def get_states(stub: Stub, keys: list[str]) -> list[str | None]:
    return [_shown(value) for value in await stub.get_states(keys)]


@_operation
async def get_committed(stub: Stub, key: str) -> str | None:
    return _shown(await stub.get_committed(key))


@_operation
async def put_state(stub: Stub, key: str, value: str) -> None:
    await stub.put_state(key, value.encode())


@_operation
async def delete_state(stub: Stub, key: str) -> None:
    await stub.delete_state(key)


@_operation
async def put_many(stub: Stub, prefix: str, count: int, value: str) -> None:
    for number in range(count):
        await stub.put_state(f"{prefix}{number:03}", value.encode())


@_operation
async def range_of(stub: Stub, start: str, end: str, most: int = 0) -> list[list[Any]]:
    return await _rows(stub.range(start, end), most)


@_operation
async def range_by_prefix(stub: Stub, prefix: str) -> list[list[Any]]:
    return await _rows(stub.range_by_prefix(prefix))


@_operation
async def range_page(stub: Stub, start: str, end: str, size: int, bookmark: str = "") -> Any:
    return _page(await stub.range_page(start, end, size, bookmark))


@_operation
async def range_pages(stub: Stub, start: str, end: str, size: int) -> Any:
    pages, bookmark = [], ""
    while True:
        page = await stub.range_page(start, end, size, bookmark)
        pages.append(_page(page))
        bookmark = page.bookmark
        if not bookmark:
            return pages


@_operation
async def put_composite(stub: Stub, kind: str, attributes: list[str], value: str) -> None:
    await stub.put_state(stub.create_composite_key(kind, *attributes), value.encode())


@_operation
async def split_composite_key(stub: Stub, kind: str, attributes: list[str]) -> Any:
    return list(stub.split_composite_key(stub.create_composite_key(kind, *attributes)))


@_operation
async def range_by_composite_key(stub: Stub, kind: str, attributes: list[str]) -> Any:
    return await _rows(stub.range_by_composite_key(kind, *attributes))


@_operation
async def composite_key_page(
    stub: Stub, kind: str, attributes: list[str], size: int, bookmark: str = ""
) -> Any:
    return _page(await stub.composite_key_page(kind, attributes, size, bookmark))


@_operation
async def history(stub: Stub, key: str) -> list[list[Any]]:
    changes = stub.history(key)
    return [
        [one.tx_id, _shown(one.value or None), one.deleted, one.timestamp] async for one in changes
    ]


@_operation
async def query(stub: Stub, words: str) -> Any:
    return await _rows(stub.query(words))


@_operation
async def query_page(stub: Stub, words: str, size: int) -> Any:
    return _page(await stub.query_page(words, size))


@_operation
async def set_state_policy(stub: Stub, key: str, policy: Any) -> None:
    await stub.set_state_policy(key, _policy(policy))


@_operation
async def get_state_policy(stub: Stub, key: str) -> str | None:
    found = await stub.get_state_policy(key)
    return None if found is None else str(found)


# --- private data


@_operation
async def get_private(stub: Stub, collection: str, key: str) -> str | None:
    return _sealed(stub, await stub.get_private(collection, key))


@_operation
async def leak_private(stub: Stub, collection: str, key: str) -> str | None:
    return _shown(await stub.get_private(collection, key))


@_operation
async def get_privates(stub: Stub, collection: str, keys: list[str]) -> list[str | None]:
    return [_sealed(stub, value) for value in await stub.get_privates(collection, keys)]


@_operation
async def get_committed_private(stub: Stub, collection: str, key: str) -> str | None:
    return _sealed(stub, await stub.get_committed_private(collection, key))


@_operation
async def get_private_hash(stub: Stub, collection: str, key: str) -> str | None:
    found = await stub.get_private_hash(collection, key)
    return None if found is None else found.hex()


@_operation
async def put_private(stub: Stub, collection: str, key: str, value: str) -> None:
    await stub.put_private(collection, key, value.encode())


@_operation
async def put_transient(stub: Stub, collection: str, key: str, name: str) -> None:
    await stub.put_private(collection, key, stub.transient[name])


@_operation
async def delete_private(stub: Stub, collection: str, key: str) -> None:
    await stub.delete_private(collection, key)


@_operation
async def purge_private(stub: Stub, collection: str, key: str) -> None:
    await stub.purge_private(collection, key)


@_operation
async def range_private(stub: Stub, collection: str, start: str, end: str) -> Any:
    return await _sealed_rows(stub, stub.range_private(collection, start, end))


@_operation
async def range_private_by_prefix(stub: Stub, collection: str, prefix: str) -> Any:
    return await _sealed_rows(stub, stub.range_private_by_prefix(collection, prefix))


@_operation
async def put_private_composite(
    stub: Stub, collection: str, kind: str, attributes: list[str], value: str
) -> None:
    key = stub.create_composite_key(kind, *attributes)
    await stub.put_private(collection, key, value.encode())


@_operation
async def range_private_by_composite_key(
    stub: Stub, collection: str, kind: str, attributes: list[str]
) -> Any:
    rows = stub.range_private_by_composite_key(collection, kind, *attributes)
    return await _sealed_rows(stub, rows)


@_operation
async def query_private(stub: Stub, collection: str, words: str) -> Any:
    return await _sealed_rows(stub, stub.query_private(collection, words))


@_operation
async def set_private_policy(stub: Stub, collection: str, key: str, policy: Any) -> None:
    await stub.set_private_policy(collection, key, _policy(policy))


@_operation
async def get_private_policy(stub: Stub, collection: str, key: str) -> str | None:
    found = await stub.get_private_policy(collection, key)
    return None if found is None else str(found)


# --- other chaincodes, events, who asks


@_operation
async def invoke(
    stub: Stub, chaincode: str, program: list[Any], channel: str = "", function: str = "run"
) -> Any:
    arguments = [function.encode(), json.dumps(program).encode()]
    response = await stub.invoke(chaincode, arguments, channel)
    payload = json.loads(response.payload) if response.payload else None
    return [response.status, response.message, payload]


@_operation
async def set_event(stub: Stub, name: str, payload: str) -> None:
    stub.set_event(name, payload.encode())


@_operation
async def asked(stub: Stub) -> dict[str, Any]:
    """What the client sent, as far as it is the same wherever the call is made."""
    return {
        "tx_id": stub.tx_id,
        "channel": stub.channel,
        "mspid": stub.client.mspid,
        "creator": len(stub.creator) > 0,
        "args": len(stub.args),
        "transient": sorted(stub.transient),
        "timestamp": stub.timestamp,
        "nanoseconds": stub.timestamp_ns // 1_000_000 == stub.timestamp,
        "binding": len(stub.binding),
        "decorations": sorted(stub.decorations),
        "signed": len(stub.signed_proposal.proposal) > 0
        and len(stub.signed_proposal.signature) > 0,
    }


# --- past the runtime's guards: what the peer itself says

_REQUESTS: dict[str, Callable[[], Any]] = {
    "GET_STATE": shim.GetState,
    "GET_PRIVATE_DATA_HASH": shim.GetState,
    "PUT_STATE": shim.PutState,
    "DEL_STATE": shim.DelState,
    "PURGE_PRIVATE_DATA": shim.PurgePrivateState,
    "GET_STATE_BY_RANGE": shim.GetStateByRange,
    "GET_QUERY_RESULT": shim.GetQueryResult,
    "GET_STATE_METADATA": shim.GetStateMetadata,
    "PUT_STATE_METADATA": shim.PutStateMetadata,
}


@_operation
async def raw(stub: Stub, kind: str, fields: dict[str, Any], page_size: int = 0) -> Any:
    """One request as it is, whatever the transaction did before."""
    request = json_format.ParseDict(fields, _REQUESTS[kind]())
    if page_size:
        request.metadata = shim.QueryMetadata(pageSize=page_size).SerializeToString()
    number = int(shim.ChaincodeMessage.Type.Value(kind))
    payload = await stub._transaction.request(number, request.SerializeToString())
    if kind in ("GET_STATE_BY_RANGE", "GET_QUERY_RESULT"):
        answer = shim.QueryResponse.FromString(payload)
        rows = [KV.FromString(one.resultBytes) for one in answer.results]
        return [[row.key, hashlib.sha256(row.value).hexdigest()] for row in rows]
    return hashlib.sha256(payload).hexdigest() if payload else ""
