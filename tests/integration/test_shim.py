"""Every call of the stub, once, on real peers: what comes back, and what Fabric itself refuses.

One program after the other on one ledger; the chaincode is the differential test's probe.
"""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import weftwork
from tests.differential import probe
from weftwork.ledger import Transaction
from weftwork_network.releases import data_folder
from weftwork_network.testing import FabricNetwork

pytestmark = pytest.mark.only_on("process", reason="the shim is the same beneath containers")

DEPARTMENTS = ("Logistics", "Energy")
ANY = "OR('LogisticsMSP.peer', 'EnergyMSP.peer')"
SECRETS = "secrets"


class Probing:
    """The probe of one department, called with programs."""

    def __init__(self, gateway: weftwork.Gateway, channel: str) -> None:
        self.channel = channel
        self._network = gateway.network(channel)
        self.contract = self._network.contract("probing")

    def submit(self, *program: list[Any], transient: dict[str, bytes] | None = None) -> list[Any]:
        """What each operation gave, or raises what the client sees."""
        text = json.dumps(program)
        return json.loads(self.contract.submit("run", text, returns=str, transient=transient))

    def ask(self, *program: list[Any]) -> list[Any]:
        """The same without a transaction."""
        return json.loads(self.contract.evaluate("ask", json.dumps(program), returns=str))

    def done(self, *program: list[Any], **more: Any) -> list[Any]:
        """Submits, and every operation went well."""
        return [one["ok"] for one in self.submit(*program, **more)]

    def told(self, *program: list[Any]) -> list[Any]:
        """Asks, and every operation went well."""
        return [one["ok"] for one in self.ask(*program)]

    def newest(self) -> Transaction:
        """The last transaction of the chain."""
        return self._network.block(self._network.info().height - 1).transactions[-1]

    def failed(self, *program: list[Any]) -> str:
        """The words of the last operation of a program that only reads."""
        return self.ask(*program)[-1]["error"]


@pytest.fixture(scope="module")
def probing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probing]:
    folder: Path = tmp_path_factory.mktemp("shim")
    for file in ("network.yaml", "configtx.yaml"):
        shutil.copy(data_folder() / file, folder / file)
    shutil.copy(probe.__file__, folder / "probe.py")
    words: dict[str, Any] = {
        "contract": "probe:Probe",
        "policy": ANY,
        "collections": [{"name": SECRETS, "members": ["Logistics", "Energy"], "required": 0}],
    }
    with contextlib.ExitStack() as opened:
        network = opened.enter_context(
            FabricNetwork(
                backend="process",
                project=folder,
                departments=[
                    {"name": name, "orderers": int(name == DEPARTMENTS[0])} for name in DEPARTMENTS
                ],
                contracts=[{"name": name, **words} for name in ("probing", "beside")],
                ordering="raft",
            )
        )
        yield Probing(network.connect("Logistics"), network.channel)


# --- public state


def test_state_and_several_keys(probing: Probing) -> None:
    probing.done(["put_state", "s1", "one"], ["put_state", "s2", "two"], ["put_state", "s3", "3"])
    probing.done(["delete_state", "s3"])
    assert probing.told(
        ["get_state", "s1"], ["get_states", ["s2", "s3", "s1"]], ["get_committed", "s2"]
    ) == ["one", ["two", None, "one"], "two"]
    assert probing.done(["put_state", "s1", "new"], ["get_committed", "s1"]) == [None, "one"]
    (_, refused) = probing.submit(["put_state", "s1", "x"], ["get_state", "s1"])
    assert refused["error"].startswith("ReadAfterWrite: ")
    probing.done(["put_many", "m", 1200, "in several batches"])
    (rows,) = probing.told(["range_of", "m", "n"])
    assert len(rows) == 1200


