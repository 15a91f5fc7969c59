"""Blocks of ports: no two tests have the same, and nobody has to give them back."""

import socket
import subprocess
import sys

import pytest

from weftwork_network.errors import PreflightError
from weftwork_network.testing.ports import VARIABLE, Block, reserve


@pytest.fixture
def block(monkeypatch: pytest.MonkeyPatch) -> Block:
    """Two hundred ports, which the test is to close; nothing else is looked for from here on."""
    monkeypatch.setenv(VARIABLE, "10000-15999")
    found = reserve(2)
    monkeypatch.setenv(VARIABLE, f"{found.base}-{found.base + 199}")
    return found


def test_a_block_is_one_tests_and_is_given_back(block: Block) -> None:
    with pytest.raises(PreflightError, match=f"are free between {block.base} and"):
        reserve(1)
    block.close()
    one, other = reserve(1), reserve(1)
    assert {one.base, other.base} == {block.base, block.base + 100}
    one.close()
    other.close()


def test_a_port_that_somebody_listens_on_is_left_to_them(block: Block) -> None:
    block.close()
    with socket.create_server(("127.0.0.1", block.base + 51)):
        second = reserve(1)
    assert second.base == block.base + 100
    second.close()


def test_another_process_has_its_own_until_it_dies(block: Block) -> None:
    block.close()
    script = (
        "from weftwork_network.testing.ports import reserve\n"
        "block = reserve(2)\nprint(block.base, flush=True)\ninput()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) == block.base
        with pytest.raises(PreflightError):
            reserve(1)
        process.kill()
    reserve(2).close()


@pytest.mark.parametrize("written", ["20000", "x-y", "30000-20000", "80-200", "60000-70000"])
def test_a_range_that_is_none_is_told(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, written)
    with pytest.raises(PreflightError, match=f"{VARIABLE}={written} is no range"):
        reserve(1)
