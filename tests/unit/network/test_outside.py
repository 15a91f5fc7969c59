"""What comes from outside or is seen from there: others' images by exact names, an address."""

import pytest
from cryptography import x509

from weftwork_network.certificates import CertificateStore, load_certificate
from weftwork_network.errors import DefinitionError
from weftwork_network.preflight import publish_findings
from weftwork_network.profiles import write_profiles
from weftwork_network.project import open_project
from weftwork_network.state import State

DIGEST = "sha256:" + "0f" * 32


def opened(change, folder, line: str):
    change("base_port: 24000", f"{line}\nbase_port: 24000")
    return open_project(folder)


def test_images_are_built_unless_others_are_named(project, folder, change) -> None:
    assert project.topology.images.peer == ""
    images = opened(change, folder, "images: official").topology.images
    assert images.peer == "hyperledger/fabric-peer:3.1.1"
    assert images.orderer == "hyperledger/fabric-orderer:3.1.1"
    assert images.ca == "hyperledger/fabric-ca:1.5.21"


@pytest.mark.parametrize(
    "name",
    [
        "hyperledger/fabric-peer:3.1.3",
        "registry.example:5000/fabric/peer:amd64-3.1.1",
        f"hyperledger/fabric-peer@{DIGEST}",
        f"hyperledger/fabric-peer:latest@{DIGEST}",
    ],
)
def test_an_image_is_named_exactly(folder, change, name: str) -> None:
    images = opened(change, folder, f"images: {{peer: '{name}'}}").topology.images
    assert (images.peer, images.orderer) == (name, "")


@pytest.mark.parametrize(
    "name",
    ["peer", "peer:latest", "peer:3", "peer:3.1", "host:5000/peer", "peer:3.1.1.latest"],
)
def test_a_name_that_may_move_is_refused(folder, change, name: str) -> None:
    with pytest.raises(DefinitionError, match=f"'{name}' names no exact version"):
        opened(change, folder, f"images: {{orderer: '{name}'}}")


@pytest.mark.parametrize("name", ["Peer:3.1.1", "peer 3.1.1", "peer:3.1.1@sha256:12", "-x:3.1.1"])
def test_what_names_no_image_is_refused(folder, change, name: str) -> None:
    with pytest.raises(DefinitionError, match="is no image's name"):
        opened(change, folder, f"images: {{ca: '{name}'}}")


@pytest.mark.parametrize("address", ["0.0.0.0", "host", "1.2.3", "::1", "224.0.0.1"])
def test_only_an_address_of_its_own_is_published(folder, change, address: str) -> None:
    with pytest.raises(DefinitionError, match=r"publish|address"):
        opened(change, folder, f"publish: '{address}'")


def test_a_published_address_stands_in_certificates_and_profiles(folder, change) -> None:
    project = opened(change, folder, "publish: 192.0.2.7")
    state, topology = State(project.state_folder), project.topology
    CertificateStore(state).ensure(topology)
    write_profiles(state, topology)
    for node in topology.peers:
        certificate = load_certificate(state.node(node) / "tls" / "server.crt")
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        addresses = {str(each) for each in names.get_values_for_type(x509.IPAddress)}
        assert addresses == {"127.0.0.1", "192.0.2.7"}
    energy = topology.member("Energy")
    port = energy.peers[0].ports["listen"]
    assert f"grpcs://192.0.2.7:{port}" in state.profile(energy).read_text()


def test_processes_publish_nothing(project, folder, change) -> None:
    assert not list(publish_findings(project))
    (finding,) = publish_findings(opened(change, folder, "publish: 192.0.2.7"))
    assert "network.yaml:" in finding
    assert "only containers" in finding
