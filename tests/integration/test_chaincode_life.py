"""A chaincode's life on one network: upgraded under load and by one department, rolled back.

The tests go on from one another's ledger, each from code of its own.
"""

from collections.abc import Iterator

import pytest

import weftwork
from tests.integration.parcels import CODE, Site, keys_of_no_other, submitting
from weftwork_network.errors import DeployError, NodeError


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("life") / "own")
    try:
        made.network.up()
        yield made
    finally:
        made.network.clean()


@pytest.fixture(autouse=True)
def _as_deployed(site: Site) -> Iterator[None]:
    """Whatever a test left undone is brought in order for the next."""
    yield
    site.define()
    site.chaincodes.deploy()


def test_an_upgrade_under_load_fails_no_submit(site: Site) -> None:
    with submitting(site, "Energy", "Civic") as stream:
        for word in ("second", "third"):
            site.write(word)
            (change,) = site.chaincodes.deploy(["parcels"])
            assert change.why == "its code"
            with site.contract() as contract:
                assert contract.evaluate("word", returns=str) == word
    assert stream.failures == []
    assert {"first", "second"} <= set(stream.words)
    # The old code's process is gone.
    if site.network.backend.name == "processes":
        assert len([*site.network.state.run.glob("energy-chaincode.*.json")]) == 1


def test_code_that_does_not_start_changes_nothing(site: Site) -> None:
    before = site.versions()
    (site.folder / "parcels.py").write_text("import nothing_of_this_name\n")
    with pytest.raises(NodeError, match="No module named 'nothing_of_this_name'"):
        site.chaincodes.deploy()
    assert site.versions() == before
    with site.contract() as contract:
        assert contract.submit("put", "still-here", returns=str)
    site.write("after")


def test_departments_approve_one_after_the_other_with_their_own_keys_alone(site: Site) -> None:
    """And one that is left behind is shown, and told by name to whoever needs it."""
    old = site.versions()["Energy"]
    site.write("one after the other")
    (file,) = site.chaincodes.package(["parcels"], site.folder / "sent")
    for department in ("Logistics", "Property", "Civic"):
        with keys_of_no_other(site.network, department):
            (approved,) = site.chaincodes.acting(department).approve("parcels", file=file)
        assert (approved.sequence, approved.new, approved.runs) == (old.sequence + 1, True, True)
        if department == "Logistics":
            (ready,) = site.chaincodes.ready("parcels")
            missing = {mspid for mspid, fields in ready.departments.items() if fields is not None}
            assert missing == {"EnergyMSP", "PropertyMSP", "CivicMSP"}
            with pytest.raises(DeployError, match="EnergyMSP has not approved it"):
                site.chaincodes.acting("Logistics").commit("parcels")
            assert "has approved" in site.versions()["Logistics"].remark
    with keys_of_no_other(site.network, "Civic"):
        (change,) = site.chaincodes.acting("Civic").commit("parcels")
    assert change.version == approved.version

    shown = site.versions()["Energy"]
    assert shown.remark == f"left behind: has not approved {approved.version}"
    assert (shown.approved_version, shown.version) == (old.version, approved.version)
    with site.contract("Civic") as contract, pytest.raises(weftwork.EndorseError) as caught:
        contract.submit("put", "behind")
    assert f"parcels {approved.version}" in str(caught.value)
    assert "EnergyMSP has not approved it" in str(caught.value)

    with keys_of_no_other(site.network, "Energy"):
        site.chaincodes.acting("Energy").approve("parcels", file=file)
    with site.contract("Civic") as contract:
        assert contract.submit("put", "no longer behind", returns=str) == "one after the other"


def test_an_approval_of_something_else_is_told_by_its_field(site: Site) -> None:
    site.write("something")
    site.chaincodes.acting("Energy").approve("parcels")
    site.write("something else")
    (ready,) = site.chaincodes.ready("parcels")
    assert ready.departments["EnergyMSP"] == ("version",)
    site.define("OR('EnergyMSP.peer')")
    (ready,) = site.chaincodes.ready("parcels")
    assert ready.departments["EnergyMSP"] == ("version", "policy")
    with pytest.raises(DeployError, match="approved another policy"):
        site.chaincodes.acting("Energy").commit("parcels")


def test_different_code_is_named_with_both_versions(site: Site) -> None:
    site.chaincodes.deploy()
    (site.folder / "rogue_parcels.py").write_text(CODE.format(word="rogue"))
    network = site.network
    network.restart_chaincode("Energy", {"parcels": "rogue_parcels:Parcels"})
    try:
        shown = site.versions()
        assert "not what was approved" in shown["Energy"].remark
        rogue, right = shown["Energy"].answers, shown["Civic"].answers
        with site.contract("Civic") as contract, pytest.raises(weftwork.EndorseError) as caught:
            contract.submit("put", "different")
        assert f"CivicMSP runs {right}, EnergyMSP runs {rogue}" in str(caught.value)
    finally:
        network.restart_chaincode("Energy")
    with site.contract("Civic") as contract:
        contract.submit("put", "the same")


def test_back_to_an_earlier_package_until_the_code_changes(site: Site) -> None:
    site.write("good")
    site.chaincodes.deploy()
    good = site.versions()["Energy"]
    site.write("bad")
    site.chaincodes.deploy()
    (change,) = site.chaincodes.rollback("parcels")
    assert (change.version, change.sequence) == (good.version, good.sequence + 2)
    assert site.network.up().already
    with site.contract() as contract:
        assert contract.submit("put", "back", returns=str) == "good"
    with pytest.raises(DeployError, match="no earlier version of parcels"):
        site.chaincodes.rollback("parcels", "nothing")
    site.write("better")
    (change,) = site.network.up().changes
    assert (change.sequence, change.why) == (good.sequence + 3, "its code")


def test_policy_and_collections_change_by_the_next_sequence(site: Site) -> None:
    sequence = site.versions()["Energy"].sequence
    site.define("OR('EnergyMSP.peer', 'CivicMSP.peer')")
    (change,) = site.chaincodes.deploy(["parcels"])
    assert (change.sequence, change.why) == (sequence + 1, "its policy or collections")
    with site.contract() as contract:
        contract.submit("put", "alone", endorsing_organizations=["EnergyMSP"])
    hidden = {"name": "hidden", "members": ["Energy", "Civic"], "required": 0}
    site.collections = [hidden]
    site.define()
    (change,) = site.chaincodes.deploy(["parcels"])
    assert change.sequence == sequence + 2
    with site.contract() as contract:
        contract.submit("hide", "secret")
    try:
        site.collections = []
        site.define()
        with pytest.raises(DeployError, match="Fabric lets no collection go"):
            site.chaincodes.deploy(["parcels"])
        site.collections = [{**hidden, "block_to_live": 5}]
        site.define()
        with pytest.raises(DeployError, match="'hidden' has block_to_live 0 on the channel"):
            site.chaincodes.deploy(["parcels"])
    finally:
        site.collections = [hidden]
