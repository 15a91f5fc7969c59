"""Ordering and line of Fabric: what is asked for, what the file says, what the state remembers."""

from pathlib import Path

import pytest

from weftwork_network.errors import DefinitionError, NetworkError
from weftwork_network.kept import Kept, keep, kept_choice
from weftwork_network.project import open_project, with_variant
from weftwork_network.starter import write_project
from weftwork_network.state import State
from weftwork_network.variants import Asked, check_release, is_newer


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository's own two files; nothing is asked for by variables."""
    for name in ("ORDERING", "FABRIC"):
        monkeypatch.delenv(name, raising=False)
    write_project(tmp_path / "own", base_port=24000)
    return tmp_path / "own"


def started(folder: Path, asked: Asked, *, created: bool = True) -> State:
    """A state as a first start leaves it."""
    project = open_project(folder, asked)
    state = State(project.state_folder)
    keep(state, with_variant(Kept("process"), project))
    if created:
        state.created.parent.mkdir(parents=True)
        state.created.write_text("{}")
    return state


def test_what_is_asked_for_goes_before_the_file(own) -> None:
    plain = open_project(own)
    assert (plain.topology.ordering, plain.topology.fabric) == ("raft", "3.1")
    assert plain.overridden == ()
    bft = open_project(own, Asked(ordering="bft"))
    assert bft.topology.ordering == "bft"
    assert bft.topology.channels[0].profile == "CrossworkBFT"
    assert [node.id for node in bft.topology.orderers] == [
        "logistics-orderer0", "energy-orderer0", "property-orderer0", "civic-orderer0",
    ]  # fmt: skip
    assert bft.overridden == ("ordering",)
    assert open_project(own, Asked(fabric="2.5")).topology.fabric == "2.5"


def test_variables_ask_as_well(own, monkeypatch) -> None:
    monkeypatch.setenv("ORDERING", "bft")
    assert open_project(own).topology.ordering == "bft"
    monkeypatch.setenv("ORDERING", "raft")
    monkeypatch.setenv("FABRIC", "2.5")
    assert open_project(own).topology.fabric == "2.5"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(ordering="pbft"), "ORDERING=pbft is no ordering; take raft or bft"),
        (Asked(fabric="2.4"), "FABRIC=2.4 is no line of releases known here; take 3.1 or 2.5"),
        (Asked(ordering="bft", fabric="2.5"), "Fabric 2.5 has no BFT ordering"),
    ],
)
def test_what_is_not_to_be_had_is_refused_by_name(own, asked, said) -> None:
    with pytest.raises(NetworkError, match=said):
        open_project(own, asked)


def test_a_file_that_wants_both_is_told_with_its_line(own) -> None:
    path = own / "network.yaml"
    text = path.read_text().replace('fabric: "3.1"', 'fabric: "2.5"')
    path.write_text(text.replace("ordering: raft", "ordering: bft"))
    with pytest.raises(DefinitionError, match=r"network.yaml:\d+: Fabric 2.5 has no BFT ordering"):
        open_project(own)


def test_official_images_of_2_5_are_refused_by_name(own) -> None:
    """Their peers ask the engine, which no peer here may."""
    path = own / "network.yaml"
    path.write_text(path.read_text() + "\nimages: official\n")
    assert open_project(own).topology.fabric == "3.1"
    with pytest.raises(DefinitionError, match=r"yaml:\d+: the official peers of Fabric 2.5"):
        open_project(own, Asked(fabric="2.5"))


def test_the_state_remembers_what_was_asked_for(own) -> None:
    state = started(own, Asked(ordering="bft"))
    assert open_project(own).topology.ordering == "bft"
    assert open_project(own, Asked(ordering="bft")).topology.ordering == "bft"
    with pytest.raises(
        NetworkError, match=r"is ordered by BFT, and ORDERING=raft was asked for.*network clean"
    ):
        open_project(own, Asked(ordering="raft"))
    kept = kept_choice(state)
    assert kept is not None
    assert (kept.ordering, kept.fabric, kept.overridden) == ("bft", "3.1", ("ordering",))


def test_until_there_is_a_ledger_another_may_be_asked_for(own) -> None:
    started(own, Asked(ordering="bft"), created=False)
    assert open_project(own, Asked(ordering="raft")).topology.ordering == "raft"


def test_what_the_file_said_is_not_remembered_against_it(own) -> None:
    """A file that is changed afterwards is held against the ledger, with its line."""
    started(own, Asked())
    path = own / "network.yaml"
    path.write_text(path.read_text().replace("ordering: raft", "ordering: bft"))
    assert open_project(own).topology.ordering == "bft"


def test_a_newer_fabric_may_open_the_ledgers_and_no_older_one(own) -> None:
    started(own, Asked(fabric="2.5"))
    assert open_project(own).topology.fabric == "2.5"
    newer = open_project(own, Asked(fabric="3.1"))
    assert newer.topology.fabric == "3.1"
    state = State(newer.state_folder)
    keep(state, with_variant(Kept("process"), newer))
    with pytest.raises(NetworkError, match=r"opened by Fabric 3\.1, which 2\.5 may not read"):
        open_project(own, Asked(fabric="2.5"))


@pytest.mark.parametrize(
    ("kept", "wanted", "running", "refused"),
    [
        (Kept("process", fabric="2.5"), "3.1", True, True),
        (Kept("process", fabric="2.5"), "3.1", False, False),
        (Kept("process", fabric="2.5"), "2.5", True, False),
        (Kept("process"), "3.1", True, False),  # from before there was a choice
        (None, "3.1", True, False),
    ],
)
def test_nodes_of_two_lines_do_not_mix(kept, wanted, running, refused) -> None:
    if not refused:
        check_release(kept, wanted, running=running)
        return
    with pytest.raises(NetworkError, match=r"`weftwork network down` first"):
        check_release(kept, wanted, running=running)


def test_which_line_is_newer() -> None:
    assert is_newer("3.1", "2.5")
    assert not is_newer("2.5", "3.1")
    assert not is_newer("3.1", "3.1")
    assert not is_newer("3.1", "something else")
