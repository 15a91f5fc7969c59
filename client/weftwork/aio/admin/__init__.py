"""Administration from code: packages, chaincode definitions, channels, orderers."""

from weftwork.aio.admin.lifecycle import Lifecycle
from weftwork.aio.admin.participation import ChannelParticipation
from weftwork.aio.admin.peer import PeerAdmin
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
