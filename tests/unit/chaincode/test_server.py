"""The server as a process: ready file, refusals in one line, drain at SIGTERM, digests."""

import asyncio
import json
import shutil
import signal
import sys

import grpc
import grpc.aio
import msgspec
import pytest

from tests.integration.documents import shown
from tests.unit.chaincode.certificates import Authority
from tests.unit.chaincode.grpc_peer import GrpcPeer, plain_channel, secure_channel
from weftwork_chaincode import ConfigError, code_digest, messages, serve
from weftwork_chaincode.config import ChaincodeConfig, ServerConfig, Settings
from weftwork_chaincode.server import Server, load_contracts

pytestmark = pytest.mark.timeout(60)

CONTRACT = """
import asyncio

from weftwork_chaincode import Context, Contract, submit

class Waiting(Contract):
    @submit
    async def f(self, ctx: Context, key: str) -> str:
        return (await ctx.stub.get_state(key) or b"").decode()

    @submit
    async def exit(self, ctx: Context) -> None:
        await asyncio.gather(asyncio.sleep(5), self.leave())

    async def leave(self) -> None:
        raise SystemExit(3)
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "pkg_served"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "contract.py").write_text(CONTRACT)
    monkeypatch.syspath_prepend(tmp_path)
    yield "pkg_served.contract:Waiting"
    for name in [name for name in sys.modules if name.startswith("pkg_served")]:
        del sys.modules[name]


def config(contract, address="127.0.0.1:0", **changes):
    return {
        "chaincodes": [
            {"name": "w", "contract": contract, "address": address, "package_id": "w:1"}
            | changes.pop("chaincode", {})
        ],
        "insecure": True,
    } | changes


class Process:
    """``python -m weftwork_chaincode`` under a configuration."""

    def __init__(self, folder, document):
        self._ready = folder / "ready"
        self._path = folder / "server.json"
        self._path.write_text(json.dumps(document | {"ready_file": str(self._ready)}))
        self._folder = folder

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "weftwork_chaincode",
            str(self._path),
            cwd=self._folder,
            stderr=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(self, *_):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def ready(self):
        while not self._ready.exists():
            assert self.process.returncode is None, "it ended instead of getting ready"
            await asyncio.sleep(0.02)

    async def stopping(self):
        for _ in range(1000):
            if not self._ready.exists():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it does not stop")

    async def ended(self):
        _, error = await self.process.communicate()
        return self.process.returncode, error.decode()


@pytest.fixture
def port(unused_port):
    return unused_port


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


async def test_sigterm_lets_transactions_end_and_refuses_new_ones(tmp_path, package, port):
    address = f"127.0.0.1:{port}"
    async with Process(tmp_path, config(package, address)) as server:
        await server.ready()
        async with plain_channel(address) as channel:
            peer = GrpcPeer(channel)
            assert await peer.register() == "w:1"
            await peer.start("t1", "f", "k")
            assert (await peer.read()).type == messages.GET_STATE
            server.process.send_signal(signal.SIGTERM)
            await server.stopping()
            await peer.start("t2", "f", "k")
            refused = await peer.read()
            assert (refused.type, refused.txid) == (messages.ERROR, "t2")
            await peer.send(messages.RESPONSE, "t1", b"done")
            assert (await peer.response()).payload == b"done"
            with pytest.raises(grpc.aio.AioRpcError):
                await peer.read()
        status, log = await server.ended()
        assert status == 0
        assert "stopping" in log
        assert "Traceback" not in log


async def test_system_exit_in_a_task_of_the_contracts_own_ends_nothing(tmp_path, package, port):
    address = f"127.0.0.1:{port}"
    async with Process(tmp_path, config(package, address)) as server:
        await server.ready()
        async with plain_channel(address) as channel:
            peer = GrpcPeer(channel)
            await peer.register()
            for txid in ("t1", "t2"):
                await peer.start(txid, "exit")
                answer = await peer.response()
                assert answer.message.startswith("InternalError: SystemExit")
        server.process.send_signal(signal.SIGTERM)
        status, _ = await server.ended()
        assert status == 0


async def test_sigterm_cuts_off_what_does_not_end(tmp_path, package, port):
    address = f"127.0.0.1:{port}"
    async with Process(tmp_path, config(package, address, drain_seconds=0.2)) as server:
        await server.ready()
        async with plain_channel(address) as channel:
            peer = GrpcPeer(channel)
            await peer.register()
            await peer.start("t1", "f", "k")
            await peer.read()
            server.process.send_signal(signal.SIGTERM)
            status, log = await server.ended()
        assert status == 1
        assert "1 transactions cancelled" in log


async def test_an_idle_server_ends_at_once_also_by_sigint(tmp_path, package, port):
    async with Process(tmp_path, config(package, f"127.0.0.1:{port}")) as server:
        await server.ready()
        server.process.send_signal(signal.SIGINT)
        status, log = await server.ended()
        assert (status, "Traceback" in log) == (0, False)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"insecure": False}, "no TLS: give tls.certificate and tls.key, or say insecure: true"),
        ({"chaincode": {"contract": "no_such_package:X"}}, "no_such_package"),
        ({"chaincode": {"contract": "pkg_served.contract:Context"}}, "Context is no Contract"),
        ({"chaincode": {"code_sha256": "0" * 64}}, "approved is 0000000000000000…"),
    ],
)
async def test_what_cannot_be_served_is_one_line_and_a_status(tmp_path, package, change, text):
    async with Process(tmp_path, config(package, **change)) as server:
        status, log = await server.ended()
        assert status == 2
        assert text in log
        assert log.count("\n") == 1
        assert not (tmp_path / "ready").exists()


async def test_an_address_in_use_is_named_and_nothing_stays_bound(tmp_path, package, port):
    address = f"127.0.0.1:{port}"
    async with Process(tmp_path, config(package, address)) as first:
        await first.ready()
        settings = Settings(
            ServerConfig(
                chaincodes=(
                    ChaincodeConfig("a", package, "127.0.0.1:0", "a:1"),
                    ChaincodeConfig("b", package, address, "b:1"),
                ),
                insecure=True,
            ),
            None,
        )
        with pytest.raises(ConfigError, match=f"b: cannot listen on {address}: Address already"):
            await Server(settings).start()


async def test_several_chaincodes_in_one_process_with_mutual_tls(tmp_path, package):
    authority = Authority()
    certificate, key = authority.issue("server")
    for name, data in (("c.pem", certificate), ("k.pem", key), ("ca.pem", authority.pem)):
        (tmp_path / name).write_bytes(data)
    from weftwork_chaincode.config import from_file

    (tmp_path / "s.json").write_text(
        json.dumps(
            {
                "chaincodes": [
                    {
                        "name": name,
                        "contract": package,
                        "address": "127.0.0.1:0",
                        "package_id": f"{name}:1",
                    }
                    for name in ("a", "b")
                ],
                "tls": {
                    "certificate": str(tmp_path / "c.pem"),
                    "key": str(tmp_path / "k.pem"),
                    "client_roots": str(tmp_path / "ca.pem"),
                },
            }
        )
    )
    server = Server(from_file(tmp_path / "s.json"))
    await server.start()
    pair = authority.issue("peer")
    for name, address in server.addresses.items():
        async with secure_channel(address, authority.pem, *pair) as channel:
            assert await GrpcPeer(channel).register() == f"{name}:1"
    assert await server.stop() is True


# --- the digest of the code


def test_the_digest_is_of_names_and_contents(tmp_path, package):
    first = code_digest(package)
    assert len(first) == 64
    assert code_digest(package) == first
    source = tmp_path / "pkg_served" / "contract.py"
    source.write_text(CONTRACT + "# one more line\n")
    changed = code_digest(package)
    assert changed != first
    source.write_text(CONTRACT)
    assert code_digest(package) == first
    source.rename(tmp_path / "pkg_served" / "other.py")
    assert code_digest(package) not in (first, changed)


def test_the_digest_does_not_depend_on_the_place_nor_on_bytecode(tmp_path, package, monkeypatch):
    first = code_digest(package)
    (tmp_path / "pkg_served" / ".hidden").write_text("not code")
    cache = tmp_path / "pkg_served" / "__pycache__"
    cache.mkdir(exist_ok=True)
    (cache / "contract.cpython-311.pyc").write_bytes(b"x")
    assert code_digest(package) == first
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / "pkg_served", elsewhere / "pkg_served")
    monkeypatch.syspath_prepend(elsewhere)
    assert code_digest(package) == first


def test_a_table_beside_the_code_and_the_class_count(tmp_path, package):
    first = code_digest(package)
    assert code_digest(package.partition(":")[0] + ":Other") != first
    (tmp_path / "pkg_served" / "tariff.csv").write_text("1,2")
    assert code_digest(package) != first


def test_a_package_that_cannot_be_found_is_named():
    with pytest.raises(ConfigError, match="no_such_package"):
        code_digest("no_such_package.contract:X")


def settings_for(chaincode, dev=False):
    return Settings(ServerConfig(chaincodes=(chaincode,), insecure=True, dev=dev), None)


def test_approved_code_is_served_and_other_code_only_in_development(package):
    right = ChaincodeConfig("w", package, "127.0.0.1:0", "w:1", code_digest(package))
    assert type(load_contracts(right, settings_for(right))[0]).__name__ == "Waiting"
    wrong = ChaincodeConfig("w", package, "127.0.0.1:0", "w:1", "0" * 64)
    with pytest.raises(ConfigError, match="install and approve its package"):
        load_contracts(wrong, settings_for(wrong))
    assert type(load_contracts(wrong, settings_for(wrong, dev=True))[0]).__name__ == "Waiting"


def test_several_contracts_have_one_digest_of_all_and_one_package(package):
    both = (package, f"{package}2")
    chaincode = ChaincodeConfig("w", contracts=both, address="127.0.0.1:0", package_id="w:1")
    assert chaincode.code == f"{package},{package}2"
    assert code_digest(chaincode.code) not in (code_digest(package), code_digest(both[1]))
    approved = msgspec.structs.replace(chaincode, code_sha256=code_digest(package))
    with pytest.raises(ConfigError, match="this code has digest"):
        load_contracts(approved, settings_for(approved))
    apart = msgspec.structs.replace(approved, contracts=(package, "json:X"))
    with pytest.raises(ConfigError, match="contracts of json and pkg_served: what a department"):
        load_contracts(apart, settings_for(apart))


def test_a_module_that_fails_at_import_is_one_line(tmp_path, package):
    (tmp_path / "pkg_served" / "contract.py").write_text("raise SystemError('at import')")
    chaincode = ChaincodeConfig("w", package, "127.0.0.1:0", "w:1")
    with pytest.raises(ConfigError, match="SystemError: at import"):
        load_contracts(chaincode, settings_for(chaincode))


# --- a program of one's own


@pytest.mark.parametrize("told", ["arguments", "options"])
async def test_a_program_of_ones_own_serves_its_contract(tmp_path, port, told):
    """The one that docs/serving.md shows."""
    address = f"127.0.0.1:{port}"
    program = shown("docs/serving.md", "program")
    if told == "arguments":
        given = f'Parcels, chaincode_id="own:1", address="{address}", insecure=True'
        program = program.replace("serve(Parcels)", f"serve({given})")
    (tmp_path / "own.py").write_text(program)
    words = ["--chaincode-id", "own:1", "--chaincode-address", address, "--chaincode-tls-disabled"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "own.py",
        *(words if told == "options" else []),
        cwd=tmp_path,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with plain_channel(address) as channel:
            await asyncio.wait_for(channel.channel_ready(), 20)
            peer = GrpcPeer(channel)
            assert await peer.register() == "own:1"
            await peer.start("t1", "where", "P-1")
            assert (await peer.read()).type == messages.GET_STATE
            await peer.send(messages.RESPONSE, "t1", b"shelf 3")
            assert (await peer.response()).payload == b"shelf 3"
            await peer.start("t2", "org.weftwork:GetVersion")
            assert b'"contract":"own:Parcels"' in (await peer.response()).payload
        process.send_signal(signal.SIGTERM)
        _, log = await asyncio.wait_for(process.communicate(), 10)
        assert process.returncode == 0, log
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def test_serve_says_in_one_line_what_is_wrong(package, capsys):
    contract = type(load_contracts(*_alone(package))[0])
    assert serve(contract, chaincode_id="w:1", address="127.0.0.1:0") == 2
    assert capsys.readouterr().err == (
        "weftwork_chaincode: no TLS: give tls.certificate and tls.key, or say insecure: true\n"
    )
    assert serve([contract(), contract], chaincode_id="", address="h:1", insecure=True) == 2
    assert "package_id is empty" in capsys.readouterr().err


def _alone(package):
    chaincode = ChaincodeConfig("w", package, "127.0.0.1:0", "w:1")
    return chaincode, settings_for(chaincode)


async def test_a_transaction_is_given_up_after_the_configured_time(package):
    chaincode = ChaincodeConfig("w", package, "127.0.0.1:0", "w:1")
    config = ServerConfig(chaincodes=(chaincode,), insecure=True, execute_seconds=0.2)
    server = Server(Settings(config, None))
    await server.start()
    async with plain_channel(server.addresses["w"]) as channel:
        peer = GrpcPeer(channel)
        await peer.register()
        await peer.start("t1", "f", "k")
        assert (await peer.read()).type == messages.GET_STATE
        answer = await asyncio.wait_for(peer.response(), 5)
        assert (answer.status, answer.message.partition(":")[0]) == (500, "DeadlineExceeded")
    await server.stop()