def test_ranges_composite_keys_and_pages(probing: Probing) -> None:
    keys = [["north", "M1"], ["north", "M2"], ["south", "M3"]]
    probing.done(*[["put_composite", "meter", key, key[1]] for key in keys])
    probing.done(*[["put_state", f"r{number}", str(number)] for number in range(5)])
    north = ["\x00meter\x00north\x00M1\x00", "M1"], ["\x00meter\x00north\x00M2\x00", "M2"]
    assert probing.told(
        ["range_of", "r1", "r3"],
        ["range_by_prefix", "r"],
        ["range_by_composite_key", "meter", ["north"]],
        ["split_composite_key", "meter", ["north", "M1"]],
    ) == [
        [["r1", "1"], ["r2", "2"]],
        [[f"r{number}", str(number)] for number in range(5)],
        list(north),
        ["meter", ["north", "M1"]],
    ]
    (everything,) = probing.told(["range_of", "", ""])
    assert "r0" in [row[0] for row in everything]
    assert not [row for row in everything if row[0].startswith("\x00")]
    (pages,) = probing.told(["range_pages", "r0", "r5", 2])
    assert [page["count"] for page in pages] == [2, 2, 1]
    assert [page["bookmark"] for page in pages] == ["r2", "r4", ""]
    (first,) = probing.told(["composite_key_page", "meter", [], 2])
    assert first["rows"] == list(north)
    (rest,) = probing.told(["composite_key_page", "meter", [], 2, first["bookmark"]])
    assert rest["rows"] == [["\x00meter\x00south\x00M3\x00", "M3"]]
    (refused,) = probing.submit(["range_page", "r0", "r5", 2])
    assert refused["error"].startswith("PagedReadInSubmit: ")


def test_history_is_the_newest_first(probing: Probing) -> None:
    probing.done(["put_state", "h", "1"])
    probing.done(["put_state", "h", "2"])
    probing.done(["delete_state", "h"])
    (changes,) = probing.told(["history", "h"])
    assert [(value, deleted) for _, value, deleted, _ in changes] == [
        (None, True),
        ("2", False),
        ("1", False),
    ]
    assert all(len(tx_id) == 64 and stamp > 1_700_000_000_000 for tx_id, _, _, stamp in changes)
    assert changes[0][3] >= changes[2][3]


def test_rich_queries_need_another_database(probing: Probing) -> None:
    refused = "not supported for leveldb"
    assert refused in probing.failed(["query", '{"selector": {}}'])
    assert refused in probing.failed(["query_page", '{"selector": {}}', 3])
    assert refused in probing.failed(["query_private", SECRETS, '{"selector": {}}'])


def test_a_keys_own_policy(probing: Probing) -> None:
    both = ["and", "LogisticsMSP", "EnergyMSP"]
    probing.done(["put_state", "bound", "1"], ["set_state_policy", "bound", both])
    assert probing.told(["get_state_policy", "bound"], ["get_state_policy", "s1"]) == [
        "AND('EnergyMSP.peer', 'LogisticsMSP.peer')",
        None,
    ]
    probing.done(["put_state", "bound", "2"])  # the gateway finds both endorsers by itself
    contract = probing.contract
    program = json.dumps([["put_state", "bound", "3"]])
    with pytest.raises(weftwork.CommitError, match="ENDORSEMENT_POLICY_FAILURE"):
        contract.submit("run", program, endorsing_organizations=["LogisticsMSP"])


# --- private data


def test_private_data(probing: Probing) -> None:
    probing.done(
        ["put_private", SECRETS, "p1", "one"],
        ["put_transient", SECRETS, "p2", "word"],
        ["put_private_composite", SECRETS, "meter", ["north"], "hidden"],
        transient={"word": b"two"},
    )
    composite = ["\x00meter\x00north\x00", "hidden"]
    assert probing.told(
        ["get_private", SECRETS, "p1"],
        ["get_privates", SECRETS, ["p2", "absent", "p1"]],
        ["get_committed_private", SECRETS, "p2"],
        ["get_private_hash", SECRETS, "p1"],
        ["range_private", SECRETS, "p", "q"],
        ["range_private_by_prefix", SECRETS, "p"],
        ["range_private_by_composite_key", SECRETS, "meter", []],
    ) == [
        "one",
        ["two", None, "one"],
        "two",
        hashlib.sha256(b"one").hexdigest(),
        [["p1", "one"], ["p2", "two"]],
        [["p1", "one"], ["p2", "two"]],
        [composite],
    ]
    probing.done(["delete_private", SECRETS, "p1"], ["purge_private", SECRETS, "p2"])
    assert probing.told(
        ["get_private", SECRETS, "p1"],
        ["get_private", SECRETS, "p2"],
        ["get_private_hash", SECRETS, "p2"],
    ) == [None, None, None]


