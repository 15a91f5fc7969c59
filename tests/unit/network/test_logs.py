"""Logs as one: every program's lines understood, merged in time, filtered, read from the end."""

import datetime
import time
from collections.abc import Iterator, Sequence

import pytest

from weftwork_network.errors import NetworkError
from weftwork_network.log_entries import Entry, entries, parsed
from weftwork_network.log_transactions import LoggedTransaction, transaction_named, whole_id
from weftwork_network.logs import Wanted, chosen_nodes, follow, recent
from weftwork_network.topology import Node

ID = "9950ea34a6ffa34ac882d69997e7af4122a1c5021c00facf4b7fe02bd6fc4637"
PEER = (
    "\x1b[34m2030-01-31 12:00:00.{ms:03} UTC 02aa INFO\x1b[0m [endorser] "
    "\x1b[34;1mcall\x1b[0m -> {text}"
)
RUNTIME = "2030-01-31 12:00:00.{ms:03} UTC INFO {text}"


def peer(ms: int, text: str) -> str:
    return PEER.format(ms=ms, text=text)


class Logs:
    """A back end of which there are only logs; counts the lines that are read."""

    def __init__(self, logs: dict[str, list[str]]) -> None:
        self.logs = logs
        self.read = 0

    def recorded(self) -> list[str]:
        return list(self.logs)

    def log_lines(self, node: Node, lines: int) -> list[str]:
        found = self.logs.get(node.id, [])[-lines:]
        self.read += len(found)
        return found


def nodes(*names: str) -> list[Node]:
    return [Node("Energy", name, "peer", name, {}) for name in names]


def texts(found: Sequence[Entry] | Iterator[Entry]) -> list[str]:
    return [entry.text.rpartition("-> ")[2] for entry in found]


@pytest.mark.parametrize(
    ("line", "level", "milliseconds", "text"),
    [
        (peer(144, "done"), "info", 144, "[endorser] call -> done"),
        (RUNTIME.format(ms=7, text="g listens"), "info", 7, "g listens"),
        ("2030-01-31 12:00:00,007 WARNING slow", "warn", 7, "slow"),
        ("2030-01-31 12:00:00.001 UTC 0001 PANI [main] x", "fatal", 1, "[main] x"),
    ],
)
def test_a_line_of_every_program(line: str, level: str, milliseconds: int, text: str) -> None:
    found = parsed("n", line)
    assert found is not None
    moment = datetime.datetime(2030, 1, 31, 12, tzinfo=datetime.UTC)
    assert found.time == moment + datetime.timedelta(milliseconds=milliseconds)
    assert (found.level, found.text) == (level, text)


def test_a_line_of_a_fabric_ca_is_in_the_machines_own_zone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        found = parsed("n", "2030/01/31 20:00:00 [ERROR] no such user")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found is not None
    assert found.time == datetime.datetime(2030, 1, 31, 12, tzinfo=datetime.UTC)
    assert (found.level, found.text) == ("error", "no such user")


def test_lines_that_go_on_belong_to_the_entry_before() -> None:
    found = list(entries("n", ["begins", peer(1, "one"), "  a", "", "  b", peer(2, "two")]))
    assert found[0].text == "begins"
    assert texts(found)[1:] == ["one\n  a\n  b", "two"]


def test_entries_are_merged_in_the_order_of_time() -> None:
    logs = Logs(
        {"energy-a": [peer(1, "1"), peer(4, "4")], "energy-b": [peer(2, "2"), "x", peer(3, "3")]}
    )
    assert texts(recent(logs, nodes("a", "b"), Wanted(), None)) == ["1", "2\nx", "3", "4"]
    assert texts(recent(logs, nodes("a", "b"), Wanted(), 2)) == ["3", "4"]
    assert recent(logs, nodes("a", "b"), Wanted(), 0) == []


