"""Proofs of real transactions: they verify offline, and for nothing that the ledger has not."""

import json
import os
import random
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import weftwork
import weftwork.aio
from tests.integration.documents import shown
from tests.integration.updating import update
from weftwork import ValidationCode
from weftwork.errors import ProofError
from weftwork.proof import Proof, Trust, verify
from weftwork_network import Network

Connect = Callable[[str, str], weftwork.Gateway]


@pytest.fixture(scope="module")
def trust(network: Network) -> Trust:
    return Trust.block(first_block(network).read_bytes())


@pytest.fixture(scope="module")
def committed(network: Network, connect: Connect) -> str:
    """Id of a valid transaction."""
    channel = connect("Logistics", "clerk").network(network.channel)
    run = secrets.token_hex(4)
    made = channel.contract("logistics").proposal("create", consignment(run)).endorse()
    made.submit().status().check()
    return made.transaction_id


def consignment(run: str) -> dict[str, object]:
    item = {"id": f"M-{run}", "quantity": 1, "unit": "C62", "manifest": None}
    return {"id": f"C-{run}", "consignee": "EnergyMSP", "items": [item]}


def first_block(network: Network) -> Path:
    return network.project.folder / ".weftwork" / "channel" / f"{network.channel}.block"


def test_a_valid_transaction(
    network: Network, connect: Connect, trust: Trust, committed: str
) -> None:
    channel = connect("Energy", "clerk").network(network.channel)
    channel.commit(committed).status()
    proof = channel.prove(committed)
    found = verify(Proof.from_bytes(proof.to_bytes()), trust)
    assert (found.transaction.chaincode, found.transaction.function) == ("logistics", "create")
    assert {witness.peer.mspid for witness in found.witnesses} == {
        "LogisticsMSP",
        "EnergyMSP",
        "PropertyMSP",
        "CivicMSP",
    }
    assert found.transaction.namespace("logistics") is not None
    assert len(found.endorsers) == len(found.transaction.endorsers) >= 2
    content = proof.to_bytes()
    chance = random.Random(secrets.randbits(32))
    for _ in range(150):
        changed = bytearray(content)
        changed[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        with pytest.raises(ProofError):
            pytest.fail(f"{verify(Proof.from_bytes(bytes(changed)), trust)}")


async def test_async_with_named_witnesses(network: Network, trust: Trust, committed: str) -> None:
    async with weftwork.aio.connect(network.profile("Civic"), user="auditor") as gateway:
        channel = gateway.network(network.channel)
        await channel.commit(committed).status()
        proof = await channel.prove(committed, witnesses=["PropertyMSP", "CivicMSP"])
        found = verify(proof, trust)
        assert [each.peer.mspid for each in found.witnesses] == ["PropertyMSP", "CivicMSP"]
        with pytest.raises(ProofError, match=r"1 of 1 peers vouched .* 2 departments' are needed"):
            await channel.prove(committed, witnesses=["PropertyMSP"])
        with pytest.raises(ProofError, match="no anchor peer of OtherMSP"):
            await channel.prove(committed, witnesses=["OtherMSP", "CivicMSP"])
        alone = await channel.prove(committed, witnesses=["PropertyMSP"], departments=1)
    with pytest.raises(ProofError, match=r"1 departments \(PropertyMSP\) vouch for"):
        verify(alone, trust)


def test_an_invalidated_transaction(
    network: Network, connect: Connect, trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = connect("Logistics", "clerk").network(network.channel)
    contract = channel.contract("logistics")
    drafted = consignment(secrets.token_hex(4))
    first, second = [
        contract.proposal(
            "create", drafted, endorsing_organizations=["LogisticsMSP", "CivicMSP"]
        ).endorse()
        for _ in range(2)
    ]
    assert first.submit().status().code is ValidationCode.VALID
    assert second.submit().status().code is ValidationCode.MVCC_READ_CONFLICT
    with pytest.raises(ProofError, match=r"was invalidated: .* says MVCC_READ_CONFLICT"):
        channel.prove(second.transaction_id)
    # Gathered by somebody who does not look: what the peers signed says it all the same.
    monkeypatch.setattr("weftwork._sync.proving.verify", lambda *_, **__: None)
    proof = channel.prove(second.transaction_id)
    with pytest.raises(ProofError, match=r"was invalidated: .* says MVCC_READ_CONFLICT"):
        verify(proof, trust)
    # Nor do the answers about the valid one serve the other.
    swapped = replace(proof, answers=channel.prove(first.transaction_id).answers)
    with pytest.raises(ProofError, match="to another question"):
        verify(swapped, trust)


def test_after_the_configuration_was_updated(
    network: Network, connect: Connect, trust: Trust, committed: str
) -> None:
    gateway = connect("Energy", "clerk")
    number = update(network, gateway)
    channel = gateway.network(network.channel)
    before = verify(channel.prove(committed), trust)
    run = secrets.token_hex(4)
    clerk = connect("Logistics", "clerk").network(network.channel).contract("logistics")
    made = clerk.proposal("create", consignment(run)).endorse()
    made.submit().status().check()
    channel.commit(made.transaction_id).status()
    proof = channel.prove(made.transaction_id)
    after = verify(proof, trust)
    assert before.config_block < number == after.config_block
    assert [block.number for block in proof.config][-1] == number


def test_the_page_as_it_stands(network: Network, tmp_path: Path) -> None:
    (tmp_path / ".weftwork").symlink_to(network.project.folder / ".weftwork")
    run = secrets.token_hex(4)
    text = shown("docs/proofs.md", "prove") + shown("docs/proofs.md", "verify")
    program = text.replace("C-1042", f"C-{run}").replace("M-77", f"M-{run}")
    printed = _run([sys.executable, "-c", program], tmp_path)
    assert printed.stdout.startswith("create (b'{")
    (line,) = shown("docs/proofs.md", "command").splitlines()
    words = [sys.executable, "-m", *line.split()]
    told = _run(words, tmp_path)
    assert told.stdout.startswith("transaction ")
    assert "witness     CivicMSP" in told.stdout
    plain = json.loads(_run([*words, "--json"], tmp_path).stdout)
    assert plain["transaction"]["function"] == "create"
    content = (tmp_path / "created.proof").read_bytes()
    (tmp_path / "created.proof").write_bytes(content.replace(b'"number": ', b'"number": 1', 1))
    failed = _run(words, tmp_path, status=1)
    assert failed.stdout == ""
    assert failed.stderr.startswith("weftwork: block 1")
    assert failed.stderr.count("\n") == 1


def _run(words: list[str], folder: Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        words, cwd=folder, env=dict(os.environ), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == status, done.stderr
    return done
