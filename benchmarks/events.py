"""How many events a second the client decodes: a server on loopback sends ready-made answers.

    python benchmarks/events.py [--seconds 3]

No peer is involved, so what is measured is gRPC, decoding and iterating. The server is a process
of its own and shares the machine. Beside ours stands bare gRPC, which decodes nothing: the bound
for small messages. The last line is one JSON object.
"""

import argparse
import asyncio
import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

import grpc
import grpc.aio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

import weftwork
import weftwork.aio
from weftwork.profile import Endpoint
from weftwork_protos import common_pb2, gateway_pb2, msp_pb2, peer_pb2, rwset_pb2

PAYLOAD = b'{"consignment":"C-1042","to":"EnergyMSP","items":["M-77","M-78"],"place":"Gate 4"}'
CREATOR = msp_pb2.SerializedIdentity(mspid="LogisticsMSP", id_bytes=b"x" * 800).SerializeToString()
ANSWERS = 200
"""Different answers; the server sends them over and over."""


@dataclass(frozen=True)
class Case:
    """What is streamed."""

    name: str
    method: str
    per_block: int
    """Events, or transactions, in a block."""


CASES = (
    Case("chaincode events, 1 a block", "chaincode_events", 1),
    Case("chaincode events, 10 a block", "chaincode_events", 10),
    Case("chaincode events, 100 a block", "chaincode_events", 100),
    Case("transactions of filtered blocks, 10 a block", "filtered_block_events", 10),
    Case("transactions of filtered blocks, 100 a block", "filtered_block_events", 100),
    Case("transactions of whole blocks, 10 a block", "block_events", 10),
    Case("transactions of whole blocks, 100 a block", "block_events", 100),
)


def chaincode_events(number: int, count: int) -> bytes:
    """A block's events."""
    events = [
        peer_pb2.ChaincodeEvent(
            chaincode_id="logistics", tx_id=_id(number, place), event_name="offered",
            payload=PAYLOAD,
        )
        for place in range(count)
    ]  # fmt: skip
    return gateway_pb2.ChaincodeEventsResponse(
        block_number=number, events=events
    ).SerializeToString()


def filtered_block(number: int, count: int) -> bytes:
    """A filtered block."""
    block = peer_pb2.FilteredBlock(channel_id="crosswork", number=number)
    for place in range(count):
        added = block.filtered_transactions.add(
            txid=_id(number, place), type=common_pb2.ENDORSER_TRANSACTION
        )
        event = added.transaction_actions.chaincode_actions.add().chaincode_event
        event.chaincode_id, event.tx_id = "logistics", added.txid
        event.event_name = "offered"
    return peer_pb2.DeliverResponse(filtered_block=block).SerializeToString()


def whole_block(number: int, count: int) -> bytes:
    """A block of transactions with two endorsements, two reads and two writes each."""
    data = [_transaction(_id(number, place)) for place in range(count)]
    block = common_pb2.Block(
        header=common_pb2.BlockHeader(number=number, data_hash=b"h" * 32),
        data=common_pb2.BlockData(data=data),
        metadata=common_pb2.BlockMetadata(metadata=[b"", b"", bytes(count), b"", b""]),
    )
    return peer_pb2.DeliverResponse(block=block).SerializeToString()


