"""Administration: what is sent to peers, gateways and orderers, and how refusals are told."""

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import grpc
import pytest

import weftwork
import weftwork.aio.admin
from tests.unit.client.fake_gateway import Failure, FakeGateway
from tests.unit.client.people import issue, server_tls, user
from weftwork.admin import (
    ChaincodeDefinition,
    ChannelParticipation,
    ClientTls,
    Collection,
    Lifecycle,
    PeerAdmin,
    package_chaincode,
    package_id,
)
from weftwork.errors import IdentityError, OrdererError, PeerError
from weftwork.policy import endorsement_policy
from weftwork_protos import collection_pb2, common_pb2, lifecycle_pb2, peer_pb2

PACKAGE = package_chaincode("logistics", {"chaincode.json": b"{}"})
DEFINITION = ChaincodeDefinition(
    "logistics",
    endorsement_policy="OR('LogisticsMSP.peer')",
    collections=(Collection("consent_LogisticsMSP", "OR('LogisticsMSP.member')"),),
)


@pytest.fixture
def peer(fake: FakeGateway) -> Iterator[PeerAdmin]:
    admin = user(label="admin")
    with PeerAdmin(fake.endpoint, admin.identity, admin.signer()) as connected:
        yield connected


def test_install_gives_the_id_that_everybody_computes(fake: FakeGateway, peer: PeerAdmin) -> None:
    def install(call: object) -> bytes:
        sent = fake.calls[-1].args[0]
        args = lifecycle_pb2.InstallChaincodeArgs.FromString(sent)
        package = package_id(args.chaincode_install_package)
        return lifecycle_pb2.InstallChaincodeResult(package_id=package).SerializeToString()

    fake.functions["InstallChaincode"] = install
    assert peer.install(PACKAGE) == package_id(PACKAGE)
    assert (fake.calls[0].chaincode, fake.calls[0].channel) == ("_lifecycle", "")


def test_a_peer_s_refusal_names_peer_action_and_reason(fake: FakeGateway, peer: PeerAdmin) -> None:
    fake.functions["InstallChaincode"] = lambda call: Failure(
        grpc.StatusCode.OK, "chaincode already successfully installed"
    )
    with pytest.raises(PeerError) as caught:
        peer.install(PACKAGE)
    assert caught.value.status == 500
    assert str(caught.value) == (
        f"127.0.0.1:{fake.port} could not install chaincode: 500: "
        "chaincode already successfully installed"
    )


def test_packages_and_their_uses(fake: FakeGateway, peer: PeerAdmin) -> None:
    kind = lifecycle_pb2.QueryInstalledChaincodesResult
    references = kind.References(chaincodes=[kind.Chaincode(name="logistics", version="1.0")])
    installed = kind.InstalledChaincode(
        package_id="l:ab", label="l", references={"crosswork": references}
    )
    fake.functions["QueryInstalledChaincodes"] = lambda call: kind(
        installed_chaincodes=[installed]
    ).SerializeToString()
    (found,) = peer.installed()
    assert (found.package_id, found.label) == ("l:ab", "l")
    assert found.uses == (("crosswork", "logistics", "1.0"),)


def test_channels_joining_and_height(fake: FakeGateway, peer: PeerAdmin) -> None:
    fake.functions["JoinChain"] = lambda call: b""
    fake.functions["GetChannels"] = lambda call: peer_pb2.ChannelQueryResponse(
        channels=[peer_pb2.ChannelInfo(channel_id=name) for name in ("b", "a")]
    ).SerializeToString()
    fake.functions["GetChainInfo"] = lambda call: common_pb2.BlockchainInfo(
        height=9
    ).SerializeToString()
    fake.functions["GetConfigBlock"] = lambda call: b"block"
    peer.join(b"genesis")
    assert (fake.calls[-1].chaincode, fake.calls[-1].args) == ("cscc", (b"genesis",))
    assert peer.channels() == ["a", "b"]
    assert peer.info("a").height == 9
    assert peer.config_block("a") == b"block"


def test_waiting_for_a_peer_that_is_not_there_ends_in_time() -> None:
    admin = user(label="admin")
    endpoint = weftwork.Endpoint("peer0", "127.0.0.1", 9, server_tls().certificate)
    with (
        PeerAdmin(endpoint, admin.identity, admin.signer()) as peer,
        pytest.raises(PeerError, match=r"127\.0\.0\.1:9 could not list channels: UNAVAILABLE"),
    ):
        peer.wait_ready(timeout=0.5)


