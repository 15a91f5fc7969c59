"""What the container images are called and where things lie in them.

A name tells what is inside, so that an image that is there is the right one.
"""

import hashlib
from dataclasses import dataclass

from weftwork_network.packages import version_of
from weftwork_network.releases import CA_RELEASE, RELEASES, data_folder
from weftwork_network.topology import Topology

USER = 65532
"""Who runs in the images unless a container is started as somebody else."""

DATA = "/var/hyperledger/production"
"""Where a node's volume is; Fabric's own place for it."""

BUILDER = "/opt/weftwork/builder"
CODE = "/opt/weftwork/code"
PACKAGES = "/opt/weftwork/packages"
HEALTH = "/usr/bin/health"
FABRIC_CONFIG = "/etc/hyperledger/fabric"

TOOLS = "/opt/weftwork/tools"
"""Where what others' images lack is mounted: our health check, our builder."""

CA_CONFIG = "fabric-ca-server-config.yaml"
"""What a Fabric CA reads its configuration from: in its home, which is its volume."""

_PREFIX = "weftwork"
_DIGITS = 8


@dataclass(frozen=True)
class Layout:
    """Where things lie in a node's image.

    Attributes:
        data: where its volume is mounted.
        builder: a peer's external builder.
        health: the health check.
        entrypoint: what starts the node; empty where the image knows.
        ours: whether the image was built here, with all of it inside.
    """

    data: str = DATA
    builder: str = BUILDER
    health: str = HEALTH
    entrypoint: tuple[str, ...] = ()
    ours: bool = True


# A new volume takes owner and mode from the place in the image that it is mounted on. The official
# images have none made for it, so that it would be root's; everybody may write to their /var/tmp.
_THEIR_DATA = "/var/tmp"  # noqa: S108 - a volume is there

_ENTRYPOINTS = {
    "peer": ("peer", "node", "start"),
    "orderer": ("orderer",),
    "ca": ("fabric-ca-server", "start", "--home", _THEIR_DATA),
}


@dataclass(frozen=True)
class ImageNames:
    """The images of a network.

    Attributes:
        peer: peer, our health check and builder, stock core.yaml.
        orderer: orderer, our health check, stock orderer.yaml.
        ca: fabric-ca-server and our health check; empty where no department has a Fabric CA.
        python: Debian's Python, nothing else.
        runtime: that and the pinned packages that chaincode runs on.
        others: the kinds of nodes whose image was made elsewhere, in the layout of the official.
    """

    peer: str
    orderer: str
    ca: str
    python: str
    runtime: str
    others: frozenset[str] = frozenset()

    @property
    def base(self) -> tuple[str, ...]:
        """What must be there before a network can start in containers."""
        return (self.peer, self.orderer, *([self.ca] if self.ca else []), self.runtime)

    def of(self, kind: str) -> str:
        """The image of a kind of node: ca, peer or orderer."""
        return {"peer": self.peer, "orderer": self.orderer, "ca": self.ca}[kind]

    def layout(self, kind: str) -> Layout:
        """Where things lie in that image."""
        if kind not in self.others:
            return Layout()
        return Layout(
            data=_THEIR_DATA,
            builder=f"{TOOLS}/builder",
            health=f"{TOOLS}/health",
            entrypoint=_ENTRYPOINTS[kind],
            ours=False,
        )

    def chaincode(self, name: str, code_sha256: str) -> str:
        """A chaincode's own image: its code and the runtime that it was approved with."""
        runtime = self.runtime.rpartition(":")[2]
        return f"{_PREFIX}/chaincode-{name.lower()}:{version_of(code_sha256)}-{runtime}"


def image_names(topology: Topology) -> ImageNames:
    """The images that a network needs."""
    version = RELEASES[topology.fabric].version
    tool = tool_digest()[:_DIGITS]
    packages = hashlib.sha256((requirements() + tool_digest()).encode()).hexdigest()[:_DIGITS]
    elsewhere = topology.images
    ca = elsewhere.ca or f"{_PREFIX}/ca:{CA_RELEASE.version}-{tool}"
    named = {"peer": elsewhere.peer, "orderer": elsewhere.orderer, "ca": elsewhere.ca}
    return ImageNames(
        peer=elsewhere.peer or f"{_PREFIX}/peer:{version}-{tool}",
        orderer=elsewhere.orderer or f"{_PREFIX}/orderer:{version}-{tool}",
        ca=ca if topology.authorities else "",
        python=f"{_PREFIX}/python:3.11-bookworm",
        runtime=f"{_PREFIX}/chaincode:{packages}",
        others=frozenset(kind for kind, name in named.items() if name),
    )


def tools_name(topology: Topology) -> str:
    """The folder of what others' images lack: a name for each content."""
    return f"{topology.fabric}-{tool_digest()[:_DIGITS]}"


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
