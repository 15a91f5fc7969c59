"""A channel's configuration decoded: who takes part, by which policies, and who orders.

What is typed here is what the channel's members agreed on; every group, value and policy is there
too as it stands (``ChannelConfig.group``). Messages: Fabric's ``common/configtx.proto``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError
from weftwork.ledger.members import Member, member_of
from weftwork.ledger.msps import Msp, decode_msp
from weftwork.ledger.ordering import Ordering, decode_ordering
from weftwork.ledger.policies import Policy, decode_policy
from weftwork_protos import acls_pb2, common_pb2, configtx_pb2

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ConfigValue:
    """A value of the configuration, serialized as its name says."""

    content: bytes
    version: int
    mod_policy: str


@dataclass(frozen=True, slots=True)
class ConfigPolicy:
    """A policy of the configuration."""

    policy: Policy
    version: int
    mod_policy: str


@dataclass(frozen=True, slots=True)
class ConfigGroup:
    """A group of the configuration, as it stands."""

    version: int
    mod_policy: str
    groups: "Mapping[str, ConfigGroup]"
    values: Mapping[str, ConfigValue]
    policies: Mapping[str, ConfigPolicy]

    def policy(self, path: str) -> Policy | None:
        """The policy at a path beneath this group, such as ``Orderer/BlockValidation``."""
        first, _, rest = path.partition("/")
        if rest:
            group = self.groups.get(first)
            return group.policy(rest) if group else None
        found = self.policies.get(first)
        return found.policy if found else None


@dataclass(frozen=True, slots=True)
class Organization:
    """A department on the channel, in the application's group or in the orderers'."""

    name: str
    """Its name in the configuration, often but not always the MSP id."""
    mspid: str
    msp: Msp | None
    """None: it has none, or one that is not X.509, and then ``mspid`` is empty."""
    anchor_peers: tuple[str, ...]
    """``host:port`` of the peers that other departments' peers may speak to."""
    endpoints: tuple[str, ...]
    """``host:port`` of its orderers, in the orderers' group."""
    policies: Mapping[str, Policy]


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """A channel's configuration."""

    sequence: int
    """0 in the channel's first block, one more with every update."""
    capabilities: tuple[str, ...]
    application_capabilities: tuple[str, ...]
    orderer_capabilities: tuple[str, ...]
    policies: Mapping[str, Policy]
    """Of the channel, its application and its orderers, by paths such as
    ``/Channel/Application/Endorsement``."""
    applications: tuple[Organization, ...]
    """The departments whose peers keep the ledger, by name."""
    orderers: tuple[Organization, ...]
    """The departments whose orderers order, by name."""
    ordering: Ordering | None
    acls: Mapping[str, str]
    """Names of a peer's calls to paths of policies, where they are not Fabric's own."""
    hashing_algorithm: str
    orderer_addresses: tuple[str, ...]
    """Of the whole channel, as Fabric 1 and 2 had them."""
    consortium: str
    group: ConfigGroup
    """All of it, as it stands."""

    def msps(self) -> tuple[Msp, ...]:
        """Every department's MSP, each MSP id once; where both groups name one it is the same.

        Fabric refuses a configuration whose groups differ in that.
        """
        every = (*self.applications, *self.orderers)
        return tuple({found.mspid: found.msp for found in every if found.msp is not None}.values())


@dataclass(frozen=True, slots=True)
class ConfigEntry:
    """What a block holds that changes a channel's configuration."""

    config: ChannelConfig
    update_signers: tuple[Member, ...]
    """Who signed the update; empty in a channel's first block."""


def decode_config_entry(serialized: bytes) -> ConfigEntry:
    """The configuration out of a ``ConfigEnvelope``. Raises LedgerError."""
    try:
        envelope = configtx_pb2.ConfigEnvelope.FromString(serialized)
        signers: tuple[Member, ...] = ()
        if envelope.HasField("last_update"):
            payload = common_pb2.Payload.FromString(envelope.last_update.payload)
            update = configtx_pb2.ConfigUpdateEnvelope.FromString(payload.data)
            signers = tuple(_signer(found.signature_header) for found in update.signatures)
        return ConfigEntry(_config(envelope.config), signers)
    except DecodeError as error:
        raise LedgerError(f"a channel's configuration cannot be read: {error}") from None


