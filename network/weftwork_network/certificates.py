"""The departments' certificates on disk: issued once, used again while they are good.

Each department has four authorities of its own: one for identities, one for TLS, one for the
operations and admin endpoints, and one for what reads metrics, which opens operations endpoints
alone. No certificate of the first two opens those: with the TLS CA there, any peer of the
department could change another node's log level or its channels.
"""

import datetime
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from weftwork_network.authorities import (
    Credentials,
    issue_enrolment,
    issue_tls,
    load_credentials,
    new_authority,
    signed_by,
)
from weftwork_network.errors import StateError
from weftwork_network.faults import shown
from weftwork_network.places import OPERATIONS_CLIENTS
from weftwork_network.state import State, write_file
from weftwork_network.topology import HOST, Member, Node, Topology

ADMIN = "admin"
FABRIC_CA = "fabric-ca"
# Renewed, not merely reported, when less than this is left.
RENEW_BEFORE = datetime.timedelta(days=30)

# Which organisational unit makes a certificate a client, a peer, an admin, an orderer.
_NODE_OUS = """\
NodeOUs:
  Enable: true
  ClientOUIdentifier:
    Certificate: cacerts/ca-cert.pem
    OrganizationalUnitIdentifier: client
  PeerOUIdentifier:
    Certificate: cacerts/ca-cert.pem
    OrganizationalUnitIdentifier: peer
  AdminOUIdentifier:
    Certificate: cacerts/ca-cert.pem
    OrganizationalUnitIdentifier: admin
  OrdererOUIdentifier:
    Certificate: cacerts/ca-cert.pem
    OrganizationalUnitIdentifier: orderer
"""


@dataclass(frozen=True)
class Authorities:
    """A department's authorities."""

    identity: Credentials
    tls: Credentials
    operations: Credentials
    monitoring: Credentials


# Issues an enrolment certificate: department, common name, unit, attributes.
Issuer = Callable[[Member, str, str, dict[str, str]], Credentials]


