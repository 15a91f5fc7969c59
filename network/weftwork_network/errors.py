"""What can go wrong with a network, as typed errors whose text says where and what to do.

NetworkError
├── DefinitionError      network.yaml or configtx.yaml is wrong: every fault at once
├── PreflightError       the machine is not ready: ports, programs, certificates
├── ProgramError         Fabric's programs cannot be found or built
├── StateError           the disk is full or refuses, or the state folder is damaged
├── LockedError          another command is at work on the same network
├── NodeError            a node died or does not answer, with its last log lines
├── EngineError          the container engine does not answer or refuses
├── ImageError           an image is missing or cannot be built
├── BundleError          a bundle for a site without a network cannot be made
├── NotReadyError        the network did not become ready in time
└── DeployError          a chaincode could not be deployed
"""

from collections.abc import Sequence

from weftwork.errors import WeftworkError
from weftwork_network.faults import Fault


class NetworkError(WeftworkError):
    """Any failure of the network tool; its text is made to be shown as it is."""


class DefinitionError(NetworkError, ValueError):
    """The files that describe the network are wrong.

    Attributes:
        faults: every fault that was found, in the order of the files' lines.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class PreflightError(NetworkError, RuntimeError):
    """Something on this machine keeps the network from starting.

    Attributes:
        findings: one line each, every one with what to do.
    """

    def __init__(self, findings: Sequence[str]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(self.findings))


class ProgramError(NetworkError, RuntimeError):
    """Fabric's programs, or the Go that builds them, cannot be had."""


class StateError(NetworkError, RuntimeError):
    """The state folder cannot be read or written, or holds what it must not."""


class LockedError(NetworkError, RuntimeError):
    """Another command is at work on the same network."""


class NodeError(NetworkError, RuntimeError):
    """A node died or refused what it was asked.

    Attributes:
        node: the node's name, e.g. `energy-peer0`.
        log: the last lines of its log.
    """

    def __init__(self, node: str, reason: str, log: Sequence[str] = ()) -> None:
        self.node = node
        self.log = tuple(log)
        text = f"{node}: {reason}"
        if self.log:
            text += "\n" + "\n".join(f"    {line}" for line in self.log)
        super().__init__(text)


class EngineError(NetworkError, RuntimeError):
    """The container engine does not answer, or refuses what it was asked."""


class ImageError(NetworkError, RuntimeError):
    """A container image is missing or cannot be built."""


class BundleError(NetworkError, RuntimeError):
    """What a site without a network needs cannot be packed."""


class NotReadyError(NetworkError, TimeoutError):
    """The network started but did not become ready within its time."""


class DeployError(NetworkError, RuntimeError):
    """A chaincode could not be installed, approved, committed or served."""