def _transaction(id: str) -> bytes:
    event = peer_pb2.ChaincodeEvent(
        chaincode_id="logistics", tx_id=id, event_name="offered", payload=PAYLOAD
    )
    keys = ("consignment/C-1042", "item/M-77")
    version = rwset_pb2.Version(block_num=7)
    rwset = rwset_pb2.KVRWSet(
        reads=[rwset_pb2.KVRead(key=key, version=version) for key in keys],
        writes=[rwset_pb2.KVWrite(key=key, value=PAYLOAD) for key in keys],
    )
    part = rwset_pb2.NsReadWriteSet(namespace="logistics", rwset=rwset.SerializeToString())
    outcome = peer_pb2.ChaincodeAction(
        results=rwset_pb2.TxReadWriteSet(ns_rwset=[part]).SerializeToString(),
        events=event.SerializeToString(),
        response=peer_pb2.Response(status=200, payload=PAYLOAD),
        chaincode_id=peer_pb2.ChaincodeID(name="logistics", version="1.0"),
    )
    response = peer_pb2.ProposalResponsePayload(
        proposal_hash=b"p" * 32, extension=outcome.SerializeToString()
    )
    endorsements = [peer_pb2.Endorsement(endorser=CREATOR, signature=b"s" * 70)] * 2
    spec = peer_pb2.ChaincodeSpec(
        chaincode_id=peer_pb2.ChaincodeID(name="logistics"),
        input=peer_pb2.ChaincodeInput(args=[b"offer", b"C-1042", b"EnergyMSP"]),
    )
    invocation = peer_pb2.ChaincodeInvocationSpec(chaincode_spec=spec)
    proposal = peer_pb2.ChaincodeProposalPayload(input=invocation.SerializeToString())
    action = peer_pb2.ChaincodeActionPayload(
        chaincode_proposal_payload=proposal.SerializeToString(),
        action=peer_pb2.ChaincodeEndorsedAction(
            proposal_response_payload=response.SerializeToString(), endorsements=endorsements
        ),
    )
    content = peer_pb2.Transaction(
        actions=[peer_pb2.TransactionAction(payload=action.SerializeToString())]
    )
    header = common_pb2.Header(
        channel_header=common_pb2.ChannelHeader(
            type=common_pb2.ENDORSER_TRANSACTION, channel_id="crosswork", tx_id=id
        ).SerializeToString(),
        signature_header=common_pb2.SignatureHeader(creator=CREATOR).SerializeToString(),
    )
    payload = common_pb2.Payload(header=header, data=content.SerializeToString())
    return common_pb2.Envelope(
        payload=payload.SerializeToString(), signature=b"s" * 70
    ).SerializeToString()


def _id(number: int, place: int) -> str:
    return f"{number:032x}{place:032x}"


ANSWERING: dict[str, Callable[[int, int], bytes]] = {
    "chaincode_events": chaincode_events,
    "filtered_block_events": filtered_block,
    "block_events": whole_block,
}


class Server(grpc.GenericRpcHandler):
    """Sends a case's answers, over and over, as fast as they are taken."""

    def __init__(self, case: Case) -> None:
        make = ANSWERING[case.method]
        self._answers = [make(number, case.per_block) for number in range(ANSWERS)]
        self._service: dict[str, Any] = {
            "/gateway.Gateway/ChaincodeEvents": grpc.unary_stream_rpc_method_handler(self._send),
            "/protos.Deliver/Deliver": grpc.stream_stream_rpc_method_handler(self._send),
            "/protos.Deliver/DeliverFiltered": grpc.stream_stream_rpc_method_handler(self._send),
        }

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        return self._service.get(handler_call_details.method)

    def _send(self, request: object, context: grpc.ServicerContext) -> Iterator[bytes]:
        while context.is_active():
            yield from self._answers


def serve(case: Case, pipe: Connection) -> None:
    """The server's process."""
    server = grpc.server(ThreadPoolExecutor(4))
    port = server.add_insecure_port("127.0.0.1:0")
    server.add_generic_rpc_handlers((Server(case),))
    server.start()
    pipe.send(port)
    pipe.recv()
    server.stop(0).wait()


