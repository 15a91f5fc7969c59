"""The back end is a parameter of the tests: `--backend`, else the variable BACKEND, else processes.

Whatever engine this machine has, tests run on plain processes unless they are asked for containers.
A test that says something of one back end alone names it, and why it cannot be said of the other:

    @pytest.mark.only_on("process", reason="…")
"""

import os
import signal

import pytest
from hypothesis import settings

from weftwork_network.choice import BACKENDS, VARIABLE

# A busy machine may pause for longer than the 200 ms that Hypothesis grants an example.
settings.register_profile("weftwork", deadline=None)
settings.load_profile("weftwork")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--backend",
        choices=BACKENDS,
        default=os.environ.get(VARIABLE) or "process",
        help="where the networks of the tests run (default: what BACKEND says, else process)",
    )


def pytest_configure(config: pytest.Config) -> None:
    backend = config.getoption("backend")
    if backend not in BACKENDS:  # a variable is not held to the option's choices
        raise pytest.UsageError(f"{VARIABLE}={backend} is no back end; take {', '.join(BACKENDS)}")
    # A shell has what it runs in the background ignore Ctrl-C, and that goes on to every command
    # that a test starts and then interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # The tool itself, and every command that a test starts, reads the variable.
    os.environ[VARIABLE] = backend
    config.addinivalue_line(
        "markers", "only_on(backend, reason): runs on this back end alone, for the reason given"
    )


def pytest_report_header(config: pytest.Config) -> str:
    return f"back end: {config.getoption('backend')}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    backend = config.getoption("backend")
    for item in items:
        for mark in item.iter_markers("only_on"):
            if mark.args[0] != backend:
                reason = f"only on {mark.args[0]}: {mark.kwargs['reason']}"
                item.add_marker(pytest.mark.skip(reason=reason))
