"""Administration from code on a real network: discovery, ledgers, orderers, a configuration."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import weftwork
from weftwork.admin import (
    ChaincodeDefinition,
    ChannelParticipation,
    ClientTls,
    ConfigUpdate,
    Discovery,
    Lifecycle,
    Orderer,
    PeerAdmin,
    package_folder,
    read_package,
)
from weftwork.aio.admin import Discovery as AsyncDiscovery
from weftwork.aio.admin import Orderer as AsyncOrderer
from weftwork.errors import DiscoveryError, OrdererError, PeerError
from weftwork.ledger import ValidationCode, decode_block
from weftwork.profile import Endpoint, Profile, load_profile
from weftwork.wallet import FileWallet, User
from weftwork_network import Network
from weftwork_network.programs import find_programs
from weftwork_network.progress import Silent
from weftwork_protos import configtx_pb2, orderer_pb2

CHANNEL = "crosswork"
DEPARTMENTS = ("Logistics", "Energy", "Property", "Civic")
MSPIDS = {f"{name}MSP" for name in DEPARTMENTS}


def profile_of(network: Network, department: str = "Logistics") -> Profile:
    return load_profile(network.profile(department))


def person(network: Network, name: str = "admin", department: str = "Logistics") -> User:
    return FileWallet(network.profile(department).parent / "wallet").get(name)


def orderer_of(network: Network) -> Endpoint:
    node = network.topology.orderers[0]
    folder = network.state.department(network.topology.member(node.department))
    roots = (folder / "tlsca" / "cert.pem").read_bytes()
    return Endpoint(node.host, "127.0.0.1", node.ports["listen"], roots, node.host)


@pytest.fixture
def peer(network: Network) -> Iterator[PeerAdmin]:
    admin = person(network)
    with PeerAdmin(profile_of(network).peer(), admin.identity, admin.signer()) as asked:
        yield asked


@pytest.fixture
def orderer(network: Network) -> Iterator[Orderer]:
    admin = person(network)
    with Orderer(orderer_of(network), admin.identity, admin.signer()) as asked:
        yield asked


@pytest.fixture
def discovery(network: Network) -> Iterator[Discovery]:
    clerk = person(network, "clerk")
    with Discovery(profile_of(network).peer(), clerk.identity, clerk.signer()) as asked:
        yield asked


def test_discovery_knows_the_peers_and_what_they_run(
    network: Network, discovery: Discovery, peer: PeerAdmin
) -> None:
    peers = discovery.peers(CHANNEL)
    assert [peer.mspid for peer in peers] == sorted(MSPIDS)
    own = profile_of(network).peer().target
    found = next(peer for peer in peers if peer.address == own)
    assert "property" in [name for name, _ in found.chaincodes]
    both = discovery.peers(CHANNEL, "property", "electricity")
    assert [peer.address for peer in both] == [peer.address for peer in peers]
    # A height is told by gossip every 4 s, so a network that has just come up is not there yet.
    height = peer.info(CHANNEL).height
    until = time.monotonic() + 20
    while any((told.ledger_height or 0) < height for told in discovery.peers(CHANNEL)):
        assert time.monotonic() < until, "gossip does not tell of the last block"
        time.sleep(0.1)
    config = discovery.config(CHANNEL)
    assert set(config.msps) == MSPIDS
    assert orderer_of(network).target in config.orderers["LogisticsMSP"]


def test_discovery_tells_who_can_endorse(discovery: Discovery) -> None:
    # The property registry's policy: the registry and any other department.
    endorsers = discovery.endorsers(CHANNEL, "property")
    assert frozenset({"LogisticsMSP", "PropertyMSP"}) in endorsers.organizations()
    assert all("PropertyMSP" in enough for enough in endorsers.organizations())
    chosen = endorsers.select()
    assert len(chosen) == 2
    other = next(peer for peer in chosen if peer.mspid != "PropertyMSP")
    again = endorsers.select(without=[other.address])
    assert other not in again
    assert len(again) == 2
    registry = next(peer for peer in chosen if peer.mspid == "PropertyMSP")
    assert endorsers.select(without=[registry.address]) == ()


def test_discovery_refuses_in_words(network: Network, discovery: Discovery) -> None:
    with pytest.raises(DiscoveryError, match=r"could not find endorsers of none on crosswork: re"):
        discovery.endorsers(CHANNEL, "none")
    with pytest.raises(DiscoveryError, match="could not list the peers of none: refused: access"):
        discovery.peers("none")
    with pytest.raises(DiscoveryError, match="could not list the peers it knows: refused: access"):
        discovery.local_peers()
    admin = person(network)
    with Discovery(profile_of(network).peer(), admin.identity, admin.signer()) as asked:
        assert {peer.mspid for peer in asked.local_peers()} == MSPIDS


async def test_async_discovery_and_orderer(network: Network) -> None:
    admin = person(network)
    async with AsyncDiscovery(
        profile_of(network).peer(), admin.identity, admin.signer()
    ) as discovery:
        assert len(await discovery.peers(CHANNEL)) == 4
    async with AsyncOrderer(orderer_of(network), admin.identity, admin.signer()) as orderer:
        assert decode_block(await orderer.block_bytes(CHANNEL, 0)).number == 0
        with pytest.raises(OrdererError, match="404: NOT_FOUND"):
            await orderer.height("none")


def test_all_of_qscc_and_cscc(peer: PeerAdmin) -> None:
    assert peer.channels() == [CHANNEL]
    info = peer.info(CHANNEL)
    block = peer.block(CHANNEL, 2)
    assert peer.block_by_hash(CHANNEL, block.hash) == block
    assert peer.block_by_hash(CHANNEL, info.current_hash).number >= info.height - 1
    entry = block.transactions[0]
    assert peer.block_of(CHANNEL, entry.transaction_id) == block
    assert peer.transaction(CHANNEL, entry.transaction_id) == entry
    envelope, code = peer.processed_transaction(CHANNEL, entry.transaction_id)
    assert code is ValidationCode.VALID
    assert envelope in peer.block_bytes(CHANNEL, 2)
    config = peer.config(CHANNEL)
    assert {organization.mspid for organization in config.applications} == MSPIDS
    newest = decode_block(peer.config_block(CHANNEL)).transactions[0].config
    assert newest is not None
    assert newest.config == config
    assert not peer.join_status().joining
    with pytest.raises(PeerError, match="could not join by a snapshot: 500: cannot create ledger"):
        peer.join_by_snapshot("/no/such/folder")
    with pytest.raises(PeerError, match="could not give transaction ff of crosswork: 500"):
        peer.processed_transaction(CHANNEL, "ff")


def test_a_package_is_taken_back_from_a_peer_and_read(peer: PeerAdmin) -> None:
    package_id = peer.installed()[0].package_id
    package = read_package(peer.package(package_id))
    assert package.id == package_id
    assert package.type == "ccaas"
    assert "chaincode.json" in package.files


def test_snapshots_are_asked_for_and_cancelled(peer: PeerAdmin) -> None:
    peer.request_snapshot(CHANNEL, 1_000_000)
    assert peer.pending_snapshots(CHANNEL) == [1_000_000]
    peer.cancel_snapshot(CHANNEL, 1_000_000)
    assert peer.pending_snapshots(CHANNEL) == []
    with pytest.raises(PeerError, match="no snapshot request exists for block number 1000000"):
        peer.cancel_snapshot(CHANNEL, 1_000_000)


def test_an_orderer_gives_blocks(orderer: Orderer, peer: PeerAdmin) -> None:
    first, second = orderer.blocks_bytes(CHANNEL, 0, 1)
    assert decode_block(second).previous_hash == decode_block(first).hash
    assert decode_block(second).hash == peer.block(CHANNEL, 1).hash
    assert orderer.height(CHANNEL) >= 3
    with pytest.raises(OrdererError, match="could not give block 1000000 of crosswork: 404"):
        orderer.block_bytes(CHANNEL, 1_000_000)
    with pytest.raises(OrdererError, match="could not order an envelope: 400: could not determine"):
        orderer.broadcast(b"")


def test_departments_sign_a_change_of_the_configuration(
    network: Network, orderer: Orderer, peer: PeerAdmin
) -> None:
    before = peer.config_bytes(CHANNEL)
    config = configtx_pb2.Config.FromString(before)
    value = config.channel_group.groups["Orderer"].values["BatchSize"]
    size = orderer_pb2.BatchSize.FromString(value.value)
    size.preferred_max_bytes += 1
    value.value = size.SerializeToString()
    proposed = ConfigUpdate.between(CHANNEL, before, config.SerializeToString()).to_bytes()
    with pytest.raises(OrdererError, match=r"policy for .*BatchSize not satisfied"):
        orderer.update(ConfigUpdate.from_bytes(proposed))
    for department in DEPARTMENTS:
        admin = person(network, department=department)
        signed = ConfigUpdate.from_bytes(proposed).sign(admin.identity, admin.signer())
        proposed = signed.to_bytes()
    update = ConfigUpdate.from_bytes(proposed)
    assert {member.mspid for member in update.signers} == MSPIDS
    sequence = peer.config(CHANNEL).sequence
    with weftwork.connect(profile_of(network), "admin") as gateway:
        blocks = gateway.network(CHANNEL).block_events()
        with blocks as coming:
            orderer.update(update)
            changed = next(
                found for block in coming for found in block.transactions if found.config
            )
    assert changed.config is not None
    assert changed.config.config.sequence == sequence + 1
    assert {member.mspid for member in changed.config.update_signers} == MSPIDS
    assert decode_block(orderer.config_block(CHANNEL)).number == changed.block_number
    with pytest.raises(OrdererError, match=r"400: .*but key is at version"):
        orderer.update(update)
    _put_back(network, orderer, peer, before)


def _put_back(network: Network, orderer: Orderer, peer: PeerAdmin, before: bytes) -> None:
    """Others' tests hold this network against its files."""
    now = configtx_pb2.Config.FromString(peer.config_bytes(CHANNEL))
    old = configtx_pb2.Config.FromString(before).channel_group.groups["Orderer"]
    batch = now.channel_group.groups["Orderer"].values["BatchSize"]
    batch.value = old.values["BatchSize"].value
    current = peer.config_bytes(CHANNEL)
    update = ConfigUpdate.between(CHANNEL, current, now.SerializeToString())
    for department in DEPARTMENTS:
        admin = person(network, department=department)
        update = update.sign(admin.identity, admin.signer())
    sequence = peer.config(CHANNEL).sequence
    orderer.update(update)
    until = time.monotonic() + 20
    while peer.config(CHANNEL).sequence == sequence and time.monotonic() < until:
        time.sleep(0.05)
    assert peer.config(CHANNEL).sequence == sequence + 1


