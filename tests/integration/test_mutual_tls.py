"""A peer that demands TLS client certificates of everybody, as `clientAuthRequired` has it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml

import weftwork
import weftwork.aio
from weftwork.admin import ClientCertificate, Discovery, PeerAdmin
from weftwork.client_tls import throwaway
from weftwork_network import Network, environment, process_backend
from weftwork_network.authorities import issue_tls, load_credentials
from weftwork_network.topology import Member, Node

CHANNEL = "trade"
WANTED = r"If it demands TLS client certificates .*, show it one that it trusts"


class Guarded:
    """Rail's second peer, which demands a certificate, and who holds one."""

    def __init__(self, network: Network, folder: Path) -> None:
        rail = network.topology.member("Rail")
        self.network = network
        self.node: Node = rail.peers[1]
        authority = network.state.department(rail) / "tlsca"
        self.roots = authority / "cert.pem"
        made = issue_tls(
            load_credentials(self.roots.read_bytes(), (authority / "key.pem").read_bytes()),
            "till.rail",
            (),
            server=False,
        )
        self.certificate = ClientCertificate(made.certificate_pem, made.key_pem)
        (folder / "till.crt").write_bytes(made.certificate_pem)
        (folder / "till.key").write_bytes(made.key_pem)
        self.plain = weftwork.load_profile(network.profile("Rail"))
        self.endpoint = replace(self.plain.peer(self.node.host), client=self.certificate)
        content = yaml.safe_load(network.profile("Rail").read_text())
        content["organizations"]["Rail"]["peers"] = [self.node.host]
        content["client"]["tlsCerts"] = {
            "client": {"cert": {"path": "till.crt"}, "key": {"path": "till.key"}}
        }
        content["x-weftwork"] = {"wallet": str(self.plain.wallet)}
        self.profile = folder / "profile.yaml"
        self.profile.write_text(yaml.safe_dump(content))
        assert self.plain.wallet is not None
        self.wallet = self.plain.wallet

    def user(self, label: str) -> weftwork.User:
        return weftwork.FileWallet(self.wallet).get(label)

    def admin(self) -> PeerAdmin:
        admin = self.user("admin")
        return PeerAdmin(self.endpoint, admin.identity, admin.signer())


