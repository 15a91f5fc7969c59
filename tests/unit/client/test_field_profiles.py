"""Connection profiles as fabric-network, fabric-sdk-py and the Go SDK wrote them."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

import weftwork
from tests.unit.client.fake_gateway import FakeGateway
from tests.unit.client.people import server_tls, user
from weftwork.ca import CertificateAuthority
from weftwork.client_tls import ClientCertificate, throwaway
from weftwork.connection import bound_to, channel_options, credentials_for, options_for
from weftwork.errors import ProfileError, UnknownUserError
from weftwork.options import Options
from weftwork.profile import Profile, load_profile, read_profile

PEM = server_tls().certificate.decode()


def profile(content: dict[str, Any], folder: Path, organization: str | None = None) -> Profile:
    return read_profile(content, source="p.json", folder=folder, organization=organization)


def fabric_network() -> dict[str, Any]:
    """As fabric-samples' test-network makes it, with what older networks had besides."""
    return {
        "name": "test-network-org1",
        "version": "1.0.0",
        "client": {
            "organization": "Org1",
            "connection": {"timeout": {"peer": {"endorser": "300"}, "orderer": "7"}},
        },
        "channels": {
            "mychannel": {
                "orderers": ["orderer.example.com"],
                "peers": {"peer0.org1.example.com": {"endorsingPeer": True, "discover": True}},
            },
            "other": {"peers": ["peer0.org1.example.com", "peer0.org2.example.com"]},
        },
        "organizations": {
            "Org1": {
                "mspid": "Org1MSP",
                "peers": ["peer0.org1.example.com"],
                "certificateAuthorities": ["ca.org1.example.com"],
            },
            "Org2": {"mspid": "Org2MSP", "peers": ["peer0.org2.example.com"]},
        },
        "orderers": {
            "_default": {"grpcOptions": {"grpc.keepalive_time_ms": 1}},
            "orderer.example.com": {
                "url": "grpcs://localhost:7050",
                "tlsCACerts": {"pem": PEM},
                "grpcOptions": {"ssl-target-name-override": "orderer.example.com"},
            },
        },
        "peers": {
            "peer0.org1.example.com": {
                "url": "grpcs://localhost:7051",
                "tlsCACerts": {"pem": PEM},
                "grpcOptions": {
                    "ssl-target-name-override": "peer0.org1.example.com",
                    "hostnameOverride": "peer0.org1.example.com",
                    "grpc.keepalive_time_ms": 600000,
                    "grpc.keepalive_permit_without_calls": True,
                    "request-timeout": 5000,
                },
            },
            "peer0.org2.example.com": {"url": "grpcs://localhost:9051", "tlsCACerts": {"pem": PEM}},
        },
        "certificateAuthorities": {
            "ca.org1.example.com": {
                "url": "https://localhost:7054",
                "caName": "ca-org1",
                "tlsCACerts": {"pem": [PEM]},
                "httpOptions": {"verify": False},
                "registrar": [{"enrollId": "admin", "enrollSecret": "adminpw"}],
            },
            "ca.org2.example.com": {"url": "https://localhost:8054"},
        },
    }


def test_a_profile_of_fabric_network(tmp_path: Path) -> None:
    found = profile(fabric_network(), tmp_path)
    assert (found.organization, found.mspid) == ("Org1", "Org1MSP")
    assert found.channels == {
        "mychannel": ("peer0.org1.example.com",),
        "other": ("peer0.org1.example.com", "peer0.org2.example.com"),
    }
    assert [orderer.name for orderer in found.orderers] == ["orderer.example.com"]
    assert found.orderer().target == "localhost:7050"
    assert found.orderer("orderer.example.com").server_name == "orderer.example.com"
    authority = found.certificate_authority()
    assert [ca.name for ca in found.certificate_authorities] == ["ca.org1.example.com"]
    assert (authority.url, authority.ca_name) == ("https://localhost:7054", "ca-org1")
    assert authority.roots is not None
    assert (authority.registrar, authority.registrar_secret) == ("admin", "adminpw")
    assert "adminpw" not in repr(found)
    with pytest.raises(ProfileError, match=r"no orderer 'x'; it lists orderer\.example\.com"):
        found.orderer("x")
    with pytest.raises(ProfileError, match="no certificate authority 'x'; it lists ca"):
        found.certificate_authority("x")