class CertificateStore:
    """Issues what a topology needs into a state folder; leaves alone what is there and good."""

    def __init__(self, state: State) -> None:
        self._state = state
        # Once the channel exists it holds the orderers' TLS certificates: a new one would be
        # a stranger to the others, so it is never made by itself.
        self._channel_exists = state.created.exists()
        self._bft = False
        self._published = HOST
        self.issued: list[str] = []
        """What was issued by this run, e.g. `energy/nodes/peer0/tls`."""

    def ensure(self, topology: Topology) -> None:
        """Makes every certificate that the topology needs and that is not there, or not good.

        Users of a department with a Fabric CA are left to `enrol`.
        """
        self._published = topology.publish
        self._bft = topology.ordering == "bft"
        for member in topology.members:
            self._department(member)
        roots = [
            (self._state.department(member) / "tlsca" / "cert.pem").read_bytes()
            for member in topology.members
        ]
        _write_if_changed(self._state.tls_roots, b"".join(roots))

    def enrol(self, topology: Topology, issue: Issuer) -> None:
        """Has the users of departments with a Fabric CA enrolled whose certificates are no good.

        Args:
            topology: whose users.
            issue: asks the department's CA for a certificate; it must run.
        """
        for member in topology.members:
            if member.ca is not None:
                self._users(member, self._authorities(member), issue, FABRIC_CA)

    def _authorities(self, member: Member) -> Authorities:
        folder = self._state.department(member)
        return Authorities(
            identity=self._authority(folder / "ca", f"ca.{member.domain}", member),
            tls=self._authority(folder / "tlsca", f"tlsca.{member.domain}", member),
            operations=self._authority(folder / "opsca", f"opsca.{member.domain}", member),
            monitoring=self._authority(folder / "monca", f"monca.{member.domain}", member),
        )

    def _department(self, member: Member) -> None:
        folder = self._state.department(member)
        authorities = self._authorities(member)
        self._msp(folder / "msp", authorities)
        for node in member.nodes:
            self._node(node, authorities)
        for process in member.chaincode_nodes:
            self._chaincode(member, process, authorities)
        self._pair(
            self._state.operator(member) / "client",
            authorities.operations.certificate,
            lambda: issue_tls(
                authorities.operations, f"operator.{member.domain}", (), server=False
            ),
        )
        monitor = self._state.monitor(member)
        self._pair(
            monitor / "client",
            authorities.monitoring.certificate,
            lambda: issue_tls(authorities.monitoring, f"monitor.{member.domain}", (), server=False),
        )
        # Of the nodes that it asks, not of its own certificate.
        _write_if_changed(monitor / "nodes-ca.crt", authorities.operations.certificate_pem)
        if member.ca is not None:
            self._server(member.ca, authorities)
            return

        def sign(
            member: Member, common_name: str, unit: str, attributes: dict[str, str]
        ) -> Credentials:
            return issue_enrolment(authorities.identity, common_name, unit, attributes)

        self._users(member, authorities, sign, "")

    def _users(self, member: Member, authorities: Authorities, issue: Issuer, issuer: str) -> None:
        self._user(member, ADMIN, "admin", {}, authorities, issue, issuer)
        for user in member.users:
            self._user(member, user.name, "client", user.attributes, authorities, issue, issuer)

    def _authority(self, folder: Path, common_name: str, member: Member) -> Credentials:
        stem = folder / "cert.pem"
        if stem.exists() and (folder / "key.pem").exists():
            try:
                return load_credentials(stem.read_bytes(), (folder / "key.pem").read_bytes())
            except ValueError as error:
                raise StateError(
                    f"{shown(stem)} and key.pem beside it are broken ({error}); restore both from "
                    "a copy, or begin anew with `weftwork network clean`"
                ) from None
        made = new_authority(common_name, member.name)
        write_file(folder / "key.pem", made.key_pem, secret=True)
        write_file(stem, made.certificate_pem)
        self._note(folder)
        return made

    def _node(self, node: Node, authorities: Authorities) -> None:
        self._identity(
            self._state.node(node) / "msp",
            authorities,
            node.host,
            lambda: issue_enrolment(authorities.identity, node.host, node.kind),
            unit=node.kind,
            # Under BFT the channel holds what its orderers sign blocks with as well.
            frozen=node.kind == "orderer" and self._channel_exists and self._bft,
        )
        self._server(node, authorities)

    def _server(self, node: Node, authorities: Authorities) -> None:
        """What a node shows to whoever calls it, and to whoever operates it."""
        folder = self._state.node(node)
        hosts = (node.host, "localhost", HOST)
        if node.kind in ("peer", "ca") and self._published != HOST:
            hosts = (*hosts, self._published)
        self._pair(
            folder / "tls" / "server",
            authorities.tls.certificate,
            lambda: issue_tls(authorities.tls, node.host, hosts),
            hosts,
            frozen=node.kind == "orderer" and self._channel_exists,
        )
        self._operations(node, authorities, hosts)

    def _operations(self, node: Node, authorities: Authorities, hosts: Sequence[str]) -> None:
        """What a node shows to whoever operates it, and whom it lets ask."""
        folder = self._state.node(node) / "operations"
        self._pair(
            folder / "server",
            authorities.operations.certificate,
            lambda: issue_tls(authorities.operations, node.host, hosts),
            hosts,
        )
        asking = (authorities.operations, authorities.monitoring)
        clients = b"".join(each.certificate_pem for each in asking)
        _write_if_changed(folder / OPERATIONS_CLIENTS, clients)

    def _chaincode(self, member: Member, node: Node, authorities: Authorities) -> None:
        """A chaincode process's own certificate, and the one its peers show it."""
        # In containers each package is a machine of its own, whichever packages there will be.
        hosts = (node.host, f"*.{node.host}", "localhost", HOST)
        folder = self._state.node(node) / "tls"
        self._pair(
            folder / "server",
            authorities.tls.certificate,
            lambda: issue_tls(authorities.tls, node.host, hosts),
            hosts,
        )
        self._pair(
            folder / "client",
            authorities.tls.certificate,
            lambda: issue_tls(authorities.tls, f"peers.{member.domain}", (), server=False),
        )
        self._operations(node, authorities, (node.host, "localhost", HOST))

    def _user(
        self,
        member: Member,
        name: str,
        unit: str,
        attributes: dict[str, str],
        authorities: Authorities,
        issue: Issuer,
        issuer: str,
    ) -> None:
        common_name = f"{name}@{member.domain}"
        self._identity(
            self._state.user(member, name) / "msp",
            authorities,
            common_name,
            lambda: issue(member, common_name, unit, attributes),
            unit=unit,
            attributes=attributes,
            issuer=issuer,
        )

    def _identity(
        self,
        folder: Path,
        authorities: Authorities,
        common_name: str,
        make: Callable[[], Credentials],
        *,
        unit: str,
        attributes: dict[str, str] | None = None,
        issuer: str = "",
        frozen: bool = False,
    ) -> None:
        """A local MSP: the department's roots, the identity's certificate and key."""
        self._msp(folder, authorities)
        if frozen:
            return
        certificate = folder / "signcerts" / "cert.pem"
        key = folder / "keystore" / "key.pem"
        purpose = (common_name, unit, attributes, *([issuer] if issuer else []))
        wanted = hashlib.sha256(repr(purpose).encode()).hexdigest()
        mark = folder / ".issued-for"
        same = mark.exists() and mark.read_bytes() == wanted.encode()
        if same and _good(certificate, key, authorities.identity.certificate):
            return
        made = make()
        write_file(key, made.key_pem, secret=True)
        write_file(certificate, made.certificate_pem)
        write_file(mark, wanted)
        self._note(folder)

    def _msp(self, folder: Path, authorities: Authorities) -> None:
        _write_if_changed(folder / "cacerts" / "ca-cert.pem", authorities.identity.certificate_pem)
        _write_if_changed(folder / "tlscacerts" / "tlsca-cert.pem", authorities.tls.certificate_pem)
        _write_if_changed(folder / "config.yaml", _NODE_OUS.encode())

    def _pair(
        self,
        stem: Path,
        authority: x509.Certificate,
        make: Callable[[], Credentials],
        hosts: Iterable[str] = (),
        *,
        frozen: bool = False,
    ) -> None:
        """`stem.crt`, `stem.key` and beside them the authority's `ca.crt`."""
        certificate, key = stem.with_suffix(".crt"), stem.with_suffix(".key")
        _write_if_changed(stem.parent / "ca.crt", authority.public_bytes(Encoding.PEM))
        if frozen:
            _check_whole(certificate, key)
            return
        if _good(certificate, key, authority, hosts):
            return
        made = make()
        write_file(key, made.key_pem, secret=True)
        write_file(certificate, made.certificate_pem)
        self._note(stem)

    def _note(self, path: Path) -> None:
        self.issued.append(str(path.relative_to(self._state.departments)))


