"""Distinguished names in the text form of Go's ``pkix.Name``, which client ids are made of.

Go parses a name into the fields it knows and writes it again: kinds in Go's order, several values
of one kind joined with ``+``, the last RDN first. An id made any other way would not be the one
that Go's, Node's and Java's chaincodes keep on the ledger for the same certificate.
"""

from cryptography import x509
from cryptography.x509.oid import NameOID

# Go's Name.ToRDNSequence: the order in which known kinds are written
_ORDER = (
    (NameOID.COUNTRY_NAME, "C"),
    (NameOID.STATE_OR_PROVINCE_NAME, "ST"),
    (NameOID.LOCALITY_NAME, "L"),
    (NameOID.STREET_ADDRESS, "STREET"),
    (NameOID.POSTAL_CODE, "POSTALCODE"),
    (NameOID.ORGANIZATION_NAME, "O"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "OU"),
    (NameOID.COMMON_NAME, "CN"),
    (NameOID.SERIAL_NUMBER, "SERIALNUMBER"),
)
# of these Go keeps one value: the last one the certificate has
_SINGLE = {NameOID.COMMON_NAME, NameOID.SERIAL_NUMBER}
_ESCAPED = set(',+"\\<>;')


def go_form(name: x509.Name) -> str:
    """The name as fabric-chaincode-go's ``cid`` writes it.

    Kinds that Go does not know are left out, as Go leaves them out.
    """
    written: list[str] = []
    for oid, label in _ORDER:
        values = [str(attribute.value) for attribute in name.get_attributes_for_oid(oid)]
        if oid in _SINGLE:
            values = [value for value in values[-1:] if value]
        if values:
            written.append("+".join(f"{label}={_escape(value)}" for value in values))
    return ",".join(reversed(written))


def _escape(value: str) -> str:
    out: list[str] = []
    for place, char in enumerate(value):
        edge_space = char == " " and place in (0, len(value) - 1)
        if char in _ESCAPED or edge_space or (char == "#" and place == 0):
            out.append("\\")
        out.append(char)
    return "".join(out)
