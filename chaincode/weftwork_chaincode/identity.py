"""Who the client is: MSP id, certificate, Go's id form, and the attributes Fabric CA wrote in."""

import base64
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import cast

import msgspec
from cryptography import x509
from google.protobuf.message import DecodeError

from weftwork_chaincode.distinguished_name import go_form
from weftwork_chaincode.errors import Forbidden, Invalid
from weftwork_protos.msp_pb2 import SerializedIdentity

ATTRIBUTES_EXTENSION = x509.ObjectIdentifier("1.2.3.4.5.6.7.8.1")
"""The certificate extension that holds Fabric CA's attributes, as JSON."""


class _Attributes(msgspec.Struct):
    attrs: dict[str, str] = {}


class ClientIdentity:
    """The client that signed the proposal.

    The peer has verified that the certificate is one of the MSP's; nothing here verifies it again.
    """

    def __init__(self, creator: bytes) -> None:
        try:
            identity = SerializedIdentity.FromString(creator)
        except DecodeError as error:
            raise Invalid("the creator is no serialized identity") from error
        self.mspid: str = identity.mspid
        self._pem = identity.id_bytes

    @cached_property
    def certificate(self) -> x509.Certificate:
        """The enrolment certificate; Invalid where the creator is no X.509 identity."""
        try:
            return x509.load_pem_x509_certificate(self._pem)
        except ValueError as error:
            raise Invalid(f"the identity of {self.mspid} is no X.509 certificate") from error

    @cached_property
    def id(self) -> str:
        """Base64 of ``x509::<subject>::<issuer>``: what Go's, Node's and Java's ``GetID`` give.

        It stays the same when the certificate is renewed.
        """
        subject, issuer = go_form(self.certificate.subject), go_form(self.certificate.issuer)
        return base64.b64encode(f"x509::{subject}::{issuer}".encode()).decode("ascii")

    @cached_property
    def attributes(self) -> Mapping[str, str]:
        """The attributes of the certificate (``role``, ``hf.Type``, …); empty where it has none."""
        try:
            extension = self.certificate.extensions.get_extension_for_oid(ATTRIBUTES_EXTENSION)
        except x509.ExtensionNotFound:
            return MappingProxyType({})
        value = cast(x509.UnrecognizedExtension, extension.value).value
        return MappingProxyType(_parse_attributes(value))

    @cached_property
    def organizational_units(self) -> tuple[str, ...]:
        """The OU values of the subject; with NodeOUs one of them is the role (``client``)."""
        units = self.certificate.subject.get_attributes_for_oid(
            x509.NameOID.ORGANIZATIONAL_UNIT_NAME
        )
        return tuple(str(unit.value) for unit in units)

    def has_organizational_unit(self, unit: str) -> bool:
        """Whether the subject has this OU."""
        return unit in self.organizational_units

    def require(self, attribute: str, value: str) -> None:
        """Refuses the transaction (Forbidden) unless the attribute has this value."""
        found = self.attributes.get(attribute)
        if found != value:
            has = "has none" if found is None else f"has {found!r}"
            raise Forbidden(
                f"this needs a certificate whose attribute {attribute!r} is {value!r}; "
                f"the client of {self.mspid} {has}"
            )

    def __repr__(self) -> str:
        return f"ClientIdentity({self.mspid})"


def _parse_attributes(value: bytes) -> dict[str, str]:
    try:
        document = msgspec.json.decode(value, type=_Attributes)
    except msgspec.DecodeError as error:
        raise Invalid("the certificate's attribute extension has not the known form") from error
    return dict(sorted(document.attrs.items()))
