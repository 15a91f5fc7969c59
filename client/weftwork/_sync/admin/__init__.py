"""Administration from code: packages, chaincode definitions, channels, orderers, discovery."""

# Generated from weftwork/aio/admin/__init__.py by scripts/unasync.py: change that one.

from weftwork._sync.admin.discovery import Discovery
from weftwork._sync.admin.lifecycle import Lifecycle
from weftwork._sync.admin.orderer import Orderer
from weftwork._sync.admin.participation import ChannelParticipation
from weftwork._sync.admin.peer import PeerAdmin
from weftwork._sync.admin.updates import sign_update
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
