"""The steps cover every step of the official features; the strict one refuses what it must.

The features are looked for in the checkout that GATEWAY names; without one that test is skipped.
"""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.scenario.__main__ import FEATURES, HERE, stage_features
from tests.scenario.network import PEERS
from tests.scenario.report import counted, passed, table, tally
from weftwork.errors import EndorseError, Refusal

ROOT = HERE.parents[1]

SAMPLE = """\
Feature: a sample
    Scenario: known
        Given I have deployed a Fabric network
        When I prepare to submit an echo transaction
        Then the response should be "conga"
    Scenario: strange
        Given I have deployed a Corda network
"""


def undefined(folder: Path) -> str:
    """The steps of a folder's features that nobody has defined; nothing is executed."""
    words = "--dry-run --no-source --no-summary --no-snippets --format steps.missing ."
    done = subprocess.run(
        [sys.executable, "-m", "behave", *words.split()],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return "\n".join(line for line in done.stdout.splitlines() if line.startswith("@"))


def test_a_step_that_is_not_ours_is_seen(tmp_path: Path) -> None:
    features = tmp_path / "scenario/features"
    features.mkdir(parents=True)
    (features / "sample.feature").write_text(SAMPLE)
    stage_features(tmp_path, tmp_path / "staged", [])
    missing = undefined(tmp_path / "staged")
    assert "Corda" in missing
    assert "conga" not in missing


def test_every_step_of_the_official_features_is_ours(tmp_path: Path) -> None:
    given = os.environ.get("GATEWAY", "")
    if not given or not any((Path(given) / FEATURES).glob("*.feature")):
        pytest.skip("GATEWAY names no checkout of fabric-gateway")
    stage_features(Path(given), tmp_path / "staged", [])
    assert undefined(tmp_path / "staged") == ""


# --- the strict step

ROWS = [
    ["peer0.org2.example.com:8051", "Org2MSP", "refuses"],
    ["peer0.org3.example.com:11051", "Org3MSP", "refuses"],
]
REFUSALS = [
    Refusal("127.0.0.1:2", "Org2MSP", "chaincode response 500, Org2MSP refuses this"),
    Refusal("127.0.0.1:3", "Org3MSP", "chaincode response 500, Org3MSP refuses this"),
]


def checked(rows: list[list[str]], refusals: list[Refusal]) -> None:
    """Runs the step `the error details should be`."""
    details = runpy.run_path(str(HERE / "steps/transactions.py"))["details"]
    real = {
        "peer0.org2.example.com:8051": "127.0.0.1:2",
        "peer0.org3.example.com:11051": "127.0.0.1:3",
    }
    error = EndorseError("ABORTED", "failed", refusals=tuple(refusals))

    class Table(list[list[str]]):
        headings = rows[0]

    context = SimpleNamespace(
        world=SimpleNamespace(error=error),
        stage=SimpleNamespace(address=real.__getitem__),
        table=Table(rows[1:]),
    )
    details(context)


def test_details_in_any_order_are_found() -> None:
    checked(ROWS, REFUSALS[::-1])


@pytest.mark.parametrize(
    ("rows", "refusals"),
    [
        (ROWS, REFUSALS[:1]),  # one listed is missing
        (ROWS, []),
        (ROWS[:1], REFUSALS),  # one is there that is not listed
        (ROWS, [*REFUSALS, REFUSALS[0]]),  # one is there twice
        (ROWS, [REFUSALS[0], Refusal("127.0.0.1:3", "Org3MSP", "is away")]),
        (ROWS, [REFUSALS[0], Refusal("127.0.0.1:3", "Org1MSP", "refuses")]),
        (ROWS, [REFUSALS[0], Refusal("127.0.0.1:4", "Org3MSP", "refuses")]),
    ],
)
def test_details_that_are_not_these_fail(rows: list[list[str]], refusals: list[Refusal]) -> None:
    with pytest.raises(AssertionError):
        checked(rows, refusals)


def test_each_peer_of_the_features_is_one_of_ours() -> None:
    assert len(PEERS) == len(set(PEERS.values())) == 5
    assert len({address.split(":")[0] for address in PEERS}) == 5


def feature(name: str, *statuses: str) -> dict[str, object]:
    """A feature in behave's report."""
    elements = [{"type": "scenario", "status": status} for status in statuses]
    return {"location": f"{name}.feature:6", "elements": [{"type": "background"}, *elements]}


def test_whatever_has_not_passed_nor_was_skipped_has_failed() -> None:
    statuses = ("passed", "failed", "error", "undefined", "untested", "hook_error", "skipped")
    counts = counted([feature("errors", *statuses), feature("sbe", "passed")])
    assert counts["errors"] == {"passed": 1, "failed": 5, "skipped": 1}
    assert tally(counts) == "2 of 8 scenarios passed, 1 skipped"
    assert not passed(counts)
    assert passed(counted([feature("sbe", "passed", "skipped")]))
    assert not passed(counted([feature("sbe", "skipped")]))
    assert not passed(counted([]))
    shown = table({"sync": counts, "async": counts}).splitlines()
    assert shown[1].split() == ["errors", "1", "5", "1", "1", "5", "1"]


def test_without_features_the_command_says_what_to_give(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.scenario", "--gateway", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "give a checkout of fabric-gateway" in done.stderr
