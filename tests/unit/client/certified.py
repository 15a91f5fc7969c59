"""Departments made in memory, each with a CA, a peer, an orderer and a clerk."""

import datetime
from dataclasses import dataclass, field
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.unit.client.people import pem_of
from weftwork.signer import signer_from_key
from weftwork_protos import msp_config_pb2, msp_pb2

FROM = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
UNTIL = datetime.datetime(2120, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Person:
    """A certificate and its key."""

    mspid: str
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @cached_property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @cached_property
    def identity(self) -> bytes:
        found = msp_pb2.SerializedIdentity(mspid=self.mspid, id_bytes=self.pem)
        return found.SerializeToString()

    def sign(self, message: bytes) -> bytes:
        return signer_from_key(pem_of(self.key))(message)


def certify(
    name: str,
    unit: str = "",
    *,
    mspid: str = "",
    issuer: Person | None = None,
    authority: bool = False,
    until: datetime.datetime = UNTIL,
) -> Person:
    key = ec.generate_private_key(ec.SECP256R1())
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if unit:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    subject = x509.Name(parts)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    return Person(mspid or (issuer.mspid if issuer else ""), certificate, key)


@dataclass
class Department:
    """A department with a CA, a peer, an orderer and a clerk."""

    mspid: str
    revocations: list[bytes] = field(default_factory=list)
    peer_unit: str = "peer"

    def __post_init__(self) -> None:
        self.root = certify(f"ca.{self.mspid}", mspid=self.mspid, authority=True)
        self.peer = self.issue("peer0", "peer")
        self.orderer = self.issue("orderer0", "orderer")
        self.clerk = self.issue("clerk", "client")

    def issue(self, name: str, unit: str, **options: datetime.datetime) -> Person:
        return certify(name, unit, issuer=self.root, **options)

    def revoke(self, person: Person, by: Person | None = None) -> None:
        by = by or self.root
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(person.certificate.serial_number)
            .revocation_date(FROM)
            .build()
        )
        found = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(by.certificate.subject)
            .last_update(FROM)
            .next_update(UNTIL)
            .add_revoked_certificate(entry)
            .sign(by.key, hashes.SHA256())
        )
        self.revocations.append(found.public_bytes(serialization.Encoding.PEM))

    def msp(self) -> bytes:
        def unit(name: str) -> msp_config_pb2.FabricOUIdentifier:
            return msp_config_pb2.FabricOUIdentifier(
                certificate=self.root.pem, organizational_unit_identifier=name
            )

        config = msp_config_pb2.FabricMSPConfig(
            name=self.mspid,
            root_certs=[self.root.pem],
            revocation_list=self.revocations,
            fabric_node_ous=msp_config_pb2.FabricNodeOUs(
                enable=True,
                client_ou_identifier=unit("nobody" if self.peer_unit == "client" else "client"),
                peer_ou_identifier=unit(self.peer_unit),
                admin_ou_identifier=unit("admin"),
                orderer_ou_identifier=unit("orderer"),
            ),
        )
        return msp_config_pb2.MSPConfig(config=config.SerializeToString()).SerializeToString()
