"""A config block made of a profile, as configtxgen would, for tests without it."""

import re
from typing import Any

from google.protobuf.message import Message

from weftwork.policy import signature_policy
from weftwork_protos import (
    common_pb2,
    configtx_pb2,
    etcdraft_pb2,
    orderer_pb2,
    policies_pb2,
    smartbft_pb2,
)

_UNITS = {"KB": 2**10, "MB": 2**20}


def config_block(profile: dict[str, Any]) -> bytes:
    """A serialized block whose one envelope holds the profile as a channel's config."""
    channel = configtx_pb2.ConfigGroup()
    _group(channel, profile)
    for name in ("Application", "Orderer"):
        group = channel.groups[name]
        _group(group, profile[name])
        for organization in profile[name]["Organizations"]:
            member = group.groups[organization["ID"]]
            _group(member, organization)
            if name == "Application":
                anchors = [
                    configtx_pb2.AnchorPeer(host=each["Host"], port=each["Port"])
                    for each in organization["AnchorPeers"]
                ]
                _set(member, "AnchorPeers", configtx_pb2.AnchorPeers(anchor_peers=anchors))
            else:
                addresses = organization["OrdererEndpoints"]
                _set(member, "Endpoints", configtx_pb2.OrdererAddresses(addresses=addresses))
    _orderer(channel.groups["Orderer"], profile["Orderer"])
    config = configtx_pb2.ConfigEnvelope(config=configtx_pb2.Config(channel_group=channel))
    payload = common_pb2.Payload(data=config.SerializeToString())
    envelope = common_pb2.Envelope(payload=payload.SerializeToString())
    data = common_pb2.BlockData(data=[envelope.SerializeToString()])
    return common_pb2.Block(data=data).SerializeToString()


def _group(group: configtx_pb2.ConfigGroup, written: dict[str, Any]) -> None:
    for name, policy in (written.get("Policies") or {}).items():
        made = group.policies[name].policy
        if policy["Type"] == "Signature":
            made.type = policies_pb2.Policy.SIGNATURE
            made.value = signature_policy(policy["Rule"])
        else:
            word, sub_policy = policy["Rule"].split()
            made.type = policies_pb2.Policy.IMPLICIT_META
            rule = policies_pb2.ImplicitMetaPolicy.Rule.Value(word)
            meta = policies_pb2.ImplicitMetaPolicy(sub_policy=sub_policy, rule=rule)
            made.value = meta.SerializeToString()
    if "Capabilities" in written:
        capabilities = configtx_pb2.Capabilities()
        for name in written["Capabilities"]:
            capabilities.capabilities[name].SetInParent()
        _set(group, "Capabilities", capabilities)


def _orderer(group: configtx_pb2.ConfigGroup, written: dict[str, Any]) -> None:
    size = written["BatchSize"]
    made = orderer_pb2.BatchSize(
        max_message_count=size["MaxMessageCount"],
        absolute_max_bytes=_bytes(size["AbsoluteMaxBytes"]),
        preferred_max_bytes=_bytes(size["PreferredMaxBytes"]),
    )
    _set(group, "BatchSize", made)
    _set(group, "BatchTimeout", orderer_pb2.BatchTimeout(timeout=written["BatchTimeout"]))
    bft = written["OrdererType"] == "BFT"
    metadata = _smartbft(written.get("SmartBFT") or {}) if bft else _raft(written["EtcdRaft"])
    if bft:
        consenters = [
            configtx_pb2.Consenter(
                id=each["ID"], host=each["Host"], port=each["Port"], msp_id=each["MSPID"]
            )
            for each in written.get("ConsenterMapping") or []
        ]
        _set(group, "Orderers", configtx_pb2.Orderers(consenter_mapping=consenters))
    consensus = orderer_pb2.ConsensusType(
        type=written["OrdererType"], metadata=metadata.SerializeToString()
    )
    _set(group, "ConsensusType", consensus)


def _raft(raft: dict[str, Any]) -> Message:
    options = raft["Options"]
    return etcdraft_pb2.ConfigMetadata(
        consenters=[
            etcdraft_pb2.Consenter(host=each["Host"], port=each["Port"])
            for each in raft["Consenters"]
        ],
        options=etcdraft_pb2.Options(
            tick_interval=options["TickInterval"],
            election_tick=options["ElectionTick"],
            heartbeat_tick=options["HeartbeatTick"],
            max_inflight_blocks=options["MaxInflightBlocks"],
            snapshot_interval_size=_bytes(options["SnapshotIntervalSize"]),
        ),
    )


def _smartbft(options: dict[str, Any]) -> Message:
    made = smartbft_pb2.Options()
    for name, value in options.items():
        setattr(made, re.sub("(?<!^)(?=[A-Z])", "_", name).lower(), value)
    return made


def _set(group: configtx_pb2.ConfigGroup, name: str, value: Message) -> None:
    group.values[name].value = value.SerializeToString()


def _bytes(text: str) -> int:
    number, unit = text.split()
    return int(number) * _UNITS[unit]
