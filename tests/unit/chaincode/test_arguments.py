"""Options and environment of a chaincode's process: Go's, Node's and ours, each way and wrong."""

import argparse
import base64
import ssl

import pytest

from tests.unit.chaincode.certificates import Authority
from weftwork_chaincode import ConfigError
from weftwork_chaincode.arguments import add_options, settings
from weftwork_chaincode.environment import from_environment

CONTRACT = "tests.unit.chaincode.samples:Parcels"


@pytest.fixture
def files(tmp_path):
    authority = Authority()
    certificate, key = authority.issue("server")
    for name, data in (("cert", certificate), ("key", key), ("ca", authority.pem)):
        (tmp_path / f"{name}.pem").write_bytes(data)
        (tmp_path / f"{name}.b64").write_bytes(base64.b64encode(data))
    (tmp_path / "junk").write_bytes(b"\xff\x00junk")
    return tmp_path


def read(words, env=()):
    parser = argparse.ArgumentParser(allow_abbrev=False)
    add_options(parser)
    return settings([CONTRACT], parser.parse_args(words), dict(env))


def paths(files, **names):
    return {name: str(files / value) for name, value in names.items()}


def calling_environment(files, **changes):
    return (
        {"CORE_CHAINCODE_ID_NAME": "parcels:ab", "CORE_PEER_TLS_ENABLED": "true"}
        | paths(
            files,
            CORE_TLS_CLIENT_KEY_FILE="key.pem",
            CORE_TLS_CLIENT_CERT_FILE="cert.pem",
            CORE_TLS_CLIENT_KEY_PATH="key.b64",
            CORE_TLS_CLIENT_CERT_PATH="cert.b64",
            CORE_PEER_TLS_ROOTCERT_FILE="ca.pem",
        )
        | changes
    )


@pytest.mark.parametrize("dashes", ["--", "-"])
@pytest.mark.parametrize("kind", ["FILE", "PATH"])
def test_what_a_peer_launches(files, dashes, kind):
    """The very environment that Fabric's Docker controller gives to a chaincode."""
    env = {
        name: value
        for name, value in calling_environment(files).items()
        if "CLIENT" not in name or name.endswith(kind)
    }
    found = read([f"{dashes}peer.address", "127.0.0.1:7052"], env)
    (chaincode,) = found.server.chaincodes
    assert (chaincode.peer_address, chaincode.address) == ("127.0.0.1:7052", "")
    assert (chaincode.package_id, chaincode.name, chaincode.shown) == (
        "parcels:ab",
        "",
        "parcels",
    )
    context = found.tls.client_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert found.server.execute_seconds == 25.0


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"CORE_CHAINCODE_ID_NAME": ""}, "set CORE_CHAINCODE_ID_NAME"),
        ({"CORE_PEER_TLS_ENABLED": ""}, "set CORE_PEER_TLS_ENABLED to true, or to false"),
        ({"CORE_PEER_TLS_ENABLED": "maybe"}, "CORE_PEER_TLS_ENABLED must be true or false"),
        ({"CORE_PEER_TLS_ROOTCERT_FILE": ""}, "set CORE_PEER_TLS_ROOTCERT_FILE"),
        (
            {"CORE_TLS_CLIENT_KEY_FILE": "", "CORE_TLS_CLIENT_KEY_PATH": ""},
            "set CORE_TLS_CLIENT_KEY_FILE",
        ),
        ({"CORE_TLS_CLIENT_CERT_FILE": "/no/such"}, "CORE_TLS_CLIENT_CERT_FILE .*: /no/such: No"),
        ({"CHAINCODE_OPERATIONS_ADDRESS": "127.0.0.1:1"}, "has no server certificate"),
        ({"CHAINCODE_EXECUTE_SECONDS": "soon"}, "CHAINCODE_EXECUTE_SECONDS must be a number"),
        ({"CHAINCODE_EXECUTE_SECONDS": "nan"}, "execute_seconds must be a number"),
    ],
)
def test_a_call_that_cannot_be_made_names_the_variable(files, changes, text):
    with pytest.raises(ConfigError, match=text) as error:
        read(["--peer.address", "h:7052"], calling_environment(files, **changes))
    assert "\n" not in str(error.value)


def test_plaintext_to_a_peer_must_be_said():
    env = {"CORE_CHAINCODE_ID_NAME": "a:1", "CORE_PEER_TLS_ENABLED": "False"}
    assert read(["--peer.address", "h:1"], env).tls is None
    del env["CORE_PEER_TLS_ENABLED"]
    assert read(["--peer.address", "h:1", "--chaincode-tls-disabled"], env).tls is None