def load_certificate(path: Path) -> x509.Certificate:
    """Reads a PEM certificate.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no certificate.
    """
    return x509.load_pem_x509_certificate(path.read_bytes())


def fingerprint(path: Path) -> str:
    """The SHA-256 of a certificate file's certificate, in hex."""
    return load_certificate(path).fingerprint(SHA256()).hex()


def _good(
    certificate: Path, key: Path, authority: x509.Certificate, hosts: Iterable[str] = ()
) -> bool:
    """Whether a pair is there, whole, of this authority, for these hosts and not about to end."""
    try:
        held = load_credentials(certificate.read_bytes(), key.read_bytes()).certificate
    except (OSError, ValueError):
        return False
    if held.not_valid_after_utc - datetime.datetime.now(datetime.UTC) < RENEW_BEFORE:
        return False
    return signed_by(held, authority) and set(hosts) <= names_in(held)


def _check_whole(certificate: Path, key: Path) -> None:
    """A pair that the channel holds is not issued anew.

    Raises:
        StateError: it is broken.
    """
    try:
        load_credentials(certificate.read_bytes(), key.read_bytes())
    except (OSError, ValueError) as error:
        raise StateError(
            f"{shown(key)} is not the key of {certificate.name} beside it, which the channel "
            f"holds ({error}); restore both from a copy, or begin anew with "
            "`weftwork network clean`"
        ) from None


def names_in(certificate: x509.Certificate) -> set[str]:
    """The names and addresses that a certificate is good for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = names.get_values_for_type(x509.IPAddress)
    return {*names.get_values_for_type(x509.DNSName), *(str(address) for address in addresses)}


def _write_if_changed(path: Path, content: bytes) -> None:
    if not path.exists() or path.read_bytes() != content:
        write_file(path, content)
