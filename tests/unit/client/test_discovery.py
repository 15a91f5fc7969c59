"""Discovery: what is asked, what is picked, and answers that cannot be read."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.unit.client.people import server_tls, user
from weftwork.admin import ChaincodeCall, ClientCertificate, DiscoveredPeer, Discovery, Endorsers
from weftwork.client_tls import throwaway
from weftwork.errors import ArgumentError, DiscoveryError, IdentityError, LedgerError, PeerError
from weftwork.profile import Endpoint
from weftwork_protos import discovery_pb2, gossip_pb2, msp_pb2


class FakePeer(grpc.GenericRpcHandler):
    """A discovery service that answers what a test sets and keeps what it was asked."""

    def __init__(self) -> None:
        self.answer = b""
        self.asked: list[discovery_pb2.Request] = []
        self.hashes: list[bytes] = []

    def service(self, handler_call_details: Any) -> Any:
        assert handler_call_details.method == "/discovery.Discovery/Discover"
        made: Any = grpc  # its stubs leave the handler of bytes unknown
        return made.unary_unary_rpc_method_handler(self.discover)

    def discover(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        signed = discovery_pb2.SignedRequest.FromString(request)
        assert signed.signature
        self.asked.append(discovery_pb2.Request.FromString(signed.payload))
        authentication: Any = context.auth_context()
        shown = authentication["x509_pem_cert"][0]
        der = x509.load_pem_x509_certificate(shown).public_bytes(Encoding.DER)
        self.hashes.append(hashlib.sha256(der).digest())
        return self.answer


@pytest.fixture
def fake_peer() -> FakePeer:
    return FakePeer()


@pytest.fixture(params=["its own", "made for the occasion"])
def discovery(fake_peer: FakePeer, request: pytest.FixtureRequest) -> Iterator[Discovery]:
    own = request.param == "its own"
    tls = server_tls()
    # What it shows must be in the list of CAs here; a peer of Fabric asks for any certificate.
    shown = throwaway()
    server = grpc.server(ThreadPoolExecutor(2))
    credentials = grpc.ssl_server_credentials(
        [(tls.key, tls.certificate)], shown.certificate, require_client_auth=True
    )
    port = server.add_secure_port("127.0.0.1:0", credentials)
    server.add_generic_rpc_handlers((fake_peer,))
    server.start()
    endpoint = Endpoint("p", "127.0.0.1", port, tls.certificate, client=shown if own else None)
    clerk = user()
    with pytest.MonkeyPatch.context() as patch:
        for twin in ("weftwork._sync.admin.discovery", "weftwork.aio.admin.discovery"):
            patch.setattr(f"{twin}.throwaway", lambda: shown)
        with Discovery(endpoint, clerk.identity, clerk.signer()) as asked:
            yield asked
    server.stop(0).wait()


def response(**result: object) -> bytes:
    results = [discovery_pb2.QueryResult(**result)]  # type: ignore[arg-type]
    return discovery_pb2.Response(results=results).SerializeToString()


def peer_message(mspid: str, address: str, height: int) -> discovery_pb2.Peer:
    alive = gossip_pb2.AliveMessage(membership=gossip_pb2.Member(endpoint=address))
    state = gossip_pb2.StateInfo(
        properties=gossip_pb2.Properties(
            ledger_height=height, chaincodes=[gossip_pb2.Chaincode(name="cc", version="1")]
        )
    )
    return discovery_pb2.Peer(
        membership_info=gossip_pb2.Envelope(
            payload=gossip_pb2.GossipMessage(alive_msg=alive).SerializeToString()
        ),
        state_info=gossip_pb2.Envelope(
            payload=gossip_pb2.GossipMessage(state_info=state).SerializeToString()
        ),
        identity=msp_pb2.SerializedIdentity(mspid=mspid, id_bytes=b"pem").SerializeToString(),
    )


def test_the_connection_s_certificate_is_in_the_request(
    fake_peer: FakePeer, discovery: Discovery
) -> None:
    members = discovery_pb2.PeerMembershipResult(
        peers_by_org={"BMSP": discovery_pb2.Peers(peers=[peer_message("BMSP", "b:1", 7)])}
    )
    fake_peer.answer = response(members=members)
    found = discovery.peers("crosswork", "cc", ChaincodeCall("other", ("secrets",)))
    assert found == [DiscoveredPeer("BMSP", "b:1", b"pem", 7, (("cc", "1"),))]
    asked = fake_peer.asked[0]
    assert asked.authentication.client_tls_cert_hash == fake_peer.hashes[0]
    assert asked.authentication.client_identity == user().identity.creator
    interest = asked.queries[0].peer_query.filter
    assert [call.name for call in interest.chaincodes] == ["cc", "other"]
    assert interest.chaincodes[1].collection_names == ["secrets"]
    assert asked.queries[0].channel == "crosswork"


def test_all_of_a_call_is_told(fake_peer: FakePeer, discovery: Discovery) -> None:
    descriptor = discovery_pb2.EndorsementDescriptor(
        chaincode="cc",
        endorsers_by_groups={"G": discovery_pb2.Peers(peers=[peer_message("BMSP", "b:1", 7)])},
        layouts=[discovery_pb2.Layout(quantities_by_group={"G": 1})],
    )
    fake_peer.answer = response(
        cc_query_res=discovery_pb2.ChaincodeQueryResult(content=[descriptor])
    )
    call = ChaincodeCall(
        "cc",
        collections=("c",),
        no_private_reads=True,
        no_public_writes=True,
        key_policies=("AND('AMSP.peer', 'BMSP.peer')",),
        disregard_chaincode_policy=True,
    )
    endorsers = discovery.endorsers("crosswork", call)
    assert endorsers.organizations() == [frozenset({"BMSP"})]
    sent = fake_peer.asked[0].queries[0].cc_query.interests[0].chaincodes[0]
    assert (sent.no_private_reads, sent.no_public_writes) == (True, True)
    assert sent.disregard_namespace_policy
    assert len(sent.key_policies[0].identities) == 2
    with pytest.raises(ArgumentError, match="one is empty"):
        discovery.endorsers("crosswork", "")


def test_refusals_and_answers_to_another_question(
    fake_peer: FakePeer, discovery: Discovery
) -> None:
    fake_peer.answer = response(error=discovery_pb2.Error(content="access denied"))
    with pytest.raises(DiscoveryError, match="config of c: refused: access denied") as caught:
        discovery.config("c")
    assert isinstance(caught.value, PeerError)
    fake_peer.answer = response(config_result=discovery_pb2.ConfigResult())
    with pytest.raises(LedgerError, match="something else"):
        discovery.peers("c")
    fake_peer.answer = b"\xff"
    with pytest.raises(LedgerError, match="not that of discovery"):
        discovery.config("c")


def test_no_answer_names_the_peer() -> None:
    clerk = user()
    endpoint = Endpoint("p", "127.0.0.1", 9, server_tls().certificate)
    with (
        Discovery(endpoint, clerk.identity, clerk.signer(), timeout=5) as discovery,
        pytest.raises(DiscoveryError, match=r"127\.0\.0\.1:9 could not .*: UNAVAILABLE: "),
    ):
        discovery.config("c")


def test_the_fewest_and_most_advanced_peers_are_picked() -> None:
    def peer(mspid: str, address: str, height: int) -> DiscoveredPeer:
        return DiscoveredPeer(mspid, address, b"", height, ())

    a1, a2, b, c = peer("A", "a1", 5), peer("A", "a2", 6), peer("B", "b", 5), peer("C", "c", 5)
    endorsers = Endorsers(
        "cc",
        {"g": (a1, a2), "h": (b,), "i": (c,)},
        ({"g": 1, "h": 1, "i": 1}, {"g": 1, "h": 1}, {"g": 2, "i": 1}),
    )
    assert endorsers.select() == (a2, b)
    assert endorsers.select(without=["a2"]) == (a1, b)
    assert set(endorsers.select(without=["b"])) == {a1, a2, c}
    assert endorsers.select(without=["b", "a1"]) == ()
    assert endorsers.organizations()[0] == frozenset({"A", "B"})


def test_a_client_certificate_is_checked_and_hides_its_key() -> None:
    shown = throwaway()
    assert "PRIVATE" not in repr(shown)
    with pytest.raises(IdentityError, match="does not belong"):
        ClientCertificate(shown.certificate, throwaway().key)
    with pytest.raises(IdentityError, match="is not PEM"):
        ClientCertificate(b"x", shown.key)
