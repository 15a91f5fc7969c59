"""Who created or endorsed a transaction, as its bytes on the ledger say."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from cryptography import x509
from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError
from weftwork_protos import msp_pb2


@dataclass(frozen=True)
class Member:
    """A department's member: a client, a peer or an orderer."""

    mspid: str
    certificate: bytes
    """X.509 certificate, PEM, as recorded: it is not checked here."""

    @cached_property
    def subject(self) -> str:
        """The certificate's subject (RFC 4514), empty where it cannot be read."""
        try:
            return x509.load_pem_x509_certificate(self.certificate).subject.rfc4514_string()
        except ValueError:
            return ""

    def __str__(self) -> str:
        return f"{self.mspid} {self.subject}"


def member_of(serialized: bytes) -> Member:
    """The member out of a serialized identity. Raises LedgerError."""
    return _member(serialized)


# A ledger names the same few over and over: each is made once, and shared.
@lru_cache(maxsize=1024)
def _member(serialized: bytes) -> Member:
    try:
        identity = msp_pb2.SerializedIdentity.FromString(serialized)
    except DecodeError:
        raise LedgerError("an identity on the ledger cannot be read") from None
    return Member(identity.mspid, identity.id_bytes)
