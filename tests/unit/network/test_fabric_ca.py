"""What a department's Fabric CA is started with, and where its secret is."""

import stat
from pathlib import Path

import pytest
import yaml

from weftwork_network.fabric_ca import CONFIGURATION, CaServer, command, prepare


@pytest.fixture
def server(tmp_path: Path) -> CaServer:
    return CaServer(
        name="ca.energy.example",
        folder=tmp_path / "fabric-ca",
        certificate=tmp_path / "ca" / "cert.pem",
        key=tmp_path / "ca" / "key.pem",
        tls=tmp_path / "tls" / "server",
        operations=tmp_path / "operations",
        port=24161,
        operations_port=24162,
    )


def test_the_secret_is_made_once_and_is_the_owner_s_alone(server: CaServer) -> None:
    secret = prepare(server)
    assert len(secret) >= 32
    assert prepare(server) == secret
    for path in (server.secret_file, server.folder / CONFIGURATION):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    assert secret not in " ".join(command(Path("/opt/fabric-ca-server"), server))


def test_it_issues_with_the_department_s_key_and_collides_with_no_other(server: CaServer) -> None:
    prepare(server)
    written = yaml.safe_load((server.folder / CONFIGURATION).read_text())
    assert written["ca"] == {
        "name": "ca.energy.example",
        "certfile": str(server.certificate),
        "keyfile": str(server.key),
    }
    assert (written["address"], written["port"]) == ("127.0.0.1", 24161)
    assert written["operations"]["listenAddress"] == "127.0.0.1:24162"
    assert written["operations"]["tls"]["clientAuthRequired"] is True
    assert written["tls"]["enabled"] is True
    assert written["affiliations"] == {}
    assert server.url == "https://127.0.0.1:24161"
