"""The same network on Fabric 2.5: what it can do, what it cannot, and the way on to 3.1."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import weftwork
from tests.integration.imaging import with_images
from tests.integration.ports import RELEASE_PORT
from tests.integration.town import Connect, Town, connecting
from weftwork_contracts.casework.model import CaseState
from weftwork_contracts.electricity.model import Bill
from weftwork_contracts.parties import CIVIC, ENERGY, PROPERTY
from weftwork_model import decode
from weftwork_network import Network
from weftwork_network.doctor import examine
from weftwork_network.errors import NetworkError

YEAR = {"2012-01": 241_000, "2012-02": 500_000}


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """The four departments on 2.5."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ORDERING", "FABRIC"):  # what the other networks of a run may be asked for
            patch.delenv(name, raising=False)
        network = Network.create(
            tmp_path_factory.mktemp("old"), base_port=RELEASE_PORT, fabric="2.5", ordering="raft"
        )
        try:
            with_images(network).up()
            yield network
        finally:
            network.clean()


@pytest.fixture
def connect_old(old: Network) -> Iterator[Connect]:
    yield from connecting(old)


def test_a_flat_changes_hands(old: Network, connect_old: Connect) -> None:
    """Calls between chaincodes, private data, policies of keys, events: all of one case."""
    versions = {row.version for row in old.status().nodes if row.kind in ("peer", "orderer")}
    assert all(version.startswith("2.5.") for version in versions), versions
    town = Town(connect_old)
    channel = town.network("Civic", "officer")
    start = channel.info().height

    town.build(YEAR)
    for month in YEAR:
        town.pay(town.billing.bill(town.account, month).id)
    town.all_steps(through="2012-02")
    assert town.cases.finalize(town.case).state is CaseState.FINISHED

    right = town.registry.read_right(town.flat)
    final = channel.transaction(right.since)
    assert {member.mspid for member in final.endorsers} == {CIVIC, PROPERTY, ENERGY}
    with channel.chaincode_events("electricity", start_block=start, timeout=30) as events:
        billed = next(event for event in events if event.name == "billed")
    assert decode(billed.payload, Bill).account == town.account


def test_a_policy_of_a_key_holds(connect_old: Connect) -> None:
    """A meter is bound to Energy and Civic: Energy's peer alone changes nothing."""
    town = Town(connect_old)
    town.meters.register_meter(town.meter)
    contract = town.network("Energy", "meter-operator").contract("electricity")
    proposal = contract.proposal(
        "install_meter", town.meter, town.flat, endorsing_organizations=[ENERGY]
    )
    status = proposal.endorse().submit().status()
    assert status.code is weftwork.ValidationCode.ENDORSEMENT_POLICY_FAILURE


def test_what_it_cannot_do_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"Fabric 2\.5 has no BFT ordering"):
        Network.create(tmp_path, base_port=RELEASE_PORT, ordering="bft", fabric="2.5")


def test_the_way_on_to_3_1(old: Network) -> None:
    """The same ledgers opened by 3.1 go on; after that 2.5 opens them no more."""
    assert [each for each in examine(old.project.folder).findings if each.severity == "error"] == []
    with pytest.raises(NetworkError, match=r"runs on Fabric 2\.5 and 3\.1 is wanted"):
        Network.open(old.project.folder, fabric="3.1").up()
    height = old.status().height
    old.down()
    newer = Network.open(old.project.folder, fabric="3.1")
    result = newer.up()
    assert result.height >= height
    assert not result.changes, "a chaincode was deployed again"
    assert newer.up().already
    with weftwork.connect(newer.profile("Energy"), user="meter-operator") as gateway:
        gateway.network(newer.channel).contract("electricity").submit("register_meter", "after")
    findings = examine(newer.project.folder).findings
    assert [each for each in findings if each.severity == "error"] == []
    with pytest.raises(NetworkError, match=r"opened by Fabric 3\.1, which 2\.5 may not read"):
        Network.open(old.project.folder, fabric="2.5")
