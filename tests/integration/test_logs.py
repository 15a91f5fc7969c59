"""A transaction followed through the logs of every node, by the beginning of its id."""

import json
from typing import Any

import pytest

import weftwork
from tests.integration.test_network_life import start
from weftwork.departments import Energy
from weftwork.ledger.status import Status
from weftwork_network import Network


def entries(network: Network, *words: str) -> list[dict[str, Any]]:
    command = start(network.project.folder, "logs", "--json", *words)
    told, failed = command.communicate(timeout=120)
    assert command.returncode == 0, failed
    return [json.loads(line) for line in told.splitlines()]


def test_a_transaction_is_told_from_endorsement_to_commit(network: Network) -> None:
    learned: list[Status] = []
    options = weftwork.Options(on_status=learned.append)
    profile = network.profile("Energy")
    with weftwork.connect(profile, user="meter-operator", options=options) as gateway:
        Energy(gateway.network(network.channel)).register_meter("told-in-logs")
        for peer in network.topology.peers:  # it is told once they all have it
            own = network.profile(peer.department)
            with weftwork.connect(own, user="admin") as theirs:
                theirs.network(network.channel).commit(learned[0].transaction_id).status()
    (status,) = learned
    found = entries(network, "--tx", status.transaction_id[:10])
    texts = [entry["text"] for entry in found]
    assert any("finished chaincode: electricity" in text for text in texts)
    committed = {
        entry["node"]
        for entry in found
        if f"Committed block [{status.block_number}]" in entry["text"]
    }
    assert committed == {peer.id for peer in network.topology.peers}
    assert {entry["kind"] for entry in found} >= {"peer", "orderer"}
    times = [entry["time"] for entry in found]
    assert times == sorted(times)
    alone = entries(network, "--tx", status.transaction_id, "-d", "Civic")
    assert {entry["department"] for entry in alone} == {"Civic"}


def test_a_refusal_is_in_the_log_of_the_chaincode_that_refused(network: Network) -> None:
    with weftwork.connect(network.profile("Energy"), user="meter-operator") as gateway:
        contract = gateway.network(network.channel).contract("electricity")
        with pytest.raises(weftwork.EvaluateError) as refused:
            contract.evaluate("no_such_function")
    found = entries(network, "--tx", refused.value.transaction_id)
    told = [entry["text"] for entry in found if entry["kind"] == "chaincode"]
    assert any("404" in text for text in told), found
