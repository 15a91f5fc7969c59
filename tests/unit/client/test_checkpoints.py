"""Cursors and checkpointers: the official clients' semantics and files, whole at any moment."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import weftwork
from weftwork import Cursor, FileCheckpointer, MemoryCheckpointer
from weftwork.ledger import ChaincodeEvent

EVENT = ChaincodeEvent(7, "tx", "logistics", "offered", b"")


@given(st.integers(0, 2**64 - 1), st.text("0123456789abcdef:-", max_size=64))
def test_a_cursor_reads_back_as_itself(block: int, transaction_id: str) -> None:
    cursor = Cursor(block, transaction_id)
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "x", "-1", "07", "7:", "7 ", "7:a b", "7:a\n", "1" * 30, "٧"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a cursor|a block's number"):
        Cursor.parse(text)


def test_an_event_tells_where_its_reader_stands() -> None:
    assert EVENT.cursor == Cursor(7, "tx")
    assert str(EVENT.cursor) == "7:tx"


@pytest.fixture(params=["memory", "file"])
def checkpointer(request: pytest.FixtureRequest, tmp_path: Path) -> MemoryCheckpointer:
    if request.param == "memory":
        return MemoryCheckpointer()
    return FileCheckpointer(tmp_path / "checkpoint.json")


def test_the_semantics_of_the_official_checkpointers(checkpointer: MemoryCheckpointer) -> None:
    assert checkpointer.cursor is None
    checkpointer.checkpoint_block(101)
    assert checkpointer.cursor == Cursor(102)
    checkpointer.checkpoint_transaction(103, "tx1")
    assert checkpointer.cursor == Cursor(103, "tx1")
    checkpointer.checkpoint_chaincode_event(EVENT)
    assert checkpointer.cursor == Cursor(7, "tx")
    checkpointer.checkpoint_block(0)
    assert checkpointer.cursor == Cursor(1)
    checkpointer.checkpoint(Cursor(9, "b"))
    assert checkpointer.cursor == Cursor(9, "b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("{}", None),  # Node, new
        ('{"blockNumber":"12"}', Cursor(12)),  # Node, after a block
        ('{"blockNumber":"12","transactionId":"ab"}', Cursor(12, "ab")),  # Node
        ('{"blockNumber":"0","transactionId":"ab"}', Cursor(0, "ab")),
        ('{"blockNumber":0,"transactionId":""}', None),  # Go, new
        ('{"blockNumber":12,"transactionId":""}', Cursor(12)),  # Go, after a block
        ('{"blockNumber":18446744073709551615,"transactionId":"ab"}', Cursor(2**64 - 1, "ab")),
        ('{"blockNumber":12}', Cursor(12)),  # Java, after a block
        ('{"blockNumber":12,"transactionId":"ab"}', Cursor(12, "ab")),  # Java
    ],
)
def test_files_of_the_official_clients_are_read(
    tmp_path: Path, text: str, expected: Cursor | None
) -> None:
    path = tmp_path / "checkpoint.json"
    path.write_text(text)
    with FileCheckpointer(path) as checkpointer:
        assert checkpointer.cursor == expected
    with FileCheckpointer(path) as checkpointer:
        assert checkpointer.cursor == expected


def test_the_file_is_one_that_the_official_clients_read(tmp_path: Path) -> None:
    """Go wants a number; Node's BigInt and Java's getAsLong take it as well."""
    path = tmp_path / "checkpoint.json"
    with FileCheckpointer(path) as checkpointer:
        assert json.loads(path.read_bytes()) == {}
        checkpointer.checkpoint_chaincode_event(EVENT)
        assert json.loads(path.read_bytes()) == {"blockNumber": 7, "transactionId": "tx"}
        checkpointer.checkpoint_block(7)
        assert json.loads(path.read_bytes()) == {"blockNumber": 8, "transactionId": ""}


@pytest.mark.parametrize(
    "text",
    ['{"blockNumber":"12","trans', "[]", '{"blockNumber":-1}', '{"blockNumber":true}',
     '{"blockNumber":"x"}', '{"transactionId":"ab"}', '{"blockNumber":1,"transactionId":2}',
     '{"blockNumber":18446744073709551616}', "\xff"],
)  # fmt: skip
def test_a_file_that_is_no_checkpoint_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "checkpoint.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(weftwork.CheckpointError, match=r"checkpoint.json: is no checkpoint: "):
        FileCheckpointer(path)
    assert path.read_text(encoding="latin-1") == text


def test_one_reader_holds_a_file_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.json"
    code = f"import weftwork; weftwork.FileCheckpointer({str(path)!r})"
    with FileCheckpointer(path):
        with pytest.raises(weftwork.CheckpointError, match="another reader holds it"):
            FileCheckpointer(path)
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
        assert b"another reader holds it" in other.stderr
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_closed_checkpointer_writes_no_more(tmp_path: Path) -> None:
    checkpointer = FileCheckpointer(tmp_path / "checkpoint.json")
    checkpointer.close()
    checkpointer.close()
    with pytest.raises(weftwork.CheckpointError, match="has been closed"):
        checkpointer.checkpoint_block(1)


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    path = tmp_path / "checkpoint.json"
    with FileCheckpointer(path) as checkpointer:
        checkpointer.checkpoint_block(4)

        def failing(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(*{"fsync": (os, "fsync"), "replace": (Path, "replace")}[fails], failing)
        with pytest.raises(weftwork.CheckpointError, match="cannot be written: No space left"):
            checkpointer.checkpoint_block(5)
        assert checkpointer.cursor == Cursor(5)
        monkeypatch.undo()
    with FileCheckpointer(path) as checkpointer:
        assert checkpointer.cursor == Cursor(5)


def test_the_new_state_is_on_the_disk_before_it_takes_the_old_ones_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "checkpoint.json"
    with FileCheckpointer(path) as checkpointer:
        done: list[str] = []
        fsync, replace = os.fsync, Path.replace
        monkeypatch.setattr(os, "fsync", lambda fd: (done.append("fsync"), fsync(fd)))
        monkeypatch.setattr(Path, "replace", lambda a, b: (done.append("replace"), replace(a, b)))
        checkpointer.checkpoint_block(1)
    assert done == ["fsync", "replace", "fsync"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(weftwork.CheckpointError, match=r"none/c.json: cannot be locked: No such"):
        FileCheckpointer(tmp_path / "none" / "c.json")


def test_what_a_link_points_at_is_written(tmp_path: Path) -> None:
    path, link = tmp_path / "real.json", tmp_path / "link.json"
    link.symlink_to(path)
    with FileCheckpointer(link) as checkpointer:
        checkpointer.checkpoint_block(1)
    assert link.is_symlink()
    assert json.loads(path.read_text())["blockNumber"] == 2


@pytest.mark.parametrize("content", ["[" * 100_000, '{"blockNumber": "' + "9" * 5000 + '"}'])
def test_a_file_beyond_what_python_reads_is_no_checkpoint(content: str, tmp_path: Path) -> None:
    path = tmp_path / "place.json"
    path.write_text(content)
    with pytest.raises(weftwork.CheckpointError, match="is no checkpoint"):
        FileCheckpointer(path)


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_what_is_no_file_s_name_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(weftwork.CheckpointError, match="is no file's name"):
        FileCheckpointer(f"{tmp_path}/{name}")
