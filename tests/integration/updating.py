"""A channel's configuration updated for real, so that a channel has more than one config block."""

import secrets
import time

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

import weftwork
from weftwork.ledger import ChannelConfig, decode_block
from weftwork.proposals import envelope
from weftwork.wallet import FileWallet, User
from weftwork_network import Network
from weftwork_protos import common_pb2, configtx_pb2, orderer_pb2

_BROADCAST = "/orderer.AtomicBroadcast/Broadcast"
_VALUE = "BatchTimeout"


def admins(network: Network) -> list[User]:
    """The administrators of the departments, each with the key that it alone has."""
    folders = [network.profile(member.name).parent for member in network.topology.members]
    return [FileWallet(folder / "wallet").get("admin") for folder in folders]


def update(network: Network, gateway: weftwork.Gateway) -> int:
    """Writes a value of the orderers' group anew, as it was; the number of the config block."""
    channel = gateway.network(network.channel)
    config = _newest(channel)
    orderer = config.group.groups["Orderer"]
    value = orderer.values[_VALUE]
    before = configtx_pb2.ConfigGroup(version=config.group.version)
    before.groups["Orderer"].version = orderer.version
    after = configtx_pb2.ConfigGroup()
    after.CopyFrom(before)
    after.groups["Orderer"].values[_VALUE].CopyFrom(
        configtx_pb2.ConfigValue(
            version=value.version + 1, value=value.content, mod_policy=value.mod_policy
        )
    )
    content = configtx_pb2.ConfigUpdate(
        channel_id=network.channel, read_set=before, write_set=after
    ).SerializeToString()
    signers = admins(network)
    signed = configtx_pb2.ConfigUpdateEnvelope(
        config_update=content, signatures=[_signature(user, content) for user in signers]
    )
    height = channel.info().height
    _broadcast(config, _payload(signers[0], network.channel, signed), signers[0])
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for number in range(height, channel.info().height):
            if channel.block(number).config is not None:
                return number
        time.sleep(0.05)
    raise AssertionError("the update was not ordered")


def _newest(channel: weftwork.Network) -> ChannelConfig:
    content = channel.contract("cscc").evaluate("GetConfigBlock", channel.name)
    config = decode_block(content).config
    assert config is not None
    return config


def _signature(user: User, content: bytes) -> configtx_pb2.ConfigSignature:
    header = _header(user)
    return configtx_pb2.ConfigSignature(
        signature_header=header, signature=user.signer()(header + content)
    )


def _header(user: User) -> bytes:
    header = common_pb2.SignatureHeader(
        creator=user.identity.creator, nonce=secrets.token_bytes(24)
    )
    return header.SerializeToString()


def _payload(user: User, channel: str, signed: configtx_pb2.ConfigUpdateEnvelope) -> bytes:
    header = common_pb2.ChannelHeader(
        type=common_pb2.CONFIG_UPDATE,
        channel_id=channel,
        timestamp=Timestamp(seconds=int(time.time())),
    )
    return common_pb2.Payload(
        header=common_pb2.Header(
            channel_header=header.SerializeToString(), signature_header=_header(user)
        ),
        data=signed.SerializeToString(),
    ).SerializeToString()


def _broadcast(config: ChannelConfig, payload: bytes, user: User) -> None:
    message = envelope(payload, user.signer()(payload))
    for department in config.orderers:
        assert department.msp is not None
        credentials = grpc.ssl_channel_credentials(b"\n".join(department.msp.tls_roots))
        with grpc.secure_channel(department.endpoints[0], credentials) as orderer:
            send = orderer.stream_stream(_BROADCAST)
            answer = next(iter(send(iter([message]), timeout=10)))
        response = orderer_pb2.BroadcastResponse.FromString(answer)
        if response.status == common_pb2.SUCCESS:
            return
    raise AssertionError(response.info)