def test_waiting_ends_at_once_where_it_cannot_help(fake: FakeGateway, peer: PeerAdmin) -> None:
    fake.functions["GetChannels"] = lambda call: Failure(grpc.StatusCode.UNKNOWN, "access denied")
    with pytest.raises(PeerError, match="access denied"):
        peer.wait_ready(timeout=30)
    assert len(fake.calls) == 1


def test_the_lifecycle_of_a_definition(fake: FakeGateway, gateway: weftwork.Gateway) -> None:
    lifecycle = Lifecycle(gateway.network("crosswork"), mspid="LogisticsMSP")
    for function in ("ApproveChaincodeDefinitionForMyOrg", "CommitChaincodeDefinition"):
        fake.functions[function] = lambda call: b""
    fake.functions["CheckCommitReadiness"] = lambda call: lifecycle_pb2.CheckCommitReadinessResult(
        approvals={"LogisticsMSP": True, "EnergyMSP": False}
    ).SerializeToString()
    lifecycle.approve(DEFINITION, "l:ab")
    approved = lifecycle_pb2.ApproveChaincodeDefinitionForMyOrgArgs.FromString(
        fake.calls[-1].args[0]
    )
    assert approved.source.local_package.package_id == "l:ab"
    assert approved.validation_parameter == endorsement_policy("OR('LogisticsMSP.peer')")
    assert len(approved.collections.config) == 1
    assert fake.calls[-1].organizations == ("LogisticsMSP",)
    lifecycle.approve(DEFINITION, None)
    approved = lifecycle_pb2.ApproveChaincodeDefinitionForMyOrgArgs.FromString(
        fake.calls[-1].args[0]
    )
    assert approved.source.WhichOneof("Type") == "unavailable"
    assert lifecycle.readiness(DEFINITION) == {"LogisticsMSP": True, "EnergyMSP": False}
    lifecycle.commit(DEFINITION, endorsing_organizations=["LogisticsMSP", "EnergyMSP"])
    assert fake.calls[-1].organizations == ("LogisticsMSP", "EnergyMSP")
    assert fake.calls[-1].chaincode == "_lifecycle"


def test_committed_definitions(fake: FakeGateway, gateway: weftwork.Gateway) -> None:
    lifecycle = Lifecycle(gateway.network("crosswork"), mspid="LogisticsMSP")
    fake.functions["QueryChaincodeDefinition"] = lambda call: Failure(
        grpc.StatusCode.UNKNOWN,
        "evaluate call to endorser returned error: chaincode response 500, namespace x is not "
        "defined",
    )
    assert lifecycle.committed("x") is None
    collections = collection_pb2.CollectionConfigPackage.FromString(DEFINITION.collection_package())
    fake.functions["QueryChaincodeDefinition"] = lambda call: (
        lifecycle_pb2.QueryChaincodeDefinitionResult(
            sequence=3,
            version="1.0",
            validation_parameter=DEFINITION.validation_parameter(),
            collections=collections,
            approvals={"LogisticsMSP": True},
        ).SerializeToString()
    )
    found = lifecycle.committed("logistics")
    assert found is not None
    assert (found.sequence, found.approvals) == (3, {"LogisticsMSP": True})
    assert found.matches(DEFINITION)
    fake.functions["QueryChaincodeDefinition"] = lambda call: Failure(
        grpc.StatusCode.UNAVAILABLE, "no peers available"
    )
    with pytest.raises(weftwork.EvaluateError):
        lifecycle.committed("x")


