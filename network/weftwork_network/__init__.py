"""The operator's tool: a network of departments described by one file, run on this machine."""

from weftwork_network.errors import (
    DefinitionError,
    DeployError,
    LockedError,
    NetworkError,
    NodeError,
    NotReadyError,
    PreflightError,
    ProgramError,
)
from weftwork_network.network import Network, UpResult
from weftwork_network.progress import Progress
from weftwork_network.status import NetworkStatus, NodeStatus

__all__ = [
    "DefinitionError",
    "DeployError",
    "LockedError",
    "Network",
    "NetworkError",
    "NetworkStatus",
    "NodeError",
    "NodeStatus",
    "NotReadyError",
    "PreflightError",
    "ProgramError",
    "Progress",
    "UpResult",
]
