"""One gateway and who shares it: threads, event loops, and processes, which must not."""

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import weftwork
import weftwork.aio
from tests.unit.client.fake_gateway import FakeGateway
from tests.unit.client.people import issue, server_tls, user

CHANNEL = "crosswork"
FORKING = """\
import multiprocessing
import os
import sys
from pathlib import Path

import weftwork

port, folder = int(sys.argv[1]), Path(sys.argv[2])
endpoint = weftwork.Endpoint("p", "127.0.0.1", port, (folder / "tls.pem").read_bytes())
identity = weftwork.Identity("LogisticsMSP", (folder / "cert.pem").read_bytes())
signer = weftwork.signer_from_key((folder / "key.pem").read_bytes())


def connect():
    return weftwork.connect_endpoint(endpoint, identity, signer)


def use(gateway):
    return gateway.network("crosswork").contract("c").evaluate("f", timeout=20)


def child():
    try:
        with shared:
            use(shared)
    except weftwork.ForkedError as error:
        assert "connect anew" in str(error)
    else:
        raise SystemExit("the parent's connection was used")
    with connect() as own:
        assert use(own) == b"ok"


if __name__ == "__main__":
    shared = connect()
    assert use(shared) == b"ok"
    pid = os.fork()
    if pid == 0:
        child()
        sys.exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == 0
    assert use(shared) == b"ok", "the parent goes on"
    shared.close()
    print("all is well")
"""


def test_a_forked_process_is_told_to_connect_itself(fake: FakeGateway, tmp_path: Path) -> None:
    fake.functions["f"] = lambda call: b"ok"
    clerk = issue("clerk")
    (tmp_path / "tls.pem").write_bytes(server_tls().certificate)
    (tmp_path / "cert.pem").write_bytes(clerk.certificate)
    (tmp_path / "key.pem").write_bytes(clerk.key)
    script = tmp_path / "forking.py"
    script.write_text(FORKING)
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), str(fake.port), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout.strip() == "all is well", ended.stderr


async def test_an_async_gateway_in_a_forked_process_too(
    async_gateway: weftwork.aio.Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = async_gateway.network(CHANNEL).contract("c")
    with monkeypatch.context() as patch:
        patch.setattr("weftwork.aio.waiting.os.getpid", lambda: 1)
        with pytest.raises(weftwork.ForkedError):
            await contract.evaluate("f")


def test_two_loops_have_a_gateway_each(fake: FakeGateway) -> None:
    """Two threads, each with its loop: both work at once."""
    together = threading.Barrier(2, timeout=20)

    def meet(call: object) -> bytes:
        together.wait()
        return b"ok"

    fake.functions["f"] = meet
    clerk = user()

    async def once() -> list[bytes]:
        async with weftwork.aio.connect_endpoint(
            fake.endpoint, clerk.identity, clerk.signer()
        ) as gateway:
            contract = gateway.network(CHANNEL).contract("c")
            return [await contract.submit("f") for _ in range(3)]

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda _: asyncio.run(once()), range(2))) == [[b"ok"] * 3] * 2


async def test_a_gateway_of_another_loop_is_refused_in_words(
    async_gateway: weftwork.aio.Gateway,
) -> None:
    async def elsewhere() -> None:
        await async_gateway.network(CHANNEL).contract("c").evaluate("f")

    def run() -> None:
        with pytest.raises(RuntimeError, match="belongs to another event loop: connect in each"):
            asyncio.run(elsewhere())

    await asyncio.to_thread(run)


def test_64_threads_share_a_gateway_while_a_peer_goes(fake: FakeGateway) -> None:
    other = FakeGateway()
    other.share_ledger(fake)
    fake.functions["f"] = other.functions["f"] = lambda call: call.args[0]
    other.bind()
    other.start()
    clerk = user()
    halfway = threading.Barrier(65, timeout=30)
    with weftwork.connect_endpoint(
        [fake.endpoint, other.endpoint], clerk.identity, clerk.signer()
    ) as gateway:
        contract = gateway.network(CHANNEL).contract("c")

        def one(number: int) -> list[int]:
            found = [contract.submit("f", number, returns=int)]
            halfway.wait()
            return found + [contract.submit("f", number, returns=int) for _ in range(4)]

        with ThreadPoolExecutor(64) as threads:
            results = [threads.submit(one, number) for number in range(64)]
            halfway.wait()
            fake.stop()
            assert [each.result() for each in results] == [[number] * 5 for number in range(64)]
        assert not gateway.peers[0].healthy
    other.stop()
    assert len(fake.submitted) >= 320
