"""Administration from code: packages, chaincode definitions, channels, orderers, discovery."""

from weftwork.aio.admin.discovery import Discovery
from weftwork.aio.admin.lifecycle import Lifecycle
from weftwork.aio.admin.orderer import Orderer
from weftwork.aio.admin.participation import ChannelParticipation
from weftwork.aio.admin.peer import PeerAdmin
from weftwork.aio.admin.updates import sign_update
from weftwork.client_tls import ClientCertificate
from weftwork.config_update import ConfigSignature, ConfigUpdate
from weftwork.definition import (
    Approval,
    ChaincodeDefinition,
    Collection,
    CommittedDefinition,
    InstalledChaincode,
    Readiness,
)
from weftwork.discovery import ChaincodeCall, DiscoveredConfig, DiscoveredPeer, Endorsers
from weftwork.orderers import OrdererChannel
from weftwork.packaging import (
    ChaincodePackage,
    package_chaincode,
    package_folder,
    package_id,
    package_label,
    read_package,
)
from weftwork.rest import ClientTls
from weftwork.snapshots import JoinStatus

__all__ = [
    "Approval",
    "ChaincodeCall",
    "ChaincodeDefinition",
    "ChaincodePackage",
    "ChannelParticipation",
    "ClientCertificate",
    "ClientTls",
    "Collection",
    "CommittedDefinition",
    "ConfigSignature",
    "ConfigUpdate",
    "DiscoveredConfig",
    "DiscoveredPeer",
    "Discovery",
    "Endorsers",
    "InstalledChaincode",
    "JoinStatus",
    "Lifecycle",
    "Orderer",
    "OrdererChannel",
    "PeerAdmin",
    "Readiness",
    "package_chaincode",
    "package_folder",
    "package_id",
    "package_label",
    "read_package",
    "sign_update",
]
