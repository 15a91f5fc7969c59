"""A department's Fabric CA as a server: its configuration, its command, its first registrar.

It issues with the department's own CA key, shows a certificate of the department's TLS CA, and
opens its operations endpoint for certificates of the operations CA alone, as the nodes do.
"""

import dataclasses
import secrets
from dataclasses import dataclass
from pathlib import Path

import yaml

from weftwork_network.errors import PreflightError
from weftwork_network.faults import shown
from weftwork_network.image_names import CA_CONFIG
from weftwork_network.places import EVERYWHERE, MOUNTS, OPERATIONS_CLIENTS
from weftwork_network.state import State, write_file
from weftwork_network.topology import HOST, Member

BOOTSTRAP_SECRET = "bootstrap.secret"  # noqa: S105 - a file's name
REGISTER = "register"
REGISTRAR = "registrar"

_YEAR = "8760h"

# What the first registrar may do: everything that its department's register is for. It is no
# member of the channel, its certificate only opens this server.
_RIGHTS = {
    "hf.Registrar.Roles": "*",
    "hf.Registrar.DelegateRoles": "*",
    "hf.Registrar.Attributes": "*",
    "hf.Revoker": "true",
    "hf.GenCRL": "true",
    "hf.AffiliationMgr": "true",
}


@dataclass(frozen=True)
class CaServer:
    """One department's Fabric CA.

    Attributes:
        name: the CA's name, as clients may ask for it.
        folder: its own folder: database, configuration, the registrar's secret.
        certificate: the department's CA certificate, PEM.
        key: that certificate's key, PEM.
        tls: the stem of `.crt` and `.key` that it shows as a server.
        operations: the folder of `server.crt`, `server.key` and `ca.crt` of its operations.
        port: of its REST interface.
        operations_port: of its health and metrics; stock servers all want 9443.
        listens: the address that its ports are opened on.
        registrar: the id of its first registrar.
    """

    name: str
    folder: Path
    certificate: Path
    key: Path
    tls: Path
    operations: Path
    port: int
    operations_port: int
    listens: str = HOST
    registrar: str = REGISTRAR

    @property
    def url(self) -> str:
        """Where a client on this machine reaches it."""
        return f"https://{HOST}:{self.port}"

    @property
    def database(self) -> Path:
        """The register."""
        return self.folder / "fabric-ca-server.db"

    @property
    def secret_file(self) -> Path:
        """What the registrar enrols with, readable by its owner alone."""
        return self.folder / BOOTSTRAP_SECRET


def server_of(state: State, member: Member) -> CaServer:
    """A department's Fabric CA as the layout has it.

    Raises:
        ValueError: the department has none.
    """
    node = member.ca
    if node is None:
        raise ValueError(f"{member.name} has no Fabric CA")
    folder, department = state.node(node), state.department(member)
    return CaServer(
        name=f"ca.{member.domain}",
        folder=folder / REGISTER,
        certificate=department / "ca" / "cert.pem",
        key=department / "ca" / "key.pem",
        tls=folder / "tls" / "server",
        operations=folder / "operations",
        port=node.ports["listen"],
        operations_port=node.ports["operations"],
    )


def contained(server: CaServer, home: str) -> CaServer:
    """The same server as it sees itself in a container, where its home is its volume."""
    return dataclasses.replace(
        server,
        folder=Path(home),
        certificate=MOUNTS / "ca" / "cert.pem",
        key=MOUNTS / "ca" / "key.pem",
        tls=MOUNTS / "node" / "tls" / "server",
        operations=MOUNTS / "node" / "operations",
        listens=EVERYWHERE,
    )


def prepare(server: CaServer, *, inside: CaServer | None = None, begun: bool | None = None) -> str:
    """Writes the server's configuration; makes the registrar's secret if there is none.

    Args:
        server: the server, by this machine's paths.
        inside: the server by the paths that it sees itself, where they are others.
        begun: whether there is a register already; by itself, whether there is a database here.

    Returns:
        The secret.

    Raises:
        PreflightError: the secret is lost, and the register knows no other.
    """
    begun = server.database.exists() if begun is None else begun
    if begun and not server.secret_file.exists():
        raise PreflightError(
            [
                f"{shown(server.secret_file)} is missing, and the department's register was begun "
                f"with it; restore it from a copy, or delete {shown(server.folder)}: users are "
                "then registered anew"
            ]
        )
    server.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not server.secret_file.exists():
        write_file(server.secret_file, secrets.token_urlsafe(32), secret=True)
    secret = server.secret_file.read_text()
    # A secret too: the server takes its first registrar from here, never from a command line.
    text = yaml.safe_dump(configuration(inside or server, secret), sort_keys=False)
    write_file(server.folder / CA_CONFIG, text, secret=True)
    return secret


def command(program: Path, server: CaServer) -> list[str]:
    """What starts the server; it needs nothing in its environment."""
    return [str(program), "start", "--home", str(server.folder)]


def configuration(server: CaServer, secret: str) -> dict[str, object]:
    """The server's configuration, in Fabric CA's own words."""
    usage = ["signing", "key encipherment", "server auth", "client auth", "key agreement"]
    return {
        "address": server.listens,
        "port": server.port,
        "debug": False,
        "tls": {
            "enabled": True,
            "certfile": str(server.tls.with_suffix(".crt")),
            "keyfile": str(server.tls.with_suffix(".key")),
            "clientauth": {"type": "noclientcert"},
        },
        "ca": {
            "name": server.name,
            "certfile": str(server.certificate),
            "keyfile": str(server.key),
        },
        "crl": {"expiry": "24h"},
        "registry": {
            "maxenrollments": -1,
            "identities": [
                {
                    "name": server.registrar,
                    "pass": secret,
                    "type": "client",
                    "affiliation": "",
                    "attrs": _RIGHTS,
                }
            ],
        },
        "db": {"type": "sqlite3", "datasource": str(server.database)},
        # Stock servers begin with the sample's org1 and org2.
        "affiliations": {},
        "signing": {
            "default": {"usage": ["digital signature"], "expiry": _YEAR},
            "profiles": {"tls": {"usage": usage, "expiry": _YEAR}},
        },
        "bccsp": {
            "default": "SW",
            "sw": {
                "hash": "SHA2",
                "security": 256,
                "filekeystore": {"keystore": str(server.folder / "msp" / "keystore")},
            },
        },
        "cfg": {
            "identities": {"passwordattempts": 10, "allowremove": True},
            "affiliations": {"allowremove": True},
        },
        "operations": {
            "listenAddress": f"{server.listens}:{server.operations_port}",
            "tls": {
                "enabled": True,
                "cert": {"file": str(server.operations / "server.crt")},
                "key": {"file": str(server.operations / "server.key")},
                # As the server reads them; by the names in its sample it ignores both, and the
                # endpoint would be open to everybody.
                "clientCertRequired": True,
                "clientCACertFiles": [str(server.operations / OPERATIONS_CLIENTS)],
            },
        },
        "metrics": {"provider": "prometheus"},
    }