def test_an_operator_asks_an_orderer(network: Network) -> None:
    node = network.topology.orderers[0]
    folder = network.state.operator(network.topology.member(node.department))
    tls = ClientTls(folder / "ca.crt", folder / "client.crt", folder / "client.key")
    with ChannelParticipation(f"127.0.0.1:{node.ports['admin']}", tls) as participation:
        assert participation.channels() == [CHANNEL]
        assert participation.info(CHANNEL).relation == "consenter"
        # 3.1.1 knows no update over REST: it came with 3.1.2.
        with pytest.raises(OrdererError, match="could not update a channel's config: 40"):
            participation.update(b"no envelope")


def test_approvals_are_listed_and_a_definition_compared(network: Network) -> None:
    with weftwork.connect(profile_of(network), "admin") as gateway:
        lifecycle = Lifecycle(gateway.network(CHANNEL), mspid="LogisticsMSP")
        approved = {approval.name: approval for approval in lifecycle.all_approvals()}
        assert approved["property"] == lifecycle.approval("property", approved["property"].sequence)
        readiness = lifecycle.check_readiness(
            ChaincodeDefinition("property", version="9", sequence=approved["property"].sequence + 1)
        )
        assert readiness.approved == []
        assert set(readiness.missing) == MSPIDS
        assert "LogisticsMSP has not approved" in str(readiness)


