"""A server's configuration: every way to give it, and a line for every way to get it wrong."""

import base64
import json
import ssl

import pytest

from tests.unit.chaincode.certificates import Authority
from weftwork_chaincode import ConfigError
from weftwork_chaincode.config import from_file, split_address
from weftwork_chaincode.environment import from_environment

CHAINCODE = {
    "name": "parcels",
    "contract": "tests.unit.chaincode.samples:Parcels",
    "address": "127.0.0.1:10700",
    "package_id": "parcels:ab",
}


@pytest.fixture
def files(tmp_path):
    authority = Authority()
    certificate, key = authority.issue("server")
    (tmp_path / "cert.pem").write_bytes(certificate)
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    (tmp_path / "cert.b64").write_bytes(base64.b64encode(certificate))
    (tmp_path / "key.b64").write_bytes(base64.b64encode(key))
    (tmp_path / "junk.pem").write_text("junk")
    return tmp_path


def write(folder, **changes):
    document = {"chaincodes": [CHAINCODE], "insecure": True} | changes
    path = folder / "server.json"
    path.write_text(json.dumps(document))
    return path


def test_a_whole_configuration(files):
    tls = {
        name: str(files / file)
        for name, file in (
            ("certificate", "cert.pem"),
            ("key", "key.pem"),
            ("client_roots", "ca.pem"),
        )
    }
    settings = from_file(write(files, tls=tls, insecure=False, department="Energy", dev=True))
    assert settings.server.chaincodes[0].code_sha256 is None
    assert settings.tls is not None
    context = settings.tls.context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_plaintext_must_be_asked_for(files):
    assert from_file(write(files)).tls is None
    with pytest.raises(ConfigError, match=r"server\.json: no TLS: give tls\.certificate"):
        from_file(write(files, insecure=False))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"chaincodes": []}, "chaincodes is empty"),
        ({"bogus": 1}, "bogus"),
        ({"chaincodes": [CHAINCODE | {"address": "7160"}]}, r"chaincodes\[0\] \(parcels\): '7160'"),
        ({"chaincodes": [CHAINCODE | {"address": "h:99999"}]}, "65535"),
        ({"chaincodes": [CHAINCODE | {"contract": "nonsense"}]}, "package.module:Class"),
        ({"chaincodes": [CHAINCODE | {"package_id": ""}]}, "package_id is empty"),
        ({"chaincodes": [{"address": "h:1"}]}, r"\$\.chaincodes\[0\]"),
        ({"chaincodes": [{"name": "x"}]}, r"chaincodes\[0\] \(x\): package_id is empty"),
        ({"chaincodes": [{"name": "x", "package_id": "x:1"}]}, "contract is missing"),
        ({"chaincodes": [CHAINCODE | {"contracts": ["a:B"]}]}, "not both"),
        ({"chaincodes": [CHAINCODE | {"peer_address": "h:1"}]}, "one of address"),
        ({"execute_seconds": -1}, "execute_seconds must be a number of seconds"),
        ({"drain_seconds": -0.5}, "drain_seconds must be a number of seconds"),
        ({"chaincodes": [CHAINCODE, CHAINCODE]}, "two chaincodes listen on 127.0.0.1:10700"),
        ({"tls": {"certificate": "/no/such", "key": "/no/such"}}, "tls.certificate: /no/such: No"),
    ],
)
def test_a_wrong_configuration_names_the_file_and_the_field(files, changes, text):
    with pytest.raises(ConfigError, match=text) as error:
        from_file(write(files, **changes))
    assert "server.json" in str(error.value)
    assert "\n" not in str(error.value)


def test_files_that_are_no_pair_and_no_ca(files):
    def tls(certificate, key, roots="ca.pem"):
        paths = {
            "certificate": str(files / certificate),
            "key": str(files / key),
            "client_roots": str(files / roots),
        }
        return from_file(write(files, tls=paths)).tls

    with pytest.raises(ConfigError, match="no pair"):
        tls("cert.pem", "junk.pem").context()
    with pytest.raises(ConfigError, match="no pair"):
        tls("junk.pem", "key.pem").context()
    with pytest.raises(ConfigError, match="client_roots"):
        tls("cert.pem", "key.pem", "junk.pem").context()


def test_no_file_and_no_json(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        from_file(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(ConfigError, match=r"bad\.json"):
        from_file(tmp_path / "bad.json")


BASE = {"CHAINCODE_ID": "parcels:ab", "CHAINCODE_SERVER_ADDRESS": "0.0.0.0:9999"}


def environment(files, *names):
    files_of = {
        "CHAINCODE_TLS_KEY": "key.pem",
        "CHAINCODE_TLS_CERT": "cert.pem",
        "CHAINCODE_CLIENT_CA_CERT": "ca.pem",
        "CORE_TLS_CLIENT_KEY_FILE": "key.pem",
        "CORE_TLS_CLIENT_CERT_FILE": "cert.pem",
        "CORE_TLS_CLIENT_KEY_PATH": "key.b64",
        "CORE_TLS_CLIENT_CERT_PATH": "cert.b64",
        "CORE_PEER_TLS_ROOTCERT_FILE": "ca.pem",
    }
    return BASE | {name: str(files / files_of[name]) for name in names}


@pytest.mark.parametrize(
    "names",
    [
        ("CHAINCODE_TLS_KEY", "CHAINCODE_TLS_CERT", "CHAINCODE_CLIENT_CA_CERT"),
        ("CORE_TLS_CLIENT_KEY_FILE", "CORE_TLS_CLIENT_CERT_FILE", "CORE_PEER_TLS_ROOTCERT_FILE"),
        ("CORE_TLS_CLIENT_KEY_PATH", "CORE_TLS_CLIENT_CERT_PATH", "CORE_PEER_TLS_ROOTCERT_FILE"),
    ],
)
def test_the_environment_of_fabrics_samples(files, names):
    settings = from_environment("a.b:C", environment(files, *names))
    assert settings.server.chaincodes[0].shown == "parcels"
    assert settings.tls is not None
    assert settings.tls.context().verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    "off", [{"CHAINCODE_TLS_DISABLED": "true"}, {"CORE_PEER_TLS_ENABLED": "false"}]
)
def test_plaintext_by_the_environment_must_be_said(off):
    assert from_environment("a.b:C", BASE | off).tls is None
    with pytest.raises(ConfigError, match="set CHAINCODE_TLS_KEY"):
        from_environment("a.b:C", BASE)
    with pytest.raises(ConfigError, match="must be true or false"):
        from_environment("a.b:C", BASE | {"CHAINCODE_TLS_DISABLED": "perhaps"})


@pytest.mark.parametrize("missing", ["CHAINCODE_ID", "CHAINCODE_SERVER_ADDRESS"])
def test_a_missing_variable_is_named(missing):
    with pytest.raises(ConfigError, match=f"set {missing}"):
        from_environment("a.b:C", {name: value for name, value in BASE.items() if name != missing})


def test_addresses():
    assert split_address("127.0.0.1:80") == ("127.0.0.1", 80)
    assert split_address("[::1]:80") == ("::1", 80)
    assert split_address("unix:run/a.sock") == ("run/a.sock", None)
    for wrong in ("unix:", "unix:" + "a" * 104):
        with pytest.raises(ConfigError, match="1 to 103 bytes"):
            split_address(wrong)
    for wrong in ("", ":80", "host:", "host:x", "host:\u0663"):
        with pytest.raises(ConfigError):
            split_address(wrong)
