"""The client's identity: Go's id form, attributes, refusals."""

import base64
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from weftwork_chaincode import ClientIdentity, Forbidden, Invalid
from weftwork_chaincode.distinguished_name import go_form
from weftwork_chaincode.identity import ATTRIBUTES_EXTENSION
from weftwork_chaincode.testing import identity
from weftwork_protos.msp_pb2 import SerializedIdentity


def name(*pairs):
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(NameOID.COMMON_NAME, "user1")], "CN=user1"),
        (
            # as cryptogen writes it; expectations here were taken from fabric-chaincode-go v2.3.0
            [
                (NameOID.COUNTRY_NAME, "US"),
                (NameOID.STATE_OR_PROVINCE_NAME, "California"),
                (NameOID.LOCALITY_NAME, "San Francisco"),
                (NameOID.ORGANIZATIONAL_UNIT_NAME, "client"),
                (NameOID.COMMON_NAME, "User1@org1.example.com"),
            ],
            "CN=User1@org1.example.com,OU=client,L=San Francisco,ST=California,C=US",
        ),
        (
            # several units become one RDN of several values
            [
                (NameOID.ORGANIZATIONAL_UNIT_NAME, "client"),
                (NameOID.ORGANIZATIONAL_UNIT_NAME, "dept"),
                (NameOID.COMMON_NAME, "u"),
            ],
            "CN=u,OU=client+OU=dept",
        ),
        ([(NameOID.COMMON_NAME, 'a,b+c"d\\e<f>g;h')], 'CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h'),
        ([(NameOID.COMMON_NAME, " lead and trail ")], "CN=\\ lead and trail\\ "),
        ([(NameOID.COMMON_NAME, "#hash#")], "CN=\\#hash#"),
        # of several common names Go keeps the last
        ([(NameOID.COMMON_NAME, "first"), (NameOID.COMMON_NAME, "last")], "CN=last"),
        # kinds that Go's Name has no field for are not in its RDN sequence
        ([(NameOID.EMAIL_ADDRESS, "a@b"), (NameOID.COMMON_NAME, "u")], "CN=u"),
        (
            [
                (NameOID.COMMON_NAME, " lead "),
                (NameOID.SERIAL_NUMBER, "7"),
                (NameOID.POSTAL_CODE, "1"),
                (NameOID.STREET_ADDRESS, "#x"),
                (NameOID.EMAIL_ADDRESS, "a@b"),
                (NameOID.DOMAIN_COMPONENT, "dc"),
            ],
            "SERIALNUMBER=7,CN=\\ lead\\ ,POSTALCODE=1,STREET=\\#x",
        ),
        (
            [
                (NameOID.COMMON_NAME, "u"),
                (NameOID.ORGANIZATION_NAME, "o"),
                (NameOID.ORGANIZATIONAL_UNIT_NAME, "ou"),
                (NameOID.LOCALITY_NAME, "l"),
                (NameOID.COUNTRY_NAME, "CN"),
            ],
            "CN=u,OU=ou,O=o,L=l,C=CN",
        ),
        ([(NameOID.COMMON_NAME, "李雷")], "CN=李雷"),
    ],
)
def test_distinguished_name_as_go_writes_it(pairs, expected):
    assert go_form(name(*pairs)) == expected


def test_id_is_base64_of_subject_and_issuer():
    client = ClientIdentity(identity("EnergyMSP", name="amy").creator)
    assert base64.b64decode(client.id) == b"x509::CN=amy,OU=client::CN=ca.EnergyMSP,O=EnergyMSP"
    assert client.mspid == "EnergyMSP"
    assert client.organizational_units == ("client",)
    assert client.has_organizational_unit("client")
    assert not client.has_organizational_unit("clie")


def test_attributes_come_from_fabric_cas_extension():
    client = ClientIdentity(
        identity("EnergyMSP", "meter", attributes={"hf.Type": "client"}).creator
    )
    assert dict(client.attributes) == {"hf.Type": "client", "role": "meter"}
    client.require("role", "meter")
    with pytest.raises(Forbidden, match="'role' is 'clerk'; the client of EnergyMSP has 'meter'"):
        client.require("role", "clerk")
    with pytest.raises(Forbidden, match="has none"):
        client.require("level", "1")


def test_certificate_without_attributes_has_none():
    assert dict(ClientIdentity(identity("EnergyMSP").creator).attributes) == {}


@pytest.mark.parametrize(
    "value", [b"", b"not json", b"[]", b'{"attrs": 3}', b'{"attrs": {"a": 1}}']
)
def test_an_extension_of_another_form_is_refused(value):
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime(2026, 1, 1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name((NameOID.COMMON_NAME, "u")))
        .issuer_name(name((NameOID.COMMON_NAME, "ca")))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.UnrecognizedExtension(ATTRIBUTES_EXTENSION, value), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    client = ClientIdentity(SerializedIdentity(mspid="M", id_bytes=pem).SerializeToString())
    with pytest.raises(Invalid):
        _ = client.attributes


@pytest.mark.parametrize("creator", [b"\xff\xff", b"\x0a\x03abc\x12\x03xyz"])
def test_a_creator_that_is_no_x509_identity_is_refused(creator):
    with pytest.raises(Invalid):
        _ = ClientIdentity(creator).certificate
