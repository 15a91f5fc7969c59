"""The builder's scripts: run as a peer runs them, with nothing in their environment but its own."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from weftwork_network.certificates import CertificateStore
from weftwork_network.chaincode_servers import socket_address, write_connections
from weftwork_network.environment import CONNECTIONS_VARIABLE
from weftwork_network.places import builder_folder
from weftwork_network.serving import Service, Serving


@pytest.fixture
def run(tmp_path: Path):
    """Runs a script with a package of type and label; gives the outcome and the folders."""
    for name in ("source", "metadata", "build", "release"):
        (tmp_path / name).mkdir()

    def script(name: str, *folders: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [builder_folder() / "bin" / name, *(tmp_path / folder for folder in folders)],
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return script


def describe(tmp_path: Path, kind: str = "ccaas", label: str = "electricity") -> None:
    metadata = {"label": label, "path": "", "type": kind}
    (tmp_path / "metadata" / "metadata.json").write_text(
        json.dumps(metadata, separators=(",", ":"))
    )


def test_only_services_are_detected(run, tmp_path) -> None:
    describe(tmp_path)
    assert run("detect", "source", "metadata").returncode == 0
    describe(tmp_path, kind="golang")
    assert run("detect", "source", "metadata").returncode != 0


def test_release_takes_address_and_keys_from_the_department(run, tmp_path, project, state) -> None:
    CertificateStore(state).ensure(project.topology)
    energy = project.topology.member("Energy")
    service = Service("electricity", "a.b:C", "electricity_ab:1", "ab" * 32, "cd" * 32)
    write_connections(state, energy, Serving((service,)), socket_address)
    describe(tmp_path, label=service.label)
    assert run("build", "source", "metadata", "build").returncode == 0
    folder = state.connections(energy.peers[0])
    done = run("release", "build", "release", **{CONNECTIONS_VARIABLE: str(folder)})
    assert done.returncode == 0, done.stderr
    connection = json.loads((tmp_path / "release/chaincode/server/connection.json").read_text())
    assert connection["address"].startswith("unix:../../chaincode/s/")
    assert connection["tls_required"]
    assert connection["client_auth_required"]
    tls = state.node(energy.chaincode) / "tls"
    assert connection["client_key"] == (tls / "client.key").read_text()
    assert connection["root_cert"] == (tls / "ca.crt").read_text()


def test_release_says_what_is_missing(run, tmp_path) -> None:
    describe(tmp_path, label="unknown")
    run("build", "source", "metadata", "build")
    done = run("release", "build", "release", **{CONNECTIONS_VARIABLE: str(tmp_path)})
    assert done.returncode != 0
    assert "does network.yaml name unknown?" in done.stderr


def test_database_indexes_of_a_package_are_passed_on(run, tmp_path) -> None:
    describe(tmp_path)
    index = tmp_path / "source/META-INF/statedb/couchdb/indexes/a.json"
    index.parent.mkdir(parents=True)
    index.write_text("{}")
    (tmp_path / "electricity.json").write_text("{}")
    run("build", "source", "metadata", "build")
    assert (
        run("release", "build", "release", **{CONNECTIONS_VARIABLE: str(tmp_path)}).returncode == 0
    )
    assert (tmp_path / "release/statedb/couchdb/indexes/a.json").exists()
