"""The contract API on real peers: two contracts in one chaincode, hooks, threads, the metadata."""

import json
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import weftwork
from tests.integration import traders
from tests.integration.traders import Asset
from weftwork_network.releases import data_folder
from weftwork_network.testing import FabricNetwork

pytestmark = pytest.mark.only_on("process", reason="the API is the same beneath containers")


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[weftwork.Network]:
    folder: Path = tmp_path_factory.mktemp("traders")
    for file in ("network.yaml", "configtx.yaml"):
        shutil.copy(data_folder() / file, folder / file)
    shutil.copy(traders.__file__, folder / "traders.py")
    words = {"contract": "traders:CONTRACTS", "policy": "OR('LogisticsMSP.peer')"}
    with FabricNetwork(
        backend="process",
        project=folder,
        departments=[
            {"name": name, "orderers": int(name == "Logistics")} for name in ("Logistics", "Energy")
        ],
        contracts=[{"name": "traders", **words}],
        ordering="raft",
    ) as network:
        yield network.connect("Logistics").network(network.channel)


def test_two_contracts_answer_under_their_names(traded: weftwork.Network) -> None:
    contract = traded.contract("traders")
    asset = Asset(id="A1", worth=5)
    assert contract.submit("CreateAsset", asset, returns=Asset) == asset  # the default contract
    assert contract.evaluate("assets:Read", "A1", returns=Asset) == asset
    assert contract.submit("org.example.notes:say", "hi", returns=str) == "<hi>"
    assert contract.evaluate("org.example.notes:last", "say", returns=str) == "<hi>"
    with pytest.raises(weftwork.EvaluateError, match="no contract 'nowhere' here"):
        contract.evaluate("nowhere:Read", "A1")
    with pytest.raises(weftwork.EndorseError, match="AlreadyExists: asset A1 exists"):
        contract.submit("CreateAsset", asset)


def test_arguments_as_go_and_node_send_them(traded: weftwork.Network) -> None:
    contract = traded.contract("traders")
    kind = "org.example.notes:kind"
    assert contract.evaluate(kind, "land", '{"text":"AQI="}', returns=str) == "land"
    assert contract.evaluate(kind, '"land"', '{"text":"","price":1}', returns=str) == "meter"
    with pytest.raises(weftwork.EvaluateError, match=r"kind: argument kind: .*\(kind: Kind\)"):
        contract.evaluate(kind, "sea", '{"text":""}')
    with pytest.raises(weftwork.EvaluateError, match=r"argument note: \$\.size: unknown field"):
        contract.evaluate(kind, "land", '{"text":"","size":1}')


def test_sync_functions_read_write_page_and_remember(traded: weftwork.Network) -> None:
    contract = traded.contract("traders")
    for number in (2, 3):
        contract.submit("CreateAsset", Asset(id=f"A{number}", worth=number))
    assert contract.submit("Revalue", "A2", "", returns=int) == 2
    assert contract.submit("Revalue", "A2", 9, returns=int) == 4
    assert contract.evaluate("Worths", "A2", returns=list[int]) == [9, 4, 2]
    listed = contract.evaluate("Pages", 2, returns=list[list[str]])
    assert len(listed[0]) == 2
    assert {"A2", "A3"} <= {each for page in listed for each in page}
    with pytest.raises(weftwork.EvaluateError, match="WriteInEvaluate"):
        contract.evaluate("Sneaky", "A9")


def test_a_sync_function_keeps_no_other_transaction_waiting(traded: weftwork.Network) -> None:
    contract = traded.contract("traders")
    slow = threading.Thread(target=contract.evaluate, args=("Slow", 1500))
    slow.start()
    time.sleep(0.2)
    began = time.monotonic()
    contract.evaluate("org.example.notes:last", "say")
    assert time.monotonic() - began < 1.0
    assert slow.is_alive()
    slow.join()


def test_hooks_refuse_and_answer_unknown_names(traded: weftwork.Network) -> None:
    contract = traded.contract("traders")
    with pytest.raises(weftwork.EndorseError, match="Forbidden: say is closed"):
        contract.submit("org.example.notes:say", "closed")
    told = contract.evaluate("org.example.notes:anything", "a", "b", returns=str)
    assert json.loads(told) == {"arguments": 2, "called": "anything"}
    with pytest.raises(weftwork.EvaluateError, match="there is no nothing"):
        contract.evaluate("org.example.notes:nothing")


def test_the_metadata_comes_through_the_gateway(traded: weftwork.Network) -> None:
    contract = traded.contract("traders")
    told = json.loads(contract.evaluate("org.hyperledger.fabric:GetMetadata", returns=str))
    assert sorted(told["contracts"]) == ["assets", "org.example.notes", "org.hyperledger.fabric"]
    assert told["contracts"]["assets"]["default"] is True
    assert sorted(told["components"]["schemas"]) == ["Asset", "Note"]
