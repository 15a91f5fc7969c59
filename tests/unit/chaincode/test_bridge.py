"""A thread's way to the loop once its transaction is over, and from the wrong side."""

import asyncio

import pytest

from weftwork_chaincode import ChaincodeError, TransactionOver
from weftwork_chaincode.bridge import Bridge

RAN: list[str] = []


async def call() -> str:
    RAN.append("ran")
    return "answer"


async def test_a_call_after_the_end_never_runs():
    bridge = Bridge()
    assert await asyncio.to_thread(lambda: bridge.wait(call())) == "answer"
    bridge.end("it is over")
    RAN.clear()
    with pytest.raises(TransactionOver, match="it is over"):
        await asyncio.to_thread(lambda: bridge.wait(call()))
    assert RAN == []


async def test_a_call_from_the_loop_itself_is_refused_instead_of_hanging():
    with pytest.raises(ChaincodeError, match="an `async def` takes Context"):
        Bridge().wait(call())
