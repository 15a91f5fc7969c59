"""A channel's configuration in words: each setting's path and what it is set to.

Both what runs (a config block) and what the files ask for (the profile that configtxgen is given)
are brought into this one form, so that comparing them is comparing two dictionaries. Words are
those of configtx.yaml.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, cast

from weftwork_network import durations
from weftwork_network.policies import OutOf, PolicyError, Principal, Rule, parse_policy
from weftwork_network.smartbft import TUNED
from weftwork_protos import (
    common_pb2,
    configtx_pb2,
    etcdraft_pb2,
    msp_pb2,
    orderer_pb2,
    smartbft_pb2,
)
from weftwork_protos import policies_pb2 as policy_messages

Words: TypeAlias = dict[tuple[str, ...], str]
"""What is set, by where it stands in a profile: `("Orderer", "BatchTimeout")` to `2s`."""

_SIZE = re.compile(r"(?i)([0-9]+)\s*([kmg])b?\Z")
_SHIFTS = {"k": 10, "m": 20, "g": 30}
_BATCH_SIZES = {
    "MaxMessageCount": "max_message_count",
    "AbsoluteMaxBytes": "absolute_max_bytes",
    "PreferredMaxBytes": "preferred_max_bytes",
}
_BFT_OPTIONS = {name: re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in TUNED}
_RAFT_OPTIONS = {
    "TickInterval": "tick_interval",
    "ElectionTick": "election_tick",
    "HeartbeatTick": "heartbeat_tick",
    "MaxInflightBlocks": "max_inflight_blocks",
    "SnapshotIntervalSize": "snapshot_interval_size",
}


def of_block(serialized: bytes) -> Words:
    """The words of a config block.

    Raises:
        ValueError: it is no config block.
    """
    try:
        block = common_pb2.Block.FromString(serialized)
        envelope = common_pb2.Envelope.FromString(block.data.data[0])
        payload = common_pb2.Payload.FromString(envelope.payload)
        channel = configtx_pb2.ConfigEnvelope.FromString(payload.data).config.channel_group
        words = _policies((), channel) | _capabilities((), channel)
        for name in ("Application", "Orderer"):
            group = channel.groups[name]
            words |= _policies((name,), group) | _capabilities((name,), group)
            for mspid, organization in group.groups.items():
                words |= _organization((name, "Organizations", mspid), organization)
        return _comparable(words | _orderer(channel.groups["Orderer"]))
    except Exception as error:  # protobuf raises several kinds for bytes that are something else
        raise ValueError(f"no config block: {error}") from error


def of_profile(profile: Mapping[str, Any]) -> Words:
    """The words of a profile of configtx.yaml, complete as configtxgen is given it."""
    words = _written_group((), profile)
    for name in ("Application", "Orderer"):
        group: dict[str, Any] = profile[name]
        words |= _written_group((name,), group)
        for organization in _mappings(group, "Organizations"):
            here = (name, "Organizations", str(organization["ID"]))
            words[here] = "a member"
            words |= _written_policies(here, organization)
            if name == "Application":
                words[(*here, "AnchorPeers")] = _addresses(organization, "AnchorPeers")
            else:
                endpoints = cast(list[object], organization.get("OrdererEndpoints") or [])
                words[(*here, "OrdererEndpoints")] = _listed(map(str, endpoints))
    return _comparable(words | _written_orderer(profile["Orderer"]))


def _comparable(words: Words) -> Words:
    """Under BFT configtxgen writes the policy of block validation itself, over the consenters."""
    if words[("Orderer", "OrdererType")] == "BFT":
        words.pop(("Orderer", "Policies", "BlockValidation"), None)
    return words


def policy_words(envelope: policy_messages.SignaturePolicyEnvelope) -> str:
    """A signature policy as it would be written."""
    return str(_rule(envelope.rule, envelope))


def _rule(
    rule: policy_messages.SignaturePolicy, envelope: policy_messages.SignaturePolicyEnvelope
) -> Rule:
    if rule.WhichOneof("Type") == "signed_by":
        identity = envelope.identities[rule.signed_by]
        if identity.principal_classification != msp_pb2.MSPPrincipal.ROLE:
            kind = msp_pb2.MSPPrincipal.Classification.Name(identity.principal_classification)
            return Principal(f"#{rule.signed_by}", kind.lower())  # no words for it in a policy
        role = msp_pb2.MSPRole.FromString(identity.principal)
        word = msp_pb2.MSPRole.MSPRoleType.Name(role.role).lower()
        return Principal(role.msp_identifier, word)
    return OutOf(rule.n_out_of.n, tuple(_rule(each, envelope) for each in rule.n_out_of.rules))


def _policies(here: tuple[str, ...], group: configtx_pb2.ConfigGroup) -> Words:
    words: Words = {}
    for name, member in group.policies.items():
        policy = member.policy
        if policy.type == policy_messages.Policy.SIGNATURE:
            text = policy_words(policy_messages.SignaturePolicyEnvelope.FromString(policy.value))
        elif policy.type == policy_messages.Policy.IMPLICIT_META:
            meta = policy_messages.ImplicitMetaPolicy.FromString(policy.value)
            rule = policy_messages.ImplicitMetaPolicy.Rule.Name(meta.rule)
            text = f"{rule} {meta.sub_policy}"
        else:
            text = f"type {policy.type}"
        words[(*here, "Policies", name)] = text
    return words


def _capabilities(here: tuple[str, ...], group: configtx_pb2.ConfigGroup) -> Words:
    if "Capabilities" not in group.values:
        return {}
    found = configtx_pb2.Capabilities.FromString(group.values["Capabilities"].value)
    return {(*here, "Capabilities"): _listed(found.capabilities)}


def _organization(here: tuple[str, ...], group: configtx_pb2.ConfigGroup) -> Words:
    words: Words = {here: "a member"} | _policies(here, group)
    if here[0] == "Application":
        anchors = configtx_pb2.AnchorPeers.FromString(group.values["AnchorPeers"].value)
        told = [f"{anchor.host}:{anchor.port}" for anchor in anchors.anchor_peers]
        words[(*here, "AnchorPeers")] = _listed(told)
    else:
        endpoints = configtx_pb2.OrdererAddresses.FromString(group.values["Endpoints"].value)
        words[(*here, "OrdererEndpoints")] = _listed(endpoints.addresses)
    return words


def _orderer(group: configtx_pb2.ConfigGroup) -> Words:
    values = group.values
    consensus = orderer_pb2.ConsensusType.FromString(values["ConsensusType"].value)
    timeout = orderer_pb2.BatchTimeout.FromString(values["BatchTimeout"].value)
    size = orderer_pb2.BatchSize.FromString(values["BatchSize"].value)
    words: Words = {
        ("Orderer", "OrdererType"): consensus.type,
        ("Orderer", "BatchTimeout"): durations.plain(timeout.timeout),
    }
    for name, field in _BATCH_SIZES.items():
        words[("Orderer", "BatchSize", name)] = str(getattr(size, field))
    if consensus.type == "etcdraft":
        raft = etcdraft_pb2.ConfigMetadata.FromString(consensus.metadata)
        told = [f"{each.host}:{each.port}" for each in raft.consenters]
        words[("Orderer", "EtcdRaft", "Consenters")] = _listed(told)
        for name, field in _RAFT_OPTIONS.items():
            value = str(getattr(raft.options, field))
            words[("Orderer", "EtcdRaft", "Options", name)] = _measure(value)
    if consensus.type == "BFT":
        orderers = configtx_pb2.Orderers.FromString(values["Orderers"].value)
        told = [
            f"{each.id} {each.msp_id} {each.host}:{each.port}"
            for each in orderers.consenter_mapping
        ]
        words[("Orderer", "ConsenterMapping")] = _listed(told)
        options = smartbft_pb2.Options.FromString(consensus.metadata)
        for name, field in _BFT_OPTIONS.items():
            words[("Orderer", "SmartBFT", name)] = durations.plain(str(getattr(options, field)))
    return words


def _written_group(here: tuple[str, ...], group: Mapping[str, Any]) -> Words:
    words = _written_policies(here, group)
    capabilities = cast(dict[str, object], group.get("Capabilities") or {})
    if capabilities:
        wanted = [name for name, on in capabilities.items() if on]
        words[(*here, "Capabilities")] = _listed(wanted)
    return words


def _written_policies(here: tuple[str, ...], group: Mapping[str, Any]) -> Words:
    policies = cast(dict[str, dict[str, Any]], group.get("Policies") or {})
    return {(*here, "Policies", name): _written_rule(policy) for name, policy in policies.items()}


def _written_rule(policy: Mapping[str, Any]) -> str:
    rule = str(policy.get("Rule"))
    if policy.get("Type") != "Signature":
        return " ".join(rule.split())
    try:
        return str(parse_policy(rule))
    except PolicyError:
        return rule


def _written_orderer(orderer: Mapping[str, Any]) -> Words:
    words: Words = {("Orderer", "OrdererType"): str(orderer.get("OrdererType"))}
    if "BatchTimeout" in orderer:
        words[("Orderer", "BatchTimeout")] = durations.plain(str(orderer["BatchTimeout"]))
    sizes = cast(dict[str, object], orderer.get("BatchSize") or {})
    for name in _BATCH_SIZES:
        if name in sizes:
            words[("Orderer", "BatchSize", name)] = _size(str(sizes[name]))
    raft = cast(dict[str, Any], orderer.get("EtcdRaft") or {})
    if orderer.get("OrdererType") == "etcdraft":
        words[("Orderer", "EtcdRaft", "Consenters")] = _addresses(raft, "Consenters")
        options = cast(dict[str, object], raft.get("Options") or {})
        for name in _RAFT_OPTIONS:
            if name in options:
                value = _measure(str(options[name]))
                words[("Orderer", "EtcdRaft", "Options", name)] = value
    if orderer.get("OrdererType") == "BFT":
        told = [
            f"{each['ID']} {each['MSPID']} {each['Host']}:{each['Port']}"
            for each in _mappings(orderer, "ConsenterMapping")
        ]
        words[("Orderer", "ConsenterMapping")] = _listed(told)
        bft = cast(dict[str, object], orderer.get("SmartBFT") or {})
        for name in _BFT_OPTIONS:
            if name in bft:
                words[("Orderer", "SmartBFT", name)] = durations.plain(str(bft[name]))
    return words


def _mappings(holder: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], holder.get(name) or [])


def _addresses(holder: Mapping[str, Any], name: str) -> str:
    return _listed(f"{each['Host']}:{each['Port']}" for each in _mappings(holder, name))


def _listed(members: Iterable[str]) -> str:
    return ", ".join(sorted(members)) or "none"


def _measure(text: str) -> str:
    """A duration or a size, whichever it is, in one form."""
    return _size(text) if durations.seconds(text) is None else durations.plain(text)


def _size(text: str) -> str:
    """A number of bytes: configtxgen takes `2 MB` for 2 times 2**20."""
    found = _SIZE.match(text.strip())
    return str(int(found[1]) << _SHIFTS[found[2].lower()]) if found else text
