"""Chaincode that a real peer launches: it calls the peer back, under the peer's own mutual TLS.

The peers' external builder is one that releases no address to dial and has a `run` step, which is
how Fabric's own builders start programs (core/container/externalbuilder).
"""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.parcels import Site
from tests.integration.ports import OWN_PORT
from weftwork_network import places
from weftwork_network.programs import find_programs
from weftwork_network.progress import Silent

pytestmark = pytest.mark.timeout(180)

RUN = """\
#!{python}
import json, os, sys

folder = sys.argv[2]
with open(os.path.join(folder, "chaincode.json")) as file:
    told = json.load(file)
environment = dict(os.environ, PYTHONPATH={path!r}, PYTHONDONTWRITEBYTECODE="1")
environment |= {{"CORE_CHAINCODE_ID_NAME": told["chaincode_id"], "CORE_PEER_TLS_ENABLED": "true"}}
for key, variable in (
    ("client_key", "CORE_TLS_CLIENT_KEY_FILE"),
    ("client_cert", "CORE_TLS_CLIENT_CERT_FILE"),
    ("root_cert", "CORE_PEER_TLS_ROOTCERT_FILE"),
):
    environment[variable] = os.path.join(folder, key)
    with open(environment[variable], "w") as file:
        file.write(told[key])
log = os.path.join({logs!r}, f"{{told['mspid']}}.{{os.getpid()}}")
os.dup2(os.open(log, os.O_CREAT | os.O_WRONLY), 2)
words = ["-m", "weftwork_chaincode", "parcels:Parcels", "--peer.address", told["peer_address"]]
os.execve(sys.executable, [sys.executable, *words], environment)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    tmp_path = tmp_path_factory.mktemp("launched")
    made = Site(tmp_path / "own")
    builder, logs = tmp_path / "builder", tmp_path / "logs"
    logs.mkdir()
    shutil.copytree(places.builder_folder(), builder)
    path = os.pathsep.join([str(made.folder), *filter(None, sys.path)])
    run = RUN.format(python=sys.executable, path=path, logs=str(logs))
    for name, script in (("run", run), ("release", "#!/bin/sh\nexit 0\n")):
        (builder / "bin" / name).write_text(script)
        (builder / "bin" / name).chmod(stat.S_IRWXU)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(places, "builder_folder", lambda: builder)
            made.network.up()
            yield made
    finally:
        made.network.clean()


def launched(site: Site, mspid: str) -> dict[int, str]:
    """What the programs that a department's peer has launched have written, by process."""
    logs = site.folder.parent / "logs"
    return {int(log.suffix[1:]): log.read_text() for log in logs.glob(f"{mspid}.*")}


def test_a_peer_launches_it_and_launches_it_again_when_it_has_ended(site: Site) -> None:
    with site.contract() as contract:
        assert contract.submit("put", "P-1", returns=str) == "first"
        ((process, log),) = launched(site, "EnergyMSP").items()
        assert "parcels_" in log
        assert "calls peer 127.0.0.1:" in log
        assert "(TLS)" in log
        assert "registered with peer" in log

        os.kill(process, signal.SIGTERM)
        site.write("second")  # what the next process of this department's will import
        end = time.monotonic() + 20
        # Until the peer has seen it end, another department's answers in its place.
        while contract.evaluate("word", returns=str) != "second":
            assert time.monotonic() < end
            time.sleep(0.05)
    again = launched(site, "EnergyMSP")
    assert len(again) == 2
    assert "stopping" in again[process]
    assert "Traceback" not in "".join(again.values())


@pytest.mark.parametrize("line", ["3.1", "2.5"])
def test_a_peer_in_development_mode_takes_a_program_that_one_starts(
    site: Site, tmp_path: Path, line: str
) -> None:
    (peer,) = site.network.topology.member("Energy").peers
    programs = find_programs(line, Silent())
    listen, call, operations = (f"127.0.0.1:{OWN_PORT + 490 + number}" for number in range(3))
    environment = {
        "FABRIC_CFG_PATH": str(programs.config),
        "CORE_PEER_LOCALMSPID": "EnergyMSP",
        "CORE_PEER_MSPCONFIGPATH": str(site.network.state.node(peer) / "msp"),
        "CORE_PEER_FILESYSTEMPATH": str(tmp_path / "data"),
        "CORE_PEER_LISTENADDRESS": listen,
        "CORE_PEER_ADDRESS": listen,
        "CORE_PEER_CHAINCODELISTENADDRESS": call,
        "CORE_OPERATIONS_LISTENADDRESS": operations,
        "CORE_LEDGER_SNAPSHOTS_ROOTDIR": str(tmp_path / "snapshots"),
        "CORE_VM_ENDPOINT": "",
    }
    words = [programs.path("peer"), "node", "start", "--peer-chaincodedev=true"]
    log = (tmp_path / "peer.log").open("wb")
    with subprocess.Popen(words, env=os.environ | environment, stdout=log, stderr=log) as running:
        try:
            told = {"CORE_CHAINCODE_ID_NAME": "parcels:1.0", "CORE_PEER_TLS_ENABLED": "false"}
            words = [sys.executable, "-m", "weftwork_chaincode", "parcels:Parcels"]
            with subprocess.Popen(
                [*words, "--peer.address", call],
                env=os.environ | told,
                cwd=site.folder,
                stderr=subprocess.PIPE,
                text=True,
            ) as program:
                assert program.stderr is not None
                for said in program.stderr:
                    if "parcels:1.0 registered with peer" in said:
                        assert ("batches of 0 writes" in said) is (line == "2.5")
                        break
                else:
                    raise AssertionError((tmp_path / "peer.log").read_text()[-2000:])
                program.send_signal(signal.SIGTERM)
                assert program.wait(10) == 0
        finally:
            running.terminate()
            running.wait(10)
            log.close()
