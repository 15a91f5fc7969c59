"""Blocks of ports: no two tests have the same, and nobody has to give them back."""

import socket
import subprocess
import sys

import pytest

from weftwork_network.errors import PreflightError
from weftwork_network.testing.ports import VARIABLE, reserve

FIRST, LAST = 15000, 15399


@pytest.fixture(autouse=True)
def _range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f"{FIRST}-{LAST}")


def test_blocks_do_not_overlap_and_are_given_back() -> None:
    one, other = reserve(2), reserve(2)
    assert {one.base, other.base} == {15000, 15200}
    with pytest.raises(PreflightError, match="no 100 ports in a row are free between 15000 and"):
        reserve(1)
    one.close()
    again = reserve(1)
    assert again.base == one.base
    again.close()
    other.close()


def test_a_port_that_somebody_listens_on_is_left_to_them() -> None:
    with socket.create_server(("127.0.0.1", 15051)):
        block = reserve(1)
    assert block.base == 15100
    block.close()


def test_another_process_has_its_own_until_it_dies() -> None:
    script = (
        "from weftwork_network.testing.ports import reserve\n"
        "block = reserve(2)\nprint(block.base, flush=True)\ninput()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        theirs = int(process.stdout.readline())
        ours = reserve(2)
        assert ours.base != theirs
        process.kill()
    after = reserve(2)
    assert after.base == theirs
    for block in (ours, after):
        block.close()


@pytest.mark.parametrize("written", ["20000", "x-y", "30000-20000", "80-200", "60000-70000"])
def test_a_range_that_is_none_is_told(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, written)
    with pytest.raises(PreflightError, match=f"{VARIABLE}={written} is no range"):
        reserve(1)