def test_its_timeouts_and_grpc_options_hold(tmp_path: Path) -> None:
    found = profile(fabric_network(), tmp_path)
    options = options_for(found)
    assert (options.evaluate.timeout, options.endorse.timeout) == (300, 300)
    assert options.submit.timeout == 7
    assert options.commit_status == Options().commit_status
    made = dict(channel_options(found.peer(), options))
    assert made["grpc.keepalive_time_ms"] == 600000
    assert made["grpc.keepalive_permit_without_calls"] == 1
    assert made["grpc.ssl_target_name_override"] == "peer0.org1.example.com"
    assert "request-timeout" not in made
    content = fabric_network()
    content["client"]["connection"]["timeout"]["orderer"] = "soon"
    with pytest.raises(ProfileError, match=r"timeout\.orderer: 'soon' must be seconds"):
        profile(content, tmp_path)


def test_another_department_may_be_meant(tmp_path: Path) -> None:
    for name in ("Org2", "Org2MSP"):
        found = profile(fabric_network(), tmp_path, name)
        assert (found.organization, found.mspid) == ("Org2", "Org2MSP")
        assert found.peer().name == "peer0.org2.example.com"
    with pytest.raises(ProfileError, match="Org3: is missing; it lists Org1, Org2: name one"):
        profile(fabric_network(), tmp_path, "Org3")
    content = fabric_network()
    content["organizations"]["Org1"]["certificateAuthorities"] = ["none"]
    with pytest.raises(ProfileError, match=r"certificateAuthorities\.none: is missing, Org1 lists"):
        profile(content, tmp_path)