def identity() -> weftwork.Identity:
    """Someone with a certificate of their own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "clerk")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return weftwork.Identity("LogisticsMSP", made.public_bytes(Encoding.PEM))


def opened(gateway: Any, case: Case) -> Any:
    """The stream; its cursor filtering is off, since the same blocks come over and over."""
    network = gateway.network("crosswork")
    arguments = ("logistics",) if case.method == "chaincode_events" else ()
    stream = getattr(network, case.method)(*arguments, start_block=0)
    stream._progress.fresh = lambda events: events
    return stream


def weight(event: Any) -> int:
    """How many events one of a stream stands for."""
    return len(event.transactions) if hasattr(event, "transactions") else 1


def measured(count: int, seconds: float, before: float) -> dict[str, float]:
    """The figures of a run."""
    used = _cpu() - before
    return {"per_second": round(count / seconds), "cpu_us": round(used / count * 1e6, 1)}


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def run_sync(endpoint: Endpoint, case: Case, seconds: float) -> dict[str, float]:
    """The sync client."""
    with (
        weftwork.connect_endpoint(endpoint, identity(), lambda message: b"s" * 70) as gateway,
        opened(gateway, case) as stream,
    ):
        next(stream)
        before, begun, count = _cpu(), time.perf_counter(), 0
        for event in stream:
            count += weight(event)
            if not count & 63 and time.perf_counter() - begun > seconds:
                break
            if weight(event) != 1 and time.perf_counter() - begun > seconds:
                break
        return measured(count, time.perf_counter() - begun, before)


async def run_async(endpoint: Endpoint, case: Case, seconds: float) -> dict[str, float]:
    """The async client."""
    async with (
        weftwork.aio.connect_endpoint(endpoint, identity(), lambda message: b"s" * 70) as gateway,
        opened(gateway, case) as stream,
    ):
        await anext(stream)
        before, begun, count = _cpu(), time.perf_counter(), 0
        async for event in stream:
            count += weight(event)
            if not count & 63 and time.perf_counter() - begun > seconds:
                break
            if weight(event) != 1 and time.perf_counter() - begun > seconds:
                break
        return measured(count, time.perf_counter() - begun, before)


PATHS = {
    "chaincode_events": "/gateway.Gateway/ChaincodeEvents",
    "filtered_block_events": "/protos.Deliver/DeliverFiltered",
    "block_events": "/protos.Deliver/Deliver",
}


def bare_sync(endpoint: Endpoint, case: Case, seconds: float) -> dict[str, float]:
    """grpcio alone: messages are taken and thrown away."""
    with grpc.insecure_channel(endpoint.target) as channel:
        call = channel.unary_stream(PATHS[case.method])(b"")
        next(call)
        before, begun, count = _cpu(), time.perf_counter(), 0
        for count, _ in enumerate(call, 1):
            if not count & 63 and time.perf_counter() - begun > seconds:
                break
        found = measured(count * case.per_block, time.perf_counter() - begun, before)
        call.cancel()
    return found


async def bare_async(endpoint: Endpoint, case: Case, seconds: float) -> dict[str, float]:
    """grpc.aio alone."""
    async with grpc.aio.insecure_channel(endpoint.target) as channel:
        call = channel.unary_stream(PATHS[case.method])(b"")
        answers = aiter(call)
        await anext(answers)
        before, begun, count = _cpu(), time.perf_counter(), 0
        async for _ in answers:
            count += 1
            if not count & 63 and time.perf_counter() - begun > seconds:
                break
        found = measured(count * case.per_block, time.perf_counter() - begun, before)
        call.cancel()
    return found


CLIENTS = ("ours, sync", "bare, sync", "ours, async", "bare, async")


def figures(
    seconds: float, cases: Iterable[Case] = CASES
) -> dict[str, dict[str, dict[str, float]]]:
    """Events a second and microseconds of CPU an event, by case and client."""
    spawn = multiprocessing.get_context("spawn")
    found: dict[str, dict[str, dict[str, float]]] = {}
    for case in cases:
        ours, theirs = spawn.Pipe()
        server = spawn.Process(target=serve, args=(case, theirs), daemon=True)
        server.start()
        endpoint = Endpoint("loopback", "127.0.0.1", ours.recv(), None)
        try:
            found[case.name] = {
                "ours, sync": run_sync(endpoint, case, seconds),
                "bare, sync": bare_sync(endpoint, case, seconds),
                "ours, async": asyncio.run(run_async(endpoint, case, seconds)),
                "bare, async": asyncio.run(bare_async(endpoint, case, seconds)),
            }
        finally:
            ours.send(None)
            server.join(5)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="a case and client")
    found = figures(parser.parse_args().seconds)
    head = "".join(f"{client + ' /s':>15}{'CPU us':>8}" for client in CLIENTS)
    print(f"{'':46}{head}")
    for name, by_client in found.items():
        row = "".join(
            f"{by_client[client]['per_second']:>15,.0f}{by_client[client]['cpu_us']:>8.1f}"
            for client in CLIENTS
        )
        print(f"{name:46}{row}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
