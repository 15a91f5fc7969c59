"""What a request says, read out of its bytes, and the answers that a gateway gives to it."""

from dataclasses import dataclass

from weftwork_protos import common_pb2, gateway_pb2, msp_pb2, orderer_pb2, peer_pb2


@dataclass(frozen=True)
class Proposed:
    """A proposal as a peer understands it."""

    channel: str
    transaction_id: str
    chaincode: str
    arguments: tuple[bytes, ...]
    transient: dict[str, bytes]
    creator: bytes

    @classmethod
    def of(cls, proposal_bytes: bytes) -> "Proposed":
        proposal = peer_pb2.Proposal.FromString(proposal_bytes)
        header = common_pb2.Header.FromString(proposal.header)
        channel = common_pb2.ChannelHeader.FromString(header.channel_header)
        payload = peer_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
        spec = peer_pb2.ChaincodeInvocationSpec.FromString(payload.input).chaincode_spec
        return cls(
            channel.channel_id,
            channel.tx_id,
            spec.chaincode_id.name,
            tuple(spec.input.args),
            dict(payload.TransientMap),
            common_pb2.SignatureHeader.FromString(header.signature_header).creator,
        )


@dataclass(frozen=True)
class Asked:
    """An evaluate or an endorse request."""

    channel: str
    transaction_id: str
    organizations: tuple[str, ...]
    signature: bytes
    proposal: Proposed
    proposal_bytes: bytes

    @classmethod
    def evaluate(cls, request: bytes) -> "Asked":
        message = gateway_pb2.EvaluateRequest.FromString(request)
        return cls._of(message, tuple(message.target_organizations))

    @classmethod
    def endorse(cls, request: bytes) -> "Asked":
        message = gateway_pb2.EndorseRequest.FromString(request)
        return cls._of(message, tuple(message.endorsing_organizations))

    @classmethod
    def _of(
        cls,
        message: gateway_pb2.EvaluateRequest | gateway_pb2.EndorseRequest,
        organizations: tuple[str, ...],
    ) -> "Asked":
        signed = message.proposed_transaction
        return cls(
            message.channel_id,
            message.transaction_id,
            organizations,
            signed.signature,
            Proposed.of(signed.proposal_bytes),
            signed.proposal_bytes,
        )


@dataclass(frozen=True)
class Sought:
    """A seek envelope, as a peer's Deliver service gets it."""

    channel: str
    tls_certificate_hash: bytes
    mspid: str
    certificate: bytes
    seek: orderer_pb2.SeekInfo
    signature: bytes

    @classmethod
    def of(cls, request: bytes) -> "Sought":
        envelope = common_pb2.Envelope.FromString(request)
        payload = common_pb2.Payload.FromString(envelope.payload)
        channel = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
        signature = common_pb2.SignatureHeader.FromString(payload.header.signature_header)
        creator = msp_pb2.SerializedIdentity.FromString(signature.creator)
        return cls(
            channel.channel_id,
            channel.tls_cert_hash,
            creator.mspid,
            creator.id_bytes,
            orderer_pb2.SeekInfo.FromString(payload.data),
            envelope.signature,
        )


def evaluated(result: bytes = b"TX_RESULT") -> gateway_pb2.EvaluateResponse:
    return gateway_pb2.EvaluateResponse(result=peer_pb2.Response(status=200, payload=result))


def endorsed(request: bytes, result: bytes = b"TX_RESULT") -> gateway_pb2.EndorseResponse:
    """The answer to an endorse request: the proposal's own header around the result."""
    proposed = gateway_pb2.EndorseRequest.FromString(request).proposed_transaction.proposal_bytes
    header = common_pb2.Header.FromString(peer_pb2.Proposal.FromString(proposed).header)
    action = peer_pb2.ChaincodeAction(response=peer_pb2.Response(status=200, payload=result))
    response = peer_pb2.ProposalResponsePayload(extension=action.SerializeToString())
    endorsed_action = peer_pb2.ChaincodeEndorsedAction(
        proposal_response_payload=response.SerializeToString()
    )
    content = peer_pb2.ChaincodeActionPayload(action=endorsed_action).SerializeToString()
    transaction = peer_pb2.Transaction(actions=[peer_pb2.TransactionAction(payload=content)])
    payload = common_pb2.Payload(header=header, data=transaction.SerializeToString())
    envelope = common_pb2.Envelope(payload=payload.SerializeToString())
    return gateway_pb2.EndorseResponse(prepared_transaction=envelope)


def committed(
    code: peer_pb2.TxValidationCode.ValueType = peer_pb2.VALID, block: int = 0
) -> gateway_pb2.CommitStatusResponse:
    return gateway_pb2.CommitStatusResponse(result=code, block_number=block)