def test_private_rows_beside_writes(probing: Probing) -> None:
    """The runtime's words come first; past them, the peer refuses both orders too."""
    scan = ["range_private", SECRETS, "", ""]
    raw = ["raw", "GET_STATE_BY_RANGE", {"collection": SECRETS}]
    put = ["raw", "PUT_STATE", {"key": "x", "value": "eA=="}]
    for program in ([scan, ["put_state", "x", "x"]], [["put_state", "x", "x"], scan]):
        assert probing.submit(*program)[-1]["error"].startswith("PrivateRangeWithWrites: ")
    assert "Queries on pvt data is supported only in a read-only" in probing.failed(put, raw)
    assert "has already performed queries on pvt data" in probing.failed(raw, put)


def test_a_private_value_does_not_leave_in_a_result(probing: Probing) -> None:
    probing.done(["put_private", SECRETS, "leak", "a value of some length"])
    leak = ["leak_private", SECRETS, "leak"]
    with pytest.raises(weftwork.EndorseError, match="PrivateDataInResult: "):
        probing.submit(leak)
    assert probing.told(leak) == ["a value of some length"]


def test_a_private_keys_own_policy(probing: Probing) -> None:
    both = ["and", "LogisticsMSP", "EnergyMSP"]
    probing.done(["put_private", SECRETS, "pb", "1"], ["set_private_policy", SECRETS, "pb", both])
    assert probing.told(["get_private_policy", SECRETS, "pb"]) == [
        "AND('EnergyMSP.peer', 'LogisticsMSP.peer')"
    ]


def test_a_collection_that_is_none(probing: Probing) -> None:
    assert "nowhere could not be found" in probing.failed(["get_private", "nowhere", "k"])
    with pytest.raises(weftwork.EndorseError, match="a write of the key in nowhere: "):
        probing.submit(["put_state", "fine", "1"], ["put_private", "nowhere", "k", "v"])


# --- other chaincodes, and what the client sent


def test_another_chaincode_on_this_channel_and_on_none(probing: Probing) -> None:
    program = [["put_state", "theirs", "1"]]
    ((status, _, told),) = probing.done(["invoke", "beside", program])
    assert (status, told) == (200, [{"ok": None}])
    assert probing.told(["get_state", "theirs"]) == [None]  # each has keys of its own
    read = [["get_state", "theirs"]]
    ((status, _, told),) = probing.told(["invoke", "beside", read, "", "ask"])
    assert (status, told) == (200, [{"ok": "1"}])
    with pytest.raises(weftwork.EvaluateError, match="nowhere"):
        probing.ask(["invoke", "beside", read, "nowhere", "ask"])


def test_what_a_called_chaincode_has_written_it_cannot_read_at_the_next_call(
    probing: Probing,
) -> None:
    """Two calls of one transaction: the peer would answer with the old value."""
    write, read = (
        [["put_state", "again", "1"]],
        [["get_state", "again"], ["get_committed", "again"]],
    )
    calls = probing.done(["invoke", "beside", write], ["invoke", "beside", read])
    refused, committed = calls[1][2]
    assert refused["error"].startswith("ReadAfterWrite: ")
    assert committed == {"ok": None}
    ((_, _, told),) = probing.done(["invoke", "beside", read])
    assert told == [{"ok": "1"}, {"ok": "1"}]


def test_a_call_that_fails_fails_its_caller(probing: Probing) -> None:
    with pytest.raises(weftwork.EndorseError, match=r"beside\.run answered 403: .*not so"):
        probing.submit(["put_state", "never", "1"], ["invoke", "beside", [["fail", "not so"]]])
    assert probing.told(["get_state", "never"]) == [None]


def test_what_the_client_sent_and_one_event(probing: Probing) -> None:
    (asked, _) = probing.done(["asked"], ["set_event", "told", "payload"])
    assert asked["mspid"] == "LogisticsMSP"
    assert asked["channel"] == probing.channel
    assert (asked["binding"], asked["args"], asked["decorations"]) == (32, 2, [])
    assert asked["creator"]
    assert asked["signed"]
    assert asked["nanoseconds"]
    event = probing.newest().event
    assert event is not None
    assert (event.name, event.payload) == ("told", b"payload")
    twice = probing.ask(["set_event", "one", ""])
    assert twice[0]["error"].startswith("WriteInEvaluate: ")
    twice = probing.submit(["set_event", "one", ""], ["set_event", "two", ""])
    assert "a transaction has one event" in twice[1]["error"]
