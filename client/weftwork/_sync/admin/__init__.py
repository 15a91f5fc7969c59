"""Administration from code: packages, chaincode definitions, channels, orderers."""

# Generated from weftwork/aio/admin/__init__.py by scripts/unasync.py: change that one.

from weftwork._sync.admin.lifecycle import Lifecycle
from weftwork._sync.admin.participation import ChannelParticipation
from weftwork._sync.admin.peer import PeerAdmin
from weftwork.definition import (
    Approval,
    ChaincodeDefinition,
    Collection,
    CommittedDefinition,
    InstalledChaincode,
)
from weftwork.orderers import OrdererChannel
from weftwork.packaging import package_chaincode, package_id, package_label
from weftwork.rest import ClientTls

__all__ = [
    "Approval",
    "ChaincodeDefinition",
    "ChannelParticipation",
    "ClientTls",
    "Collection",
    "CommittedDefinition",
    "InstalledChaincode",
    "Lifecycle",
    "OrdererChannel",
    "PeerAdmin",
    "package_chaincode",
    "package_id",
    "package_label",
]
