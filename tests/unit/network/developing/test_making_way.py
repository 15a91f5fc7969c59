"""The approved process while one of its chaincodes is developed: it lets that one's peers go."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import grpc.aio
import pytest

from tests.unit.chaincode.grpc_peer import GrpcPeer, plain_channel
from weftwork_chaincode.server import MAKES_WAY

CODE = """\
from weftwork_chaincode import Context, Contract, evaluate


class Small(Contract, name="small"):
    @evaluate
    async def word(self, ctx: Context) -> str:
        return "here"
"""


@pytest.fixture
def process(tmp_path: Path, monkeypatch):
    """A chaincode process of two chaincodes, in the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.py").write_text(CODE)
    served = [
        {"name": name, "contract": "small:Small", "address": f"unix:{name}", "package_id": name}
        for name in ("first", "second")
    ]
    config = {"chaincodes": served, "insecure": True, "ready_file": "ready"}
    (tmp_path / "server.json").write_text(json.dumps(config))
    started = subprocess.Popen([sys.executable, "-m", "weftwork_chaincode", "server.json"])
    try:
        while not Path("ready").exists():
            assert started.poll() is None
            time.sleep(0.02)
        assert MAKES_WAY in Path("ready").read_text().splitlines()
        yield started
    finally:
        started.kill()
        started.wait()


async def test_it_ends_the_streams_of_a_socket_that_was_taken_and_no_other(process) -> None:
    async with plain_channel("unix:first") as one, plain_channel("unix:second") as two:
        first, second = GrpcPeer(one), GrpcPeer(two)
        await first.register()
        await second.register()
        # Nothing was taken: nothing happens.
        process.send_signal(signal.SIGUSR1)
        await first.start("t0", "word")
        assert (await first.response()).payload == b"here"

        with socket.socket(socket.AF_UNIX) as developed:
            developed.bind("developed")
            os.link("first", "approved")
            os.replace("developed", "first")
            process.send_signal(signal.SIGUSR1)
            with pytest.raises(grpc.aio.AioRpcError, match="shutting down"):
                assert await first.call.read() is not grpc.aio.EOF
            await second.start("t1", "word")
            assert (await second.response()).payload == b"here"
            os.replace("approved", "first")
        # Put back, it is served here again, by the same process.
        async with plain_channel("unix:first") as again:
            peer = GrpcPeer(again)
            assert await peer.register() == "first"
    assert process.poll() is None