@pytest.mark.parametrize("type", ["golang", "node", "java"])
def test_a_folder_is_packed_as_fabric_s_own_command_packs_it(type: str, tmp_path: Path) -> None:
    files = {
        "golang": ["go.mod", "cmd/main.go", "vendor/x/x.go", "vendor/modules.txt", ".hidden/x"],
        "node": ["package.json", "lib/a.js", "node_modules/x/x.js", ".npmrc", ".git/HEAD"],
        "java": ["pom.xml", "src/main/java/A.java", "build/a.jar", "A.class", ".mvn/x"],
    }[type]
    folder = tmp_path / "code" / ("cmd" if type == "golang" else "")
    index = folder / "META-INF/statedb/couchdb/collections/secrets/indexes/owner.json"
    for path in (index, *(tmp_path / "code" / name for name in files)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("package main\n\nfunc main() {}\n")
    index.write_text('{"index": {"fields": ["owner"]}, "ddoc": "d", "name": "n", "type": "json"}')
    if type == "golang":
        if shutil.which("go") is None:
            pytest.skip("no Go here: Fabric's command asks it for the module")
        (tmp_path / "code" / "go.mod").write_text("module example.org/cc\n\ngo 1.22\n")
        (tmp_path / "code" / "vendor" / "modules.txt").write_text("")
    programs = find_programs("3.1", Silent())
    made = tmp_path / "theirs.tgz"
    words = [str(programs.path("peer")), "lifecycle", "chaincode", "package", str(made)]
    subprocess.run(
        [*words, "--path", str(folder), "--lang", type, "--label", "cc_1"],
        env={**os.environ, "FABRIC_CFG_PATH": str(programs.config), "GOFLAGS": "-mod=mod"},
        check=True,
        capture_output=True,
    )
    theirs = read_package(made.read_bytes())
    ours = read_package(package_folder(folder, "cc_1", type))
    assert ours.files == theirs.files
    assert (ours.label, ours.type) == (theirs.label, theirs.type)
    if type == "golang":
        assert ours.path == theirs.path