def test_nodes_options_serve(files):
    words = ["--chaincode-address", "127.0.0.1:9999", "--chaincode-id", "parcels:ab"]
    for kind, suffix in (("file", "pem"), ("path", "b64")):
        given = paths(
            files,
            **{
                f"--chaincode-tls-key-{kind}": f"key.{suffix}",
                f"--chaincode-tls-cert-{kind}": f"cert.{suffix}",
                f"--chaincode-tls-client-cacert-{kind}": f"ca.{suffix}",
            },
        )
        found = read([*words, *(word for pair in given.items() for word in pair)])
        assert found.tls.context().verify_mode is ssl.CERT_REQUIRED
        assert found.server.chaincodes[0].address == "127.0.0.1:9999"


def test_an_option_wins_over_what_the_environment_says(files):
    env = paths(
        files,
        CHAINCODE_TLS_KEY="junk",
        CHAINCODE_TLS_CERT="junk",
        CORE_TLS_CLIENT_KEY_FILE="junk",
    ) | {
        "CHAINCODE_SERVER_ADDRESS": "h:1",
        "CHAINCODE_ID": "other:1",
        "CORE_PEER_TLS_ENABLED": "false",
        "CHAINCODE_TLS_DISABLED": "true",
    }
    found = read(
        [
            "--chaincode-address=h:2",
            "--chaincode-id-name=mine:2",
            f"--chaincode-tls-key-path={files / 'key.b64'}",
            f"--chaincode-tls-cert-path={files / 'cert.b64'}",
            "--chaincode-name=wares",
            "--execute-seconds=7",
            "--drain-seconds=3",
        ],
        env,
    )
    (chaincode,) = found.server.chaincodes
    assert (chaincode.address, chaincode.package_id) == ("h:2", "mine:2")
    assert chaincode.name == chaincode.shown == "wares"
    assert (found.server.execute_seconds, found.server.drain_seconds) == (7.0, 3.0)
    assert found.tls.context().verify_mode is ssl.CERT_NONE


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--chaincode-address", "h:1", "--peer.address", "h:2"], "not both"),
        (["--chaincode-tls-disabled", "--chaincode-tls-key-file", "k"], "not both"),
        (["--chaincode-tls-key-file", "a", "--chaincode-tls-key-path", "b"], "not both"),
        (["--chaincode-id", "a:1", "--chaincode-id-name", "b:1"], "not both"),
        ([], "set CHAINCODE_ID"),
        (["--chaincode-id", "a:1"], "set CHAINCODE_SERVER_ADDRESS"),
        (["--chaincode-id", "a:1", "--chaincode-address", "h:1"], "set CHAINCODE_TLS_KEY"),
        (
            ["--chaincode-id=a:1", "--chaincode-address=h", "--chaincode-tls-disabled"],
            "is no address",
        ),
    ],
)
def test_options_that_do_not_fit(words, text):
    with pytest.raises(ConfigError, match=text):
        read(words)


def test_a_configuration_file_takes_no_options(tmp_path):
    parser = argparse.ArgumentParser()
    add_options(parser)
    given = parser.parse_args(["--chaincode-id", "a:1"])
    with pytest.raises(ConfigError, match="a whole configuration"):
        settings([str(tmp_path / "server.json")], given, {})


@pytest.mark.parametrize("name", ["CHAINCODE_ID", "CORE_CHAINCODE_ID_NAME", "CORE_CHAINCODE_ID"])
def test_every_name_of_the_packages_id(name):
    env = {name: "a:1", "CHAINCODE_SERVER_ADDRESS": "h:1", "CHAINCODE_TLS_DISABLED": "1"}
    found = from_environment([CONTRACT, "other:Class"], env)
    (chaincode,) = found.server.chaincodes
    assert (chaincode.package_id, chaincode.classes) == ("a:1", (CONTRACT, "other:Class"))


def test_health_is_asked_for_by_a_variable(files):
    env = {
        "CHAINCODE_ID": "a:1",
        "CHAINCODE_SERVER_ADDRESS": "h:1",
        "CHAINCODE_OPERATIONS_ADDRESS": "h:2",
    } | paths(files, CHAINCODE_TLS_KEY="key.pem", CHAINCODE_TLS_CERT="cert.pem")
    found = from_environment(CONTRACT, env)
    assert found.server.operations.open_health
    assert found.operations_tls is found.tls


def test_files_that_hold_no_pem(files):
    env = calling_environment(
        files, CORE_TLS_CLIENT_KEY_FILE="", CORE_TLS_CLIENT_KEY_PATH=str(files / "junk")
    )
    with pytest.raises(ConfigError, match=r"neither PEM nor base64|no pair in PEM"):
        read(["--peer.address", "h:1"], env).tls.client_context()
