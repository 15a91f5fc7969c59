"""``weftwork prove`` and ``weftwork verify`` as an auditor runs them, and how they refuse."""

import json
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

import weftwork
from weftwork.cli.app import run
from weftwork_network import Network

Connect = Callable[[str, str], weftwork.Gateway]
Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def committed(network: Network, connect: Connect) -> str:
    """Id of a transaction that every department's peer has."""
    unique = secrets.token_hex(4)
    item = {"id": f"M-{unique}", "quantity": 1, "unit": "C62", "manifest": None}
    drafted = {"id": f"C-{unique}", "consignee": "EnergyMSP", "items": [item]}
    logistics = connect("Logistics", "clerk").network(network.channel).contract("logistics")
    made = logistics.submit_async("create", drafted)
    made.status().check()
    users = {"Energy": "clerk", "Property": "registrar", "Civic": "auditor"}
    for department, user in users.items():
        channel = connect(department, user).network(network.channel)
        channel.commit(made.transaction_id).status().check()
    return made.transaction_id


def words(network: Network, transaction: str, **others: object) -> list[str]:
    options = {
        "profile": network.profile("Energy"), "user": "clerk", "channel": network.channel,
    } | others  # fmt: skip
    return ["prove", transaction, *(f"--{name}={value}" for name, value in options.items())]


def test_a_proof_is_made_and_holds(
    network: Network,
    committed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Output,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(words(network, committed)) == 0
    assert capsys.readouterr().out == f"{committed}.proof: 4 departments vouch for it\n"
    block = network.project.folder / ".weftwork" / "channel" / f"{network.channel}.block"
    assert run(["verify", f"{committed}.proof", "--trust", str(block), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["transaction"]["transaction_id"] == committed


def test_those_who_are_named_are_asked(
    network: Network, committed: str, tmp_path: Path, capsys: Output
) -> None:
    file = tmp_path / "two.proof"
    asked = words(network, committed, output=file)
    assert run([*asked, "--witness", "CivicMSP", "--witness", "EnergyMSP"]) == 0
    assert capsys.readouterr().out == f"{file}: 2 departments vouch for it\n"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"channel": "nowhere"}, "cannot be read on channel nowhere at 127.0.0.1:"),
        ({"user": "nobody"}, "nobody"),
        ({"profile": "none.yaml"}, "none.yaml"),
        ({"witness": "OtherMSP"}, "no anchor peer of OtherMSP"),
        ({"output": "none/of/it.proof"}, "it.proof: cannot be written: No such file or directory"),
    ],
)
def test_a_refusal_is_one_line(
    network: Network,
    committed: str,
    wrong: dict[str, object],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Output,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(words(network, committed, **wrong)) == 1
    refused(capsys, told)
    assert not list(tmp_path.iterdir()), "a proof that is none was left"


def test_a_transaction_that_nobody_knows(network: Network, capsys: Output) -> None:
    assert run(words(network, "ab" * 32)) == 1
    refused(capsys, f"transaction {'ab' * 32} cannot be read on channel {network.channel} at ")


def refused(capsys: Output, words: str) -> None:
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("weftwork: ")
    assert words in printed.err
    assert printed.err.count("\n") == 1
