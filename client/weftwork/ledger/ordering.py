"""How a channel is ordered: the consensus, its consenters, how blocks are cut.

Messages: Fabric's ``orderer/configuration.proto``, ``etcdraft/configuration.proto``,
``smartbft/configuration.proto``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from weftwork_protos import configtx_pb2, etcdraft_pb2, orderer_pb2, smartbft_pb2


@dataclass(frozen=True, slots=True)
class Consenter:
    """An orderer that takes part in consensus."""

    id: int
    """Its number under BFT; 0 under Raft."""
    host: str
    port: int
    mspid: str
    """Empty under Raft, as the next."""
    identity: bytes
    """PEM of the certificate that it signs blocks with."""
    client_tls_certificate: bytes
    server_tls_certificate: bytes


@dataclass(frozen=True, slots=True)
class Ordering:
    """The orderers' part of a channel's configuration."""

    consensus: str
    """``etcdraft`` or ``BFT``."""
    maintenance: bool
    """Whether it takes no transactions while the consensus is changed."""
    consenters: tuple[Consenter, ...]
    options: Mapping[str, str | int | bool]
    """The consensus's own settings by Fabric's names."""
    batch_timeout: str
    """A duration as Go writes it, for example ``200ms``; BFT does not use it."""
    max_message_count: int
    absolute_max_bytes: int
    preferred_max_bytes: int


def decode_ordering(values: Mapping[str, bytes]) -> Ordering:
    """The ordering out of the values of the orderers' group. Raises protobuf's DecodeError."""
    consensus = orderer_pb2.ConsensusType.FromString(values.get("ConsensusType", b""))
    size = orderer_pb2.BatchSize.FromString(values.get("BatchSize", b""))
    timeout = orderer_pb2.BatchTimeout.FromString(values.get("BatchTimeout", b""))
    mapped = configtx_pb2.Orderers.FromString(values.get("Orderers", b"")).consenter_mapping
    consenters = tuple(
        Consenter(
            id=found.id,
            host=found.host,
            port=found.port,
            mspid=found.msp_id,
            identity=found.identity,
            client_tls_certificate=found.client_tls_cert,
            server_tls_certificate=found.server_tls_cert,
        )
        for found in mapped
    )
    options: dict[str, str | int | bool] = {}
    if consensus.type == "etcdraft":
        raft = etcdraft_pb2.ConfigMetadata.FromString(consensus.metadata)
        options = _options(raft.options)
        consenters = tuple(
            Consenter(
                id=0,
                host=found.host,
                port=found.port,
                mspid="",
                identity=b"",
                client_tls_certificate=found.client_tls_cert,
                server_tls_certificate=found.server_tls_cert,
            )
            for found in raft.consenters
        )
    elif consensus.type == "BFT":
        options = _options(smartbft_pb2.Options.FromString(consensus.metadata))
    return Ordering(
        consensus=consensus.type,
        maintenance=consensus.state == orderer_pb2.ConsensusType.STATE_MAINTENANCE,
        consenters=consenters,
        options=MappingProxyType(options),
        batch_timeout=timeout.timeout,
        max_message_count=size.max_message_count,
        absolute_max_bytes=size.absolute_max_bytes,
        preferred_max_bytes=size.preferred_max_bytes,
    )


def _options(message: etcdraft_pb2.Options | smartbft_pb2.Options) -> dict[str, str | int | bool]:
    return {field.name: getattr(message, field.name) for field in message.DESCRIPTOR.fields}