class Orderer(BaseHTTPRequestHandler):
    """A channel participation endpoint that answers as Fabric's does."""

    protocol_version = "HTTP/1.1"
    joined: dict[str, bytes]
    seen: list[bytes]

    def answer(self, status: int, content: object) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(body)
        if "crosswork" in self.joined:
            self.answer(405, {"error": "cannot join: channel already exists"})
            return
        self.joined["crosswork"] = body
        self.answer(201, self.channel())

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(body)
        if b"old" in body:
            self.answer(405, {"error": "invalid request method: PUT"})
        else:
            self.answer(201, self.channel())

    def do_GET(self) -> None:
        if self.path == "/participation/v1/channels/crosswork/blocks/newest":
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"block")
        elif self.path == "/participation/v1/channels":
            self.answer(
                200, {"systemChannel": None, "channels": [{"name": n} for n in self.joined] or None}
            )
        elif "crosswork" in self.joined:
            self.answer(200, self.channel())
        else:
            self.answer(404, {"error": "channel does not exist"})

    def do_DELETE(self) -> None:
        self.joined.pop("crosswork")
        self.answer(204, None)

    def channel(self) -> dict[str, object]:
        return {
            "name": "crosswork",
            "url": "/participation/v1/channels/crosswork",
            "consensusRelation": "consenter",
            "status": "active",
            "height": 4,
        }

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def orderer(tmp_path: Path) -> Iterator[tuple[str, ClientTls, type[Orderer]]]:
    class Fresh(Orderer):
        joined: dict[str, bytes] = {}  # noqa: RUF012  # one dictionary a test, on purpose
        seen: list[bytes] = []  # noqa: RUF012

    client, server = issue("osnadmin"), server_tls()
    for name, content in {
        "server.pem": server.certificate,
        "server.key": server.key,
        "client.pem": client.certificate,
        "client.key": client.key,
    }.items():
        (tmp_path / name).write_bytes(content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    context.load_verify_locations(tmp_path / "client.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    http = ThreadingHTTPServer(("127.0.0.1", 0), Fresh)
    http.daemon_threads = True
    http.socket = context.wrap_socket(http.socket, server_side=True)
    thread = threading.Thread(target=http.serve_forever, args=(0.05,))
    thread.start()
    tls = ClientTls(tmp_path / "server.pem", tmp_path / "client.pem", tmp_path / "client.key")
    yield f"127.0.0.1:{http.server_address[1]}", tls, Fresh
    http.shutdown()
    thread.join()
    http.server_close()


def test_an_orderer_joins_a_channel_once(
    orderer: tuple[str, ClientTls, type[Orderer]],
) -> None:
    address, tls, server = orderer
    with ChannelParticipation(address, tls) as participation:
        assert participation.channels() == []
        with pytest.raises(OrdererError) as caught:
            participation.info("crosswork")
        assert caught.value.status == 404
        joined = participation.join("crosswork", b"the block")
        assert (joined.name, joined.height, joined.relation) == ("crosswork", 4, "consenter")
        assert b'name="config-block"' in server.seen[0]
        assert b"the block" in server.seen[0]
        assert participation.channels() == ["crosswork"]
        assert participation.info("crosswork").status == "active"
        with pytest.raises(OrdererError, match="could not join crosswork: 405: cannot join"):
            participation.join("crosswork", b"the block")
        participation.remove("crosswork")
        assert participation.channels() == []


def test_an_orderer_takes_an_update_and_gives_a_block(
    orderer: tuple[str, ClientTls, type[Orderer]],
) -> None:
    address, tls, server = orderer
    with ChannelParticipation(address, tls) as participation:
        assert participation.update(b"an envelope").height == 4
        assert b'name="config-update-envelope"' in server.seen[0]
        with pytest.raises(OrdererError, match="could not update a channel's config: 405: invalid"):
            participation.update(b"old")
        assert participation.block("crosswork", "newest") == b"block"
        with pytest.raises(OrdererError, match="could not give block 7 of crosswork: 404"):
            participation.block("crosswork", 7)


async def test_async_participation(orderer: tuple[str, ClientTls, type[Orderer]]) -> None:
    address, tls, _ = orderer
    async with weftwork.aio.admin.ChannelParticipation(address, tls) as participation:
        assert (await participation.join("crosswork", b"b")).name == "crosswork"


def test_no_answer_is_an_error_with_the_address(
    orderer: tuple[str, ClientTls, type[Orderer]],
) -> None:
    _, tls, _ = orderer
    with (
        ChannelParticipation("127.0.0.1:9", tls) as participation,
        pytest.raises(OrdererError, match=r"127\.0\.0\.1:9 could not list channels: no answer"),
    ):
        participation.channels()


def test_tls_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    missing = ClientTls(tmp_path / "a.pem", tmp_path / "b.pem", tmp_path / "c.key")
    with pytest.raises(IdentityError, match=r"a\.pem"):
        ChannelParticipation("127.0.0.1:9", missing)
