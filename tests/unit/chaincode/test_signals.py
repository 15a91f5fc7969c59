"""Signals reach the event loop, also where the loop takes none itself."""

import asyncio
import os
import signal

import pytest

from weftwork_chaincode.signals import handling


@pytest.mark.parametrize("of_the_loop", [True, False])
async def test_a_signal_is_handled_while_the_body_runs_and_no_longer(monkeypatch, of_the_loop):
    if not of_the_loop:

        def refuse(*_):
            raise NotImplementedError

        monkeypatch.setattr(type(asyncio.get_running_loop()), "add_signal_handler", refuse)
    before = signal.getsignal(signal.SIGTERM)
    heard = asyncio.Event()
    with handling({"SIGTERM": heard.set, "SIGNOWHERE": heard.clear}):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(heard.wait(), 5)
    assert signal.getsignal(signal.SIGTERM) == before
