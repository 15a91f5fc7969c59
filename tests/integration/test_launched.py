"""Chaincode that a real peer launches: it calls the peer back, under the peer's own mutual TLS.

The peers' external builder is one that releases no address to dial and has a `run` step, which is
how Fabric's own builders start programs (core/container/externalbuilder).
"""

import os
import shutil
import signal
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.parcels import Site
from weftwork_network import places

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


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    made = Site(tmp_path / "own")
    builder, logs = tmp_path / "builder", tmp_path / "logs"
    logs.mkdir()
    shutil.copytree(places.builder_folder(), builder)
    path = os.pathsep.join([str(made.folder), *filter(None, sys.path)])
    run = RUN.format(python=sys.executable, path=path, logs=str(logs))
    for name, script in (("run", run), ("release", "#!/bin/sh\nexit 0\n")):
        (builder / "bin" / name).write_text(script)
        (builder / "bin" / name).chmod(stat.S_IRWXU)
    monkeypatch.setattr(places, "builder_folder", lambda: builder)
    try:
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
