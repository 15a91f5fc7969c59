"""What the container images are called and where things lie in them.

A name tells what is inside, so that an image that is there is the right one.
"""

import hashlib
from dataclasses import dataclass

from weftwork_network.packages import VERSION_DIGITS, Package
from weftwork_network.releases import RELEASES, data_folder

USER = 65532
"""Who runs in the images unless a container is started as somebody else."""

DATA = "/var/hyperledger/production"
"""Where a node's volume is; Fabric's own place for it."""

BUILDER = "/opt/weftwork/builder"
CODE = "/opt/weftwork/code"
PACKAGES = "/opt/weftwork/packages"
HEALTH = "/usr/bin/health"
FABRIC_CONFIG = "/etc/hyperledger/fabric"

_PREFIX = "weftwork"
_DIGITS = 8


@dataclass(frozen=True)
class ImageNames:
    """The images of one release of Fabric.

    Attributes:
        peer: peer, our health check and builder, stock core.yaml.
        orderer: orderer, our health check, stock orderer.yaml.
        python: Debian's Python, nothing else.
        runtime: that and the pinned packages that chaincode runs on.
    """

    peer: str
    orderer: str
    python: str
    runtime: str

    @property
    def base(self) -> tuple[str, ...]:
        """What must be there before a network can start in containers."""
        return (self.peer, self.orderer, self.runtime)

    def chaincode(self, package: Package) -> str:
        """A chaincode's own image: its code and the runtime that it was approved with."""
        name = package.chaincode.name.lower()
        runtime = self.runtime.rpartition(":")[2]
        return f"{_PREFIX}/chaincode-{name}:{package.code_sha256[:VERSION_DIGITS]}-{runtime}"


def image_names(line: str) -> ImageNames:
    """The images of a line of Fabric's releases."""
    version = RELEASES[line].version
    tool = tool_digest()[:_DIGITS]
    packages = hashlib.sha256((requirements() + tool_digest()).encode()).hexdigest()[:_DIGITS]
    return ImageNames(
        peer=f"{_PREFIX}/peer:{version}-{tool}",
        orderer=f"{_PREFIX}/orderer:{version}-{tool}",
        python=f"{_PREFIX}/python:3.11-bookworm",
        runtime=f"{_PREFIX}/chaincode:{packages}",
    )


def tool_digest() -> str:
    """Tells one version of the program inside the images from another."""
    digest = hashlib.sha256()
    for name in tool_sources():
        digest.update(name.encode() + b"\0")
        digest.update((data_folder() / "container" / name).read_bytes())
    return digest.hexdigest()


def tool_sources() -> tuple[str, ...]:
    """The files of the program inside the images."""
    return ("go.mod", "main.go", "health.go", "builder.go")


def requirements() -> str:
    """The pinned packages that chaincode runs on, as pip reads them."""
    return (data_folder() / "container" / "requirements.txt").read_text(encoding="utf-8")