@pytest.fixture(scope="module")
def guarded(pair: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    found = Guarded(pair, tmp_path_factory.mktemp("till"))

    def demanding(place: Any, member: Member, node: Node, *, peers: int) -> dict[str, str]:
        told = environment.peer_environment(place, member, node, peers=peers)
        return told | {
            "CORE_PEER_TLS_CLIENTAUTHREQUIRED": "true",
            "CORE_PEER_TLS_CLIENTROOTCAS_FILES": str(found.roots),
        }

    pair.up()
    pair.stop_node(found.node.id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process_backend, "peer_environment", demanding)
        pair.start_node(found.node.id)
    with found.admin() as admin:
        admin.wait_ready()
    yield found
    pair.stop_node(found.node.id)
    pair.up()


def connected(guarded: Guarded, endpoint: weftwork.Endpoint, **given: Any) -> weftwork.Gateway:
    clerk = guarded.user("clerk")
    return weftwork.connect_endpoint(endpoint, clerk.identity, clerk.signer(), **given)


@pytest.mark.parametrize("shown", ["none", "another's"])
def test_who_shows_no_certificate_that_it_trusts_is_told_so(guarded: Guarded, shown: str) -> None:
    endpoint = replace(guarded.endpoint, client=None if shown == "none" else throwaway())
    clerk = guarded.user("clerk")
    with connected(guarded, endpoint) as gateway:
        network = gateway.network(CHANNEL)
        with pytest.raises(weftwork.EvaluateError, match=WANTED) as caught:
            network.contract("counters").evaluate("read", "till")
        assert caught.value.status == "UNAVAILABLE"
        with pytest.raises(weftwork.EndorseError, match=WANTED):
            network.contract("counters").submit("add", "till", "1")
        with pytest.raises(weftwork.EventsError, match=WANTED):
            next(network.block_events(start_block=0, reconnect=False))
    with (
        PeerAdmin(endpoint, clerk.identity, clerk.signer()) as admin,
        pytest.raises(weftwork.PeerError, match=WANTED),
    ):
        admin.channels()
    with (
        Discovery(endpoint, clerk.identity, clerk.signer()) as discovery,
        pytest.raises(weftwork.DiscoveryError, match=WANTED),
    ):
        discovery.peers(CHANNEL)


def test_a_profile_with_a_client_certificate_needs_no_code(guarded: Guarded) -> None:
    with weftwork.connect(guarded.profile, user="clerk") as gateway:
        assert [peer.target for peer in gateway.peers] == [guarded.endpoint.target]
        network = gateway.network(CHANNEL)
        counters = network.contract("counters")
        before = int(counters.evaluate("read", "till"))
        assert int(counters.submit("add", "till", "3")) == before + 3
        assert int(counters.evaluate("read", "till")) == before + 3
        with (
            network.chaincode_events("journal") as events,
            network.block_events() as blocks,
            network.filtered_block_events() as filtered,
            network.block_and_private_data_events() as private,
        ):
            network.contract("journal").submit("write", "till")
            event = next(events)
            assert (event.name, event.payload) == ("written", b"till")
            assert next(blocks).transaction(event.transaction_id)
            assert next(filtered).number == event.block_number
            assert next(private).block.number == event.block_number


async def test_the_async_client_shows_it_too(guarded: Guarded) -> None:
    async with weftwork.aio.connect(guarded.profile, user="clerk") as gateway:
        network = gateway.network(CHANNEL)
        assert await network.contract("counters").evaluate("read", "nothing") == b"0"
        async with network.block_events(start_block=0, stop_block=1) as blocks:
            assert [block.number async for block in blocks] == [0, 1]


def test_blocks_are_for_whom_the_request_binds_to_the_connection(guarded: Guarded) -> None:
    """With credentials of one's own, nothing but the options can say what is shown."""
    shown = guarded.certificate
    credentials = grpc.ssl_channel_credentials(guarded.endpoint.roots, shown.key, shown.certificate)
    endpoint = replace(guarded.endpoint, client=None)
    with connected(guarded, endpoint, credentials=credentials) as gateway:
        network = gateway.network(CHANNEL)
        # The Gateway service binds nothing.
        assert network.contract("counters").evaluate("read", "nothing") == b"0"
        with pytest.raises(weftwork.EventsError, match=r"Options\.tls_certificate_hash") as caught:
            next(network.block_events(start_block=0))
        assert caught.value.status == "BAD_REQUEST"
    for given, accepted in ((shown.hash, True), (throwaway().hash, False)):
        options = weftwork.Options(tls_certificate_hash=given)
        with connected(guarded, endpoint, credentials=credentials, options=options) as gateway:
            blocks = gateway.network(CHANNEL).block_events(start_block=0)
            if accepted:
                assert next(blocks).number == 0
            else:
                with pytest.raises(weftwork.EventsError, match=r"the one that it is shown"):
                    next(blocks)


def test_administrators_and_discovery_show_the_endpoint_s(guarded: Guarded) -> None:
    with guarded.admin() as admin:
        assert admin.channels() == [CHANNEL]
        assert admin.installed()
    clerk = guarded.user("clerk")
    with Discovery(guarded.endpoint, clerk.identity, clerk.signer()) as discovery:
        found = {peer.address for peer in discovery.peers(CHANNEL)}
    assert guarded.endpoint.target in found
    assert len(found) == 3  # it is a peer among the others


def test_a_proof_is_asked_of_a_peer_that_is_shown_it(guarded: Guarded) -> None:
    with weftwork.connect(guarded.profile, user="clerk") as gateway:
        network = gateway.network(CHANNEL)
        made = network.contract("journal").proposal("write", "proved").endorse()
        made.submit().status().check()
        bare = replace(guarded.endpoint, client=None)
        for witness in (guarded.endpoint, bare):  # the gateway's own is shown to the latter
            proof = network.prove(made.transaction_id, witnesses=[witness], departments=1)
            assert len(proof.answers) == 1