def decode_config(serialized: bytes) -> ChannelConfig:
    """The configuration out of a ``Config``. Raises LedgerError."""
    try:
        return _config(configtx_pb2.Config.FromString(serialized))
    except DecodeError as error:
        raise LedgerError(f"a channel's configuration cannot be read: {error}") from None


def _config(config: configtx_pb2.Config) -> ChannelConfig:
    group = _group(config.channel_group)
    application = group.groups.get("Application")
    orderer = group.groups.get("Orderer")
    return ChannelConfig(
        sequence=config.sequence,
        capabilities=_capabilities(group),
        application_capabilities=_capabilities(application),
        orderer_capabilities=_capabilities(orderer),
        policies=MappingProxyType(
            _policies("/Channel", group)
            | _policies("/Channel/Application", application)
            | _policies("/Channel/Orderer", orderer)
        ),
        applications=_organizations(application),
        orderers=_organizations(orderer),
        ordering=decode_ordering({name: value.content for name, value in orderer.values.items()})
        if orderer
        else None,
        acls=MappingProxyType(_read(application, "ACLs", _acls, {})),
        hashing_algorithm=_read(group, "HashingAlgorithm", _algorithm, ""),
        orderer_addresses=_read(group, "OrdererAddresses", _addresses, ()),
        consortium=_read(group, "Consortium", _consortium, ""),
        group=group,
    )


def _group(group: configtx_pb2.ConfigGroup) -> ConfigGroup:
    return ConfigGroup(
        version=group.version,
        mod_policy=group.mod_policy,
        groups=_sorted({name: _group(found) for name, found in group.groups.items()}),
        values=_sorted(
            {
                name: ConfigValue(found.value, found.version, found.mod_policy)
                for name, found in group.values.items()
            }
        ),
        policies=_sorted(
            {
                name: ConfigPolicy(
                    decode_policy(found.policy.SerializeToString()),
                    found.version,
                    found.mod_policy,
                )
                for name, found in group.policies.items()
            }
        ),
    )


def _organizations(group: ConfigGroup | None) -> tuple[Organization, ...]:
    if group is None:
        return ()
    return tuple(_organization(name, found) for name, found in group.groups.items())


def _organization(name: str, group: ConfigGroup) -> Organization:
    value = group.values.get("MSP")
    msp = decode_msp(value.content) if value else None
    return Organization(
        name=name,
        mspid=msp.mspid if msp else "",
        msp=msp,
        anchor_peers=_read(group, "AnchorPeers", _anchors, ()),
        endpoints=_read(group, "Endpoints", _addresses, ()),
        policies=_sorted({name: found.policy for name, found in group.policies.items()}),
    )


def _policies(path: str, group: ConfigGroup | None) -> dict[str, Policy]:
    if group is None:
        return {}
    return {f"{path}/{name}": found.policy for name, found in group.policies.items()}


def _capabilities(group: ConfigGroup | None) -> tuple[str, ...]:
    def names(content: bytes) -> tuple[str, ...]:
        return tuple(sorted(configtx_pb2.Capabilities.FromString(content).capabilities))

    return _read(group, "Capabilities", names, ())


def _acls(content: bytes) -> dict[str, str]:
    found = acls_pb2.ACLs.FromString(content).acls
    return {name: found[name].policy_ref for name in sorted(found)}


def _algorithm(content: bytes) -> str:
    return configtx_pb2.HashingAlgorithm.FromString(content).name


def _consortium(content: bytes) -> str:
    return configtx_pb2.Consortium.FromString(content).name


def _anchors(content: bytes) -> tuple[str, ...]:
    anchors = configtx_pb2.AnchorPeers.FromString(content).anchor_peers
    return tuple(f"{anchor.host}:{anchor.port}" for anchor in anchors)


def _addresses(content: bytes) -> tuple[str, ...]:
    return tuple(configtx_pb2.OrdererAddresses.FromString(content).addresses)


def _read(group: ConfigGroup | None, name: str, reader: Callable[[bytes], _T], default: _T) -> _T:
    value = group.values.get(name) if group else None
    return reader(value.content) if value else default


def _signer(signature_header: bytes) -> Member:
    return member_of(common_pb2.SignatureHeader.FromString(signature_header).creator)


def _sorted(found: dict[str, _T]) -> Mapping[str, _T]:
    return MappingProxyType({name: found[name] for name in sorted(found)})