def test_a_transaction_is_found_by_its_short_forms_and_by_its_block() -> None:
    lines = [
        peer(1, f"finished chaincode: electricity channel=crosswork txID={ID[:8]}"),
        peer(2, "finished chaincode: electricity channel=crosswork txID=0950ea34"),
        RUNTIME.format(ms=3, text=f"transaction {ID[:12]}, function f: 403 in 1.0 ms"),
        peer(4, "Writing block [37] (Raft index: 41) to ledger channel=crosswork"),
        peer(5, "[crosswork] Committed block [37] with 1 transaction(s)"),
        peer(6, "[crosswork] Committed block [38] with 1 transaction(s)"),
        peer(7, "[other] Committed block [37] with 1 transaction(s)"),
        peer(8, f"TxId [{ID}] marked as invalid"),
    ]
    logs = Logs({"energy-a": lines})
    by_id = recent(logs, nodes("a"), Wanted(transaction=LoggedTransaction(ID[:10])), None)
    assert [entry.time.microsecond // 1000 for entry in by_id if entry.time] == [1, 3, 8]
    known = LoggedTransaction(ID, "crosswork", 37)
    by_block = recent(logs, nodes("a"), Wanted(transaction=known), None)
    assert [entry.time.microsecond // 1000 for entry in by_block if entry.time] == [1, 3, 4, 5, 8]


def test_the_whole_id_is_learned_from_the_logs() -> None:
    found = list(entries("n", [peer(1, f"txID={ID[:8]}"), peer(2, f"Sending txID={ID} to x")]))
    assert whole_id(LoggedTransaction(ID[:8]), found).id == ID
    assert whole_id(LoggedTransaction("abcdef"), found).id == "abcdef"
    twin = list(entries("n", [peer(3, f"txID={ID[:8]}{'0' * 56}")]))
    with pytest.raises(NetworkError, match=f"several transactions begin with {ID[:8]}"):
        whole_id(LoggedTransaction(ID[:8]), found + twin)


@pytest.mark.parametrize("text", ["", "12345", "xyz123", ID + "0"])
def test_what_is_no_transaction_id_is_refused(text: str) -> None:
    with pytest.raises(NetworkError, match="is no transaction id"):
        transaction_named(text)


def test_level_and_since() -> None:
    lines = [peer(1, "old"), "2030-01-31 12:00:00.005 UTC 0001 WARN [x] grave", peer(9, "new")]
    logs = Logs({"energy-a": lines})
    warned = recent(logs, nodes("a"), Wanted(level="warn"), None)
    assert [entry.text for entry in warned] == ["[x] grave"]
    moment = datetime.datetime(2030, 1, 31, 12, 0, 0, 5000, tzinfo=datetime.UTC)
    assert len(recent(logs, nodes("a"), Wanted(since=moment), None)) == 2


def test_a_big_log_is_read_from_its_end() -> None:
    lines = [peer(at % 1000, str(at)) for at in range(50_000)]
    logs = Logs({"energy-a": lines})
    recent(logs, nodes("a"), Wanted(), 20)
    assert logs.read < 1000
    # what lies far behind is found all the same
    logs = Logs({"energy-a": [peer(0, f"txID={ID}"), *lines]})
    assert len(recent(logs, nodes("a"), Wanted(transaction=LoggedTransaction(ID)), None)) == 1


def test_a_transaction_is_not_looked_for_long_before_it_began() -> None:
    lines = [peer(0, str(at)) for at in range(50_000)]
    logs = Logs({"energy-a": lines})
    later = datetime.datetime(2030, 1, 31, 13, tzinfo=datetime.UTC)
    begun = LoggedTransaction(ID, "crosswork", 37, begun=later)
    assert recent(logs, nodes("a"), Wanted(transaction=begun), None) == []
    assert logs.read < 10_000


def test_following_filters_and_keeps_lines_together() -> None:
    coming = [
        ("energy-a", peer(1, f"txID={ID[:8]}")),
        ("energy-b", peer(2, "other")),
        ("energy-a", "  more of it"),
        ("energy-b", "  more of the other"),
    ]
    wanted = Wanted(transaction=LoggedTransaction(ID))
    assert [entry.text.strip() for entry in follow(coming, wanted)][1:] == ["more of it"]
    assert len(list(follow(coming, Wanted()))) == 4


def test_nodes_and_departments_by_name(project) -> None:
    topology = project.topology
    assert [node.id for node in chosen_nodes(topology, ["energy-peer0"])] == ["energy-peer0"]
    found = chosen_nodes(topology, ["Energy", "energy-peer0"])
    assert len({node.id for node in found}) == len(found) > 1
    with pytest.raises(KeyError):
        chosen_nodes(topology, ["nobody"])
