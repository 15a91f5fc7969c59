"""`weftwork demo` tells the whole case, again and again on the same ledger."""

import json
import subprocess
import sys
from typing import Any

import pytest

from weftwork_network import Network


def tell(network: Network, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "weftwork", "demo", "--folder", network.project.folder, *arguments],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def lines(network: Network) -> list[dict[str, Any]]:
    return [json.loads(line) for line in tell(network, "--json").splitlines()]


def test_it_ends_with_the_title_transferred_in_one_transaction(lines: list[dict[str, Any]]) -> None:
    finals = [line for line in lines if line.get("function") == "casework.finalize"]
    assert [line["code"] for line in finals] == ["PHANTOM_READ_CONFLICT", "VALID"]
    assert set(finals[1]["endorsers"]) == {"CivicMSP", "PropertyMSP", "EnergyMSP"}
    assert lines[-1]["done"]


def test_the_transfer_is_refused_while_a_bill_is_open(lines: list[dict[str, Any]]) -> None:
    (refused,) = [line for line in lines if "refused" in line]
    assert refused["refused"] == "EndorseError"
    assert "open entries" in refused["message"]
    assert refused["refusals"][0]["department"] == "CivicMSP"


def test_every_peer_invalidates_the_rogue(lines: list[dict[str, Any]]) -> None:
    (rogue,) = [line for line in lines if line.get("function") == "property.transfer"]
    assert (rogue["code"], rogue["endorsers"]) == ("ENDORSEMENT_POLICY_FAILURE", ["PropertyMSP"])
    (codes,) = [line["codes"] for line in lines if "codes" in line]
    assert codes == dict.fromkeys(
        ["LogisticsMSP", "EnergyMSP", "PropertyMSP", "CivicMSP"], "ENDORSEMENT_POLICY_FAILURE"
    )


def test_a_bill_endorsed_before_the_transfer_is_itself_invalid(
    lines: list[dict[str, Any]],
) -> None:
    bills = [line["code"] for line in lines if line.get("function") == "electricity.bill"]
    assert bills.count("MVCC_READ_CONFLICT") == 1
    assert bills.count("VALID") == 13


def test_the_real_year_is_billed_and_recomputed(lines: list[dict[str, Any]]) -> None:
    (audit,) = [line for line in lines if "energy_wh" in line]
    assert (audit["bills"], audit["energy_wh"]) == (12, 5_089_595)


def test_it_can_be_told_again(network: Network, lines: list[dict[str, Any]]) -> None:
    shown = tell(network)
    assert "Who endorsed what" in shown
    assert "PHANTOM_READ_CONFLICT" in shown
