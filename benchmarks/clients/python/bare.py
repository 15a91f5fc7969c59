"""The lower bound: grpc.aio, protobuf and a signature by hand, without any check or error."""

import asyncio
import hashlib
import os
import time

import grpc.aio
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from google.protobuf.timestamp_pb2 import Timestamp
from worker import content, serve, settings

from weftwork_protos import common_pb2, gateway_pb2, msp_pb2, peer_pb2

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ALGORITHM = ec.ECDSA(hashes.SHA256())


async def main() -> None:
    given = settings()
    key = serialization.load_pem_private_key(content(given, "key"), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    creator = msp_pb2.SerializedIdentity(
        mspid=given["mspid"], id_bytes=content(given, "certificate")
    ).SerializeToString()
    credentials = grpc.ssl_channel_credentials(content(given, "roots"))
    chaincode = peer_pb2.ChaincodeID(name=given["chaincode"])

    def sign(message: bytes) -> bytes:
        signature = key.sign(message, ALGORITHM)
        r, s = decode_dss_signature(signature)
        return signature if s <= ORDER // 2 else encode_dss_signature(r, ORDER - s)

    def proposed(words: tuple[str, ...]) -> tuple[str, peer_pb2.SignedProposal]:
        nonce, now = os.urandom(24), time.time_ns()
        transaction_id = hashlib.sha256(nonce + creator).hexdigest()
        header = common_pb2.Header(
            channel_header=common_pb2.ChannelHeader(
                type=common_pb2.ENDORSER_TRANSACTION,
                tx_id=transaction_id,
                timestamp=Timestamp(seconds=now // 10**9, nanos=now % 10**9),
                channel_id=given["channel"],
                extension=peer_pb2.ChaincodeHeaderExtension(
                    chaincode_id=chaincode
                ).SerializeToString(),
            ).SerializeToString(),
            signature_header=common_pb2.SignatureHeader(
                creator=creator, nonce=nonce
            ).SerializeToString(),
        )
        specification = peer_pb2.ChaincodeInvocationSpec(
            chaincode_spec=peer_pb2.ChaincodeSpec(
                type=peer_pb2.ChaincodeSpec.NODE,
                chaincode_id=chaincode,
                input=peer_pb2.ChaincodeInput(args=[word.encode() for word in words]),
            )
        )
        content = peer_pb2.Proposal(
            header=header.SerializeToString(),
            payload=peer_pb2.ChaincodeProposalPayload(
                input=specification.SerializeToString()
            ).SerializeToString(),
        ).SerializeToString()
        return transaction_id, peer_pb2.SignedProposal(
            proposal_bytes=content, signature=sign(content)
        )

    async with grpc.aio.secure_channel(f"{given['host']}:{given['port']}", credentials) as channel:

        async def ask(method: str, request: bytes) -> bytes:
            return await channel.unary_unary(f"/gateway.Gateway/{method}")(request, timeout=30)

        async def evaluate(words: tuple[str, ...]) -> bytes:
            transaction_id, proposal = proposed(words)
            request = gateway_pb2.EvaluateRequest(
                transaction_id=transaction_id,
                channel_id=given["channel"],
                proposed_transaction=proposal,
            )
            answer = await ask("Evaluate", request.SerializeToString())
            return gateway_pb2.EvaluateResponse.FromString(answer).result.payload

        async def submit(words: tuple[str, ...]) -> int:
            transaction_id, proposal = proposed(words)
            names = {"transaction_id": transaction_id, "channel_id": given["channel"]}
            endorse = gateway_pb2.EndorseRequest(proposed_transaction=proposal, **names)
            answer = await ask("Endorse", endorse.SerializeToString())
            envelope = gateway_pb2.EndorseResponse.FromString(answer).prepared_transaction
            envelope.signature = sign(envelope.payload)
            order = gateway_pb2.SubmitRequest(prepared_transaction=envelope, **names)
            await ask("Submit", order.SerializeToString())
            request = gateway_pb2.CommitStatusRequest(identity=creator, **names).SerializeToString()
            signed = gateway_pb2.SignedCommitStatusRequest(request=request, signature=sign(request))
            answer = await ask("CommitStatus", signed.SerializeToString())
            return gateway_pb2.CommitStatusResponse.FromString(answer).result

        calls = {"evaluate": evaluate, "submit": submit}
        await serve(lambda kind, words: calls[kind](words))


asyncio.run(main())
