"""What the official client's tests say of checkpointers (checkpointers.test.ts)."""

from pathlib import Path

import pytest

import weftwork

Checkpointer = weftwork.MemoryCheckpointer


@pytest.fixture(params=["memory", "file"])
def checkpointer(request: pytest.FixtureRequest, tmp_path: Path) -> Checkpointer:
    if request.param == "memory":
        return weftwork.MemoryCheckpointer()
    return weftwork.FileCheckpointer(tmp_path / "checkpoint.json")


# initial state is undefined block and no transactions
def test_at_first_there_is_nothing(checkpointer: Checkpointer) -> None:
    assert checkpointer.cursor is None


# checkpointing a block gives next block number and empty transaction ID
def test_after_a_block_comes_the_next(checkpointer: Checkpointer) -> None:
    checkpointer.checkpoint_block(1)
    assert checkpointer.cursor == weftwork.Cursor(2)


# checkpointing a transaction gives valid transaction ID and block number
def test_a_transaction_is_kept_with_its_block(checkpointer: Checkpointer) -> None:
    checkpointer.checkpoint_transaction(1, "tx1")
    assert checkpointer.cursor == weftwork.Cursor(1, "tx1")


# checkpointing a chaincode event gives valid transaction ID and block number
def test_an_event_is_kept_as_its_transaction(checkpointer: Checkpointer) -> None:
    event = weftwork.ChaincodeEvent(
        block_number=1,
        transaction_id="TXN1",
        chaincode="CHAINCODE",
        name="EVENT1",
        payload=b"",
    )
    checkpointer.checkpoint_chaincode_event(event)
    assert checkpointer.cursor == weftwork.Cursor(1, "TXN1")


# file: throws on unwritable file location
def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(weftwork.CheckpointError, match="missing"):
        weftwork.FileCheckpointer(tmp_path / "missing" / "checkpoint.json")


# file: state is persisted
def test_a_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.json"
    with weftwork.FileCheckpointer(path) as first:
        first.checkpoint_transaction(1, "tx1")
    with weftwork.FileCheckpointer(path) as again:
        assert again.cursor == weftwork.Cursor(1, "tx1")


# file: block number zero is persisted correctly
def test_block_zero_is_kept_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.json"
    with weftwork.FileCheckpointer(path) as first:
        first.checkpoint_block(0)
    with weftwork.FileCheckpointer(path) as again:
        assert again.cursor == weftwork.Cursor(1)
