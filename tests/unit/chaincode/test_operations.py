"""What a chaincode server tells of itself: its counts, its health, and to whom."""

import asyncio
import contextlib
import json
import ssl
import sys

import pytest
from cryptography import x509
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.chaincode.certificates import Authority
from tests.unit.chaincode.grpc_peer import GrpcPeer, plain_channel
from tests.unit.chaincode.samples import Raw
from weftwork_chaincode import ConfigError, Context, Contract, Response, messages, submit
from weftwork_chaincode.config import (
    ChaincodeConfig,
    OperationsConfig,
    ServerConfig,
    Settings,
    from_file,
)
from weftwork_chaincode.dispatch import Dispatcher
from weftwork_chaincode.meter import BUCKETS, Meter
from weftwork_chaincode.server import Server
from weftwork_chaincode.testing import ScriptedPeer
from weftwork_chaincode.tls import TlsFiles

pytestmark = pytest.mark.timeout(60)

SECRET = "a-key-that-nobody-may-see"


class Goods(Contract, name="goods"):
    @submit
    async def take(self, ctx: Context, key: str) -> str:
        return (await ctx.stub.get_state(key) or b"").decode()

    @submit
    async def wait(self, ctx: Context) -> None:
        await asyncio.sleep(60)


@contextlib.asynccontextmanager
async def serving(operations=None, insecure=True, tls=None, **changes):
    """A server with an operations endpoint, in plaintext unless said."""
    config = ServerConfig(
        chaincodes=(ChaincodeConfig("goods", f"{__name__}:Goods", "127.0.0.1:0", "goods:1"),),
        insecure=insecure,
        department="Energy",
        operations=operations or OperationsConfig("127.0.0.1:0"),
    )
    server = Server(Settings(config, tls, **changes))
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def ask(address, request, tls=None):
    """Everything that a server answers to what is sent to it, until it hangs up."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(
        host, int(port), ssl=tls, server_hostname="localhost" if tls else None
    )
    writer.write(request.encode())
    try:
        return (await asyncio.wait_for(reader.read(), 5)).decode()
    finally:
        writer.close()


async def page(address, path, tls=None):
    """Status and content of a page."""
    text = await ask(address, f"GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n", tls)
    head, _, body = text.partition("\r\n\r\n")
    return int(head.split(" ")[1]), body


def pair(authority, folder):
    """Files of a certificate of an authority and its key."""
    files = folder / "client.crt", folder / "client.key"
    for file, content in zip(files, authority.issue("scraper"), strict=True):
        file.write_bytes(content)
    return files


def samples(text):
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text, name, **labels):
    return samples(text)[name, tuple(sorted(labels.items()))]


async def answered(meter, *args, handler=None):
    """One transaction of Goods, its one read answered."""
    peer = ScriptedPeer(handler or Dispatcher(Goods()), "goods:1", meter)
    await peer.register()
    peer.start("a" * 64, *args)
    message = await peer.next()
    if message.type == messages.GET_STATE:
        peer.send(messages.RESPONSE, "a" * 64, b"found")
        message = await peer.next()
    return Response.decode(message.payload), peer


async def test_transactions_are_counted_by_function_and_status():
    meter = Meter(Goods.functions)
    await answered(meter, "take", SECRET)
    await answered(meter, "take")
    await answered(meter, SECRET)
    assert meter.transactions == {("take", "200"): 1, ("take", "400"): 1, ("unknown", "404"): 1}
    assert sum(meter.durations["take"].counts) == 2
    assert meter.requests == {messages.GET_STATE: 1}
    assert meter.in_flight == 0
    assert meter.peers == 3
    assert meter.messages_sent == 3 + 1 + 3
    assert meter.messages_received == 2 * 3 + 3 + 1
    assert meter.bytes_received > len(SECRET)


async def test_a_lost_stream_is_counted_and_nothing_stays_in_flight():
    meter = Meter(Goods.functions)
    peer = ScriptedPeer(Dispatcher(Goods()), "goods:1", meter)
    await peer.register()
    peer.start("t1", "wait")
    await asyncio.sleep(0)
    assert (meter.in_flight, meter.peers) == (1, 1)
    peer.lose()
    await asyncio.sleep(0.01)
    assert (meter.in_flight, meter.peers) == (0, 0)
    assert meter.transactions == {("wait", "cancelled"): 1}


async def test_what_is_refused_before_it_begins_is_counted():
    meter = Meter(Goods.functions)
    peer = ScriptedPeer(Dispatcher(Goods()), "goods:1", meter)
    peer.start("t1", "wait")
    assert (meter.refused, meter.in_flight) == (1, 0)


async def test_labels_stay_few_whatever_functions_and_statuses_there_are():
    """A thousand names that a client makes up are one name; so are a hundred statuses."""
    meter = Meter(Goods.functions)

    async def any_status(stub):
        stub.function = stub.args[0].decode()
        return Response(int(stub.args[1]))

    for number in range(200):
        await answered(meter, f"made-up-{number}", str(400 + number), handler=Raw(any_status))
    assert len(meter.transactions) <= 7
    assert {function for function, _ in meter.transactions} == {"unknown"}
    assert {"4xx", "5xx"} <= {status for _, status in meter.transactions}


async def test_metrics_tell_the_counts_and_hold_no_values():
    async with serving() as server, plain_channel(server.addresses["goods"]) as channel:
        peer = GrpcPeer(channel)
        await peer.register()
        await peer.start("t1", "take", SECRET)
        await peer.read()
        await peer.send(messages.RESPONSE, "t1", SECRET.encode())
        await peer.response()
        status, text = await page(server.operations_address, "/metrics")
    assert status == 200
    labels = {"chaincode": "goods", "function": "take"}
    assert value(text, "weftwork_chaincode_transactions_total", **labels, status="200") == 1
    name = "weftwork_chaincode_transaction_duration_seconds"
    assert value(text, f"{name}_count", **labels) == 1
    assert value(text, f"{name}_bucket", **labels, le="+Inf") == 1
    assert 0 < value(text, f"{name}_sum", **labels) < BUCKETS[-1]
    assert value(text, "weftwork_chaincode_peers", chaincode="goods") == 1
    requests = "weftwork_chaincode_state_requests_total"
    assert value(text, requests, chaincode="goods", request="GET_STATE") == 1
    assert value(text, "weftwork_chaincode_disk_free_bytes") > 0
    assert value(text, "process_resident_memory_bytes") > 1_000_000
    assert SECRET not in text


async def test_health_and_version_and_what_is_not_there():
    async with serving() as server:
        address = server.operations_address
        status, text = await page(address, "/healthz")
        assert (status, json.loads(text)["status"]) == (200, "OK")
        _, text = await page(address, "/version")
        told = json.loads(text)
        assert told["Department"] == "Energy"
        assert [each["PackageID"] for each in told["Chaincodes"]] == ["goods:1"]
        assert (await page(address, "/logspec"))[0] == 404
        refused = await ask(address, "PUT /metrics HTTP/1.1\r\nContent-Length: 1\r\n\r\nx")
        assert refused.startswith("HTTP/1.1 405 ")


async def test_a_server_that_is_being_stopped_says_that_it_is_not_well():
    async with serving() as server, plain_channel(server.addresses["goods"]) as channel:
        peer = GrpcPeer(channel)
        await peer.register()
        await peer.start("t1", "take", "key")
        await peer.read()
        stopping = asyncio.create_task(server.stop())
        await asyncio.sleep(0.05)
        status, text = await page(server.operations_address, "/healthz")
        await peer.send(messages.RESPONSE, "t1", b"found")
        await stopping
    assert status == 503
    assert json.loads(text)["failed_checks"][0]["reason"] == "they are being stopped"


@pytest.mark.parametrize(
    "sent",
    [
        "\r\n\r\n",
        "nonsense\r\n\r\n",
        "GET /metrics SPDY/1\r\n\r\n",
        "x" * 40_000,
        "GET / H\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_hung_up_on(sent):
    async with serving() as server:
        assert "200 OK" not in await ask(server.operations_address, sent)
        assert (await page(server.operations_address, "/healthz"))[0] == 200


async def test_a_connection_serves_scrape_after_scrape():
    async with serving() as server:
        once = "GET /healthz HTTP/1.1\r\n\r\n"
        last = "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"
        assert (await ask(server.operations_address, once * 3 + last)).count("200 OK") == 4


async def test_only_certificates_of_the_operations_ca_may_ask(tmp_path):
    operations, other = Authority("operations"), Authority("other")
    certificate, key = operations.issue("node")
    files = TlsFiles(certificate, key, operations.pem)

    def client(authority):
        context = ssl.create_default_context(cadata=operations.pem.decode())
        if authority is not None:
            context.load_cert_chain(*authority)
        return context

    async with serving(operations_tls=files) as server:
        address = server.operations_address
        status, text = await page(address, "/metrics", client(pair(operations, tmp_path)))
        assert status == 200
        ends = x509.load_pem_x509_certificate(certificate).not_valid_after_utc.timestamp()
        name = "weftwork_chaincode_certificate_expires_timestamp_seconds"
        assert value(text, name, certificate="operations") == ends
        for stranger in (None, pair(other, tmp_path)):
            with pytest.raises((OSError, IndexError)):
                await page(address, "/metrics", client(stranger))
        with pytest.raises((OSError, IndexError)):
            await page(address, "/metrics")


async def test_health_without_a_certificate_where_asked_and_no_more(tmp_path):
    operations, other = Authority("operations"), Authority("other")
    files = TlsFiles(*operations.issue("node"), operations.pem)
    client = ssl.create_default_context(cadata=operations.pem.decode())
    asked = OperationsConfig("127.0.0.1:0", open_health=True)
    async with serving(asked, operations_tls=files) as server:
        address = server.operations_address
        assert (await page(address, "/healthz", client))[0] == 200
        assert (await page(address, "/version", client))[0] == 200
        status, text = await page(address, "/metrics", client)
        assert (status, "certificate" in text) == (401, True)
        known = ssl.create_default_context(cadata=operations.pem.decode())
        known.load_cert_chain(*pair(operations, tmp_path))
        assert (await page(address, "/metrics", known))[0] == 200
        stranger = ssl.create_default_context(cadata=operations.pem.decode())
        stranger.load_cert_chain(*pair(other, tmp_path))
        with pytest.raises((OSError, IndexError)):
            await page(address, "/healthz", stranger)
    nobody = TlsFiles(files.certificate, files.key, None)
    async with serving(asked, operations_tls=nobody) as server:
        assert (await page(server.operations_address, "/healthz", client))[0] == 200
        assert (await page(server.operations_address, "/metrics", client))[0] == 404


async def test_plaintext_health_of_a_server_under_tls(monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)  # which health does not need
    monkeypatch.delitem(sys.modules, "weftwork_chaincode.exposition", raising=False)
    authority = Authority()
    files = TlsFiles(*authority.issue("node"), authority.pem)
    asked = OperationsConfig("127.0.0.1:0", insecure=True)
    async with serving(asked, insecure=False, tls=files) as server:
        assert (await page(server.operations_address, "/healthz"))[0] == 200
        assert (await page(server.operations_address, "/metrics"))[0] == 404
    async with serving(OperationsConfig("127.0.0.1:0", open_health=True)) as server:
        assert (await page(server.operations_address, "/healthz"))[0] == 200
        assert (await page(server.operations_address, "/metrics"))[0] == 404


def test_an_endpoint_that_anybody_could_ask_is_refused(tmp_path):
    authority = Authority()
    certificate, key = authority.issue("node")
    for name, content in (("c.pem", certificate), ("k.pem", key), ("ca.pem", authority.pem)):
        (tmp_path / name).write_bytes(content)
    pair = {"certificate": str(tmp_path / "c.pem"), "key": str(tmp_path / "k.pem")}
    roots = {"client_roots": str(tmp_path / "ca.pem")}

    def read(operations):
        document = {
            "chaincodes": [
                {"name": "g", "contract": "a:B", "address": "127.0.0.1:1", "package_id": "g:1"}
            ],
            "tls": pair | roots,
            "operations": operations,
        }
        (tmp_path / "server.json").write_text(json.dumps(document))
        return from_file(tmp_path / "server.json")

    good = {"address": "127.0.0.1:2", "tls": pair | roots}
    assert read(good).operations_tls is not None
    assert read({"address": "127.0.0.1:2", "tls": pair, "open_health": True}).operations_tls
    assert read({"address": "127.0.0.1:2", "insecure": True}).operations_tls is None
    for wrong, word in (
        ({"address": "127.0.0.1:2"}, "no TLS"),
        ({"address": "127.0.0.1:2", "tls": pair}, "anybody could ask"),
        ({"address": "nowhere", "tls": pair | roots}, "no address"),
        ({"address": "unix:o.sock", "tls": pair | roots}, "host:port"),
    ):
        with pytest.raises(ConfigError, match=word):
            read(wrong)


def test_without_the_library_it_is_said_in_words(monkeypatch):
    monkeypatch.delitem(sys.modules, "weftwork_chaincode.exposition", raising=False)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    chaincode = ChaincodeConfig("goods", f"{__name__}:Goods", "127.0.0.1:0", "goods:1")
    asked = ServerConfig(
        chaincodes=(chaincode,), insecure=True, operations=OperationsConfig("127.0.0.1:0")
    )
    with pytest.raises(ConfigError, match=r"pip install 'weftwork\[metrics\]'"):
        Server(Settings(asked, None))
    assert Server(Settings(ServerConfig(chaincodes=(chaincode,), insecure=True), None))
