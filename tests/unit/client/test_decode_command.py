"""``weftwork decode``: what it prints, and how it refuses."""

import io
import json
import sys
from pathlib import Path

import pytest

from tests.unit.client.provable import CHANNEL, Channel
from weftwork.cli.app import run

Output = pytest.CaptureFixture[str]


def written(folder: Path, content: bytes) -> str:
    file = folder / "content.bin"
    file.write_bytes(content)
    return str(file)


def test_a_block(channel: Channel, tmp_path: Path, capsys: Output) -> None:
    assert run(["decode", written(tmp_path, channel.first_bytes)]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    found = json.loads(printed.out)
    assert found["number"] == 0
    (entry,) = found["transactions"]
    assert (entry["kind"], entry["channel"]) == ("CONFIG", CHANNEL)


def test_a_transaction(channel: Channel, tmp_path: Path, capsys: Output) -> None:
    transaction_id, envelope = channel.transaction()
    assert run(["decode", written(tmp_path, envelope), "--as", "transaction"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["transaction_id"] == transaction_id
    assert (found["chaincode"], found["function"]) == ("logistics", "offer")
    # An envelope by itself does not say how it was judged.
    assert found["code"] == "NOT_VALIDATED"


def test_a_configuration(channel: Channel, tmp_path: Path, capsys: Output) -> None:
    file = written(tmp_path, channel.config(3))
    assert run(["decode", file, "--as", "config-envelope"]) == 0
    assert json.loads(capsys.readouterr().out)


def test_standard_input(channel: Channel, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(channel.first_bytes)))
    assert run(["decode", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["number"] == 0


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"\xff\xff", "block", "these bytes are not a block"),
        (b"\xff\xff", "transaction", "transaction 0 of block 0 cannot be read"),
        (b"\xff\xff", "config", "cannot be read"),
        (b"x", "picture", "--as picture: it is one of block, transaction, config, config-envelope"),
    ],
)
def test_what_is_none(
    content: bytes, kind: str, words: str, tmp_path: Path, capsys: Output
) -> None:
    assert run(["decode", written(tmp_path, content), "--as", kind]) == 1
    refused(capsys, words)


def test_a_file_that_is_not_there(tmp_path: Path, capsys: Output) -> None:
    assert run(["decode", str(tmp_path / "none.block")]) == 1
    refused(capsys, "none.block: cannot be read: No such file or directory")
    assert run(["decode", str(tmp_path)]) == 1
    refused(capsys, "cannot be read: Is a directory")


def refused(capsys: Output, words: str) -> None:
    """In one line that says what, and nothing on standard output."""
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("weftwork: ")
    assert words in told.err
    assert told.err.count("\n") == 1
