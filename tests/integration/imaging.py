"""The images that a test's network needs, built where it is containers and they are missing."""

import os

from weftwork_network import Network
from weftwork_network.choice import VARIABLE
from weftwork_network.images import build_network_images
from weftwork_network.progress import Silent


def with_images(network: Network) -> Network:
    """The network, which may be started now on the back end that the tests run on."""
    if os.environ[VARIABLE] == "container":
        build_network_images(network.topology, network.project.folder, Silent())
    return network