def test_a_profile_of_fabric_sdk_py(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses without a scheme, paths from where the process runs, users within."""
    (tmp_path / "run" / "crypto").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "run")
    (Path("crypto") / "ca.pem").write_text(PEM)
    admin, clerk, tls = user("Org1MSP", "admin"), user("Org1MSP", "clerk"), throwaway()
    for name, written in {
        "admin.pem": admin.identity.certificate,
        "admin_sk": admin.private_key,
        "tls.pem": tls.certificate,
        "tls.key": tls.key,
    }.items():
        (Path("crypto") / name).write_bytes(written)

    def coded(pem: bytes) -> dict[str, str]:
        return {"pem": base64.b64encode(pem).decode()}

    content: dict[str, Any] = {
        "client": {"organization": "Org1MSP", "credentialStore": {"path": "hfc-kvs"}},
        "organizations": {
            "orderer.example.com": {"mspid": "OrdererMSP", "orderers": ["o"]},
            "org1.example.com": {
                "mspid": "Org1MSP",
                "peers": ["peer0.org1.example.com"],
                "users": {
                    "Admin": {"cert": "crypto/admin.pem", "private_key": "crypto/admin_sk"},
                    "User1": {
                        "cert": coded(clerk.identity.certificate),
                        "private_key": coded(clerk.private_key),
                    },
                    "Broken": {"cert": "crypto/none.pem", "private_key": "crypto/admin_sk"},
                    "Mixed": {"cert": "crypto/admin.pem", "private_key": "crypto/tls.key"},
                },
            },
        },
        "orderers": {"o": {"url": "localhost:7050", "tlsCACerts": {"path": "crypto/ca.pem"}}},
        "peers": {
            "peer0.org1.example.com": {
                "url": "localhost:7051",
                "eventUrl": "localhost:7053",
                "grpcOptions": {"grpc.ssl_target_name_override": "peer0.org1.example.com"},
                "tlsCACerts": {"path": "crypto/ca.pem"},
                "clientKey": {"path": "crypto/tls.key"},
                "clientCert": {"path": "crypto/tls.pem"},
            }
        },
        "certificateAuthorities": {"ca-org1": {"url": "https://localhost:7054"}},
    }
    (tmp_path / "network.json").write_text(json.dumps(content))
    found = load_profile(tmp_path / "network.json")
    peer = found.peer()
    assert (found.organization, found.mspid) == ("org1.example.com", "Org1MSP")
    assert (peer.target, peer.roots) == ("localhost:7051", PEM.encode())
    assert peer.client == tls
    assert found.orderer().target == "localhost:7050"
    assert found.wallet == tmp_path / "hfc-kvs"
    assert found.certificate_authority().name == "ca-org1"
    assert found.users == ("Admin", "User1", "Broken", "Mixed")
    assert found.user("Admin").private_key == admin.private_key
    assert found.user("User1").identity == clerk.identity
    with weftwork.connect(found, "User1") as gateway:
        assert gateway.identity == clerk.identity
    with pytest.raises(ProfileError, match=r"Broken\.cert\.path: cannot be read"):
        found.user("Broken")
    with pytest.raises(ProfileError, match="user Mixed: private key does not belong"):
        found.user("Mixed")
    with pytest.raises(UnknownUserError, match="no user 'none'; it holds Admin, User1"):
        found.user("none")
    content["peers"]["peer0.org1.example.com"]["tlsCACerts"] = {}
    with pytest.raises(ProfileError, match="must be grpcs://host:port"):
        profile(content, tmp_path)


def test_the_go_sdk_s_client_certificate_and_admin(tmp_path: Path) -> None:
    content = fabric_network()
    tls, admin = throwaway(), user("Org1MSP", "admin")
    (tmp_path / "client.pem").write_bytes(tls.certificate)
    (tmp_path / "client.key").write_bytes(tls.key)
    pair = {"key": {"path": "client.key"}, "cert": {"path": "client.pem"}}
    content["client"]["tlsCerts"] = {"client": pair}
    content["organizations"]["Org1"] |= {
        "adminPrivateKey": {"pem": admin.private_key.decode()},
        "signedCert": {"pem": admin.identity.certificate.decode()},
    }
    content["certificateAuthorities"]["ca.org1.example.com"] |= {
        "tlsCACerts": {"pem": PEM, "client": pair},
        "registrar": {"enrollId": "admin", "enrollSecret": "adminpw"},
    }
    found = profile(content, tmp_path)
    assert found.peer().client == found.orderer().client == tls
    assert found.user("admin").identity == admin.identity
    authority = found.certificate_authority()
    assert (authority.client_key, authority.registrar) == (tmp_path / "client.key", "admin")
    with CertificateAuthority.from_profile(found) as connected:
        assert (connected.address, connected.mspid) == ("localhost:7054", "Org1MSP")
    pair["key"] = {"path": "none.key"}
    with pytest.raises(ProfileError, match=r"client\.key\.path: cannot be read"):
        profile(content, tmp_path)
    (tmp_path / "none.key").write_bytes(throwaway().key)
    with pytest.raises(ProfileError, match=r"client\.tlsCerts\.client: TLS client key does not"):
        profile(content, tmp_path)


def test_messages_are_bound_to_the_certificate_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = fabric_network()
    tls = throwaway()
    pair = {"key": {"pem": tls.key.decode()}, "cert": {"pem": tls.certificate.decode()}}
    content["client"]["tlsCerts"] = {"client": pair}
    found = profile(content, tmp_path)
    assert bound_to(found.peers, Options()).tls_certificate_hash == tls.hash
    own = Options(tls_certificate_hash=b"mine")
    assert bound_to(found.peers, own) is own
    shown: list[tuple[bytes | None, ...]] = []

    def credentials(*arguments: bytes | None) -> object:
        shown.append(arguments)
        return object()

    monkeypatch.setattr(grpc, "ssl_channel_credentials", credentials)
    credentials_for(found.peer())
    assert shown == [(PEM.encode(), tls.key, tls.certificate)]
    other = throwaway()
    content["peers"]["peer0.org2.example.com"] |= {
        "clientKey": {"pem": other.key.decode()},
        "clientCert": {"pem": other.certificate.decode()},
    }
    found = profile(content, tmp_path)
    with pytest.raises(ProfileError, match="show them one"):
        bound_to((*found.peers, *found.others), Options())


@pytest.fixture
def mutual(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[FakeGateway, ClientCertificate]]:
    """A peer that demands a TLS client certificate, and the one that it accepts."""
    tls = throwaway()
    real: Any = grpc.ssl_server_credentials

    def demanding(pairs: object) -> object:
        return real(pairs, tls.certificate, require_client_auth=True)

    monkeypatch.setattr(grpc, "ssl_server_credentials", demanding)
    peer = FakeGateway()
    peer.bind()
    peer.start()
    yield peer, tls
    peer.stop()


def test_a_peer_that_demands_mutual_tls_is_connected_to_by_the_profile(
    mutual: tuple[FakeGateway, ClientCertificate], tmp_path: Path
) -> None:
    peer, tls = mutual
    peer.functions["f"] = lambda call: b"done"
    content = fabric_network()
    content["peers"]["peer0.org1.example.com"] |= {
        "url": f"grpcs://127.0.0.1:{peer.port}",
        "grpcOptions": {"ssl-target-name-override": "localhost"},
    }
    pair = {"key": {"pem": tls.key.decode()}, "cert": {"pem": tls.certificate.decode()}}
    content["client"]["tlsCerts"] = {"client": pair}
    found = profile(content, tmp_path)
    with weftwork.connect(found, user("Org1MSP")) as gateway:
        contract = gateway.network("crosswork").contract("c")
        assert contract.evaluate("f") == b"done"
    del content["client"]["tlsCerts"]
    bare = profile(content, tmp_path)
    with (
        weftwork.connect(bare, user("Org1MSP")) as gateway,
        pytest.raises(weftwork.EvaluateError, match="UNAVAILABLE"),
    ):
        gateway.network("crosswork").contract("c").evaluate("f", timeout=5)
