"""Who acts: a department's MSP id and the certificate that it issued."""

from dataclasses import dataclass
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from weftwork.errors import IdentityError
from weftwork_protos import msp_pb2


@dataclass(frozen=True)
class Identity:
    """A member of a department, as the network knows it. Holds nothing secret."""

    mspid: str
    """The department's MSP id, for example ``LogisticsMSP``."""
    certificate: bytes
    """X.509 certificate, PEM."""

    def __post_init__(self) -> None:
        if not self.mspid:
            raise IdentityError("an identity needs its department's MSP id, it is empty")
        try:
            # What was supplied may be changed afterwards; who acts may not.
            object.__setattr__(self, "certificate", bytes(self.certificate))
            x509.load_pem_x509_certificate(self.certificate)
        except (TypeError, ValueError) as error:
            raise IdentityError(f"certificate for {self.mspid} is not PEM X.509: {error}") from None

    @cached_property
    def creator(self) -> bytes:
        """The identity as it stands in every message: a serialized ``SerializedIdentity``."""
        message = msp_pb2.SerializedIdentity(mspid=self.mspid, id_bytes=self.certificate)
        return message.SerializeToString(deterministic=True)

    @cached_property
    def x509(self) -> x509.Certificate:
        """The certificate, parsed."""
        return x509.load_pem_x509_certificate(self.certificate)

    @cached_property
    def canonical(self) -> "Identity":
        """The same identity, its certificate written as everybody writes PEM.

        A transaction's id covers the very bytes: with a line end more it would be another.
        """
        return Identity(self.mspid, self.x509.public_bytes(serialization.Encoding.PEM))

    def __str__(self) -> str:
        return f"{self.mspid} {self.x509.subject.rfc4514_string()}"
