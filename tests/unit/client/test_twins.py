"""The sync client is the async one: generated, current, and with the same names."""

import inspect
import subprocess
import sys
from pathlib import Path

import weftwork
import weftwork._sync as sync
import weftwork.admin
import weftwork.aio
import weftwork.aio.admin
import weftwork.aio.ca
import weftwork.aio.departments
import weftwork.ca
import weftwork.departments
from weftwork._sync import signatures as sync_signatures
from weftwork._sync import waiting as sync_waiting
from weftwork.aio import signatures as async_signatures
from weftwork.aio import waiting as async_waiting

ROOT = Path(__file__).resolve().parents[3]


def test_the_generated_files_are_current() -> None:
    command = [sys.executable, "scripts/unasync.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_clients_have_the_same_names() -> None:
    assert sync.__all__ == weftwork.aio.__all__
    assert set(sync.__all__) <= set(weftwork.__all__)
    assert weftwork.admin.__all__ == weftwork.aio.admin.__all__
    assert weftwork.ca.__all__ == weftwork.aio.ca.__all__
    assert weftwork.departments.__all__ == weftwork.aio.departments.__all__
    for name in weftwork.__all__:
        assert hasattr(weftwork, name)


def test_nothing_of_the_sync_client_is_a_coroutine() -> None:
    for name in sync.__all__:
        for _, method in inspect.getmembers(getattr(sync, name), inspect.isfunction):
            assert not inspect.iscoroutinefunction(method)
            assert "await " not in (method.__doc__ or "")


def test_the_hand_written_pairs_have_the_same_shape() -> None:
    def shape(module: object) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, member in inspect.getmembers(module):
            if getattr(member, "__module__", None) != getattr(module, "__name__", None):
                continue
            if name.startswith("_"):
                continue
            if inspect.isclass(member):
                for method, function in inspect.getmembers(member, inspect.isfunction):
                    parameters = list(inspect.signature(function).parameters)
                    found[f"{name}.{method}"] = parameters
            elif inspect.isfunction(member):
                found[name] = list(inspect.signature(member).parameters)
        return found

    assert shape(sync_waiting) == shape(async_waiting)
    assert shape(sync_signatures) == shape(async_signatures)


def test_importing_the_client_brings_no_extra_and_no_contract() -> None:
    code = (
        "import sys, weftwork, weftwork.aio, weftwork.ca; "
        "print([m for m in ('httpx', 'typer', 'rich', 'weftwork_contracts', 'weftwork_chaincode') "
        "if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
