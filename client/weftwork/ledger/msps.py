"""What a channel's configuration says of a department's certificates: its MSP, decoded.

Message: Fabric's ``msp/msp_config.proto``.
"""

from dataclasses import dataclass

from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError
from weftwork_protos import msp_config_pb2

_X509 = 0


@dataclass(frozen=True, slots=True)
class Unit:
    """An organizational unit that certificates name."""

    name: str
    certificate: bytes
    """PEM of the CA that must have issued them; empty: any of the department's."""


@dataclass(frozen=True, slots=True)
class NodeUnits:
    """Which unit makes a certificate a client's, a peer's, an admin's or an orderer's."""

    enabled: bool
    client: Unit | None
    peer: Unit | None
    admin: Unit | None
    orderer: Unit | None


@dataclass(frozen=True, slots=True)
class Msp:
    """A department's certificates, all PEM."""

    mspid: str
    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...]
    admins: tuple[bytes, ...]
    """Certificates that are admins' whatever unit they name."""
    revocation_lists: tuple[bytes, ...]
    """CRLs, PEM or DER."""
    units: tuple[Unit, ...]
    """Where there are any, a member's certificate must name one of them."""
    node_units: NodeUnits | None
    tls_roots: tuple[bytes, ...]
    tls_intermediates: tuple[bytes, ...]
    hash_family: str
    """What ECDSA signatures are made over: ``SHA2`` (SHA-256) or ``SHA3`` (SHA3-256)."""


def decode_msp(serialized: bytes) -> Msp | None:
    """An MSP out of an ``MSPConfig``; None: it is of another type than X.509.

    Raises LedgerError.
    """
    try:
        outer = msp_config_pb2.MSPConfig.FromString(serialized)
        if outer.type != _X509:
            return None
        found = msp_config_pb2.FabricMSPConfig.FromString(outer.config)
    except DecodeError as error:
        raise LedgerError(f"an MSP cannot be read: {error}") from None
    return Msp(
        mspid=found.name,
        roots=tuple(found.root_certs),
        intermediates=tuple(found.intermediate_certs),
        admins=tuple(found.admins),
        revocation_lists=tuple(found.revocation_list),
        units=tuple(_unit(unit) for unit in found.organizational_unit_identifiers),
        node_units=_node_units(found),
        tls_roots=tuple(found.tls_root_certs),
        tls_intermediates=tuple(found.tls_intermediate_certs),
        hash_family=found.crypto_config.signature_hash_family or "SHA2",
    )


def _node_units(found: msp_config_pb2.FabricMSPConfig) -> NodeUnits | None:
    if not found.HasField("fabric_node_ous"):
        return None
    units = found.fabric_node_ous

    def one(kind: str) -> Unit | None:
        field = f"{kind}_ou_identifier"
        return _unit(getattr(units, field)) if units.HasField(field) else None

    return NodeUnits(units.enable, one("client"), one("peer"), one("admin"), one("orderer"))


def _unit(unit: msp_config_pb2.FabricOUIdentifier) -> Unit:
    return Unit(unit.organizational_unit_identifier, unit.certificate)
