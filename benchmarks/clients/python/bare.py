"""The lower bound: gRPC, protobuf and a signature by hand, without any check or error.

`aio` on grpc.aio, `sync` on grpc's own threads.
"""

import asyncio
import hashlib
import os
import sys
import time

import grpc
import grpc.aio
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from google.protobuf.timestamp_pb2 import Timestamp
from worker import content, serve, serve_threads, settings

from weftwork_protos import common_pb2, gateway_pb2, msp_pb2, peer_pb2

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ALGORITHM = ec.ECDSA(hashes.SHA256())
GIVEN = settings()
CREATOR = msp_pb2.SerializedIdentity(
    mspid=GIVEN["mspid"], id_bytes=content(GIVEN, "certificate")
).SerializeToString()
CHAINCODE = peer_pb2.ChaincodeID(name=GIVEN["chaincode"])
TARGET = f"{GIVEN['host']}:{GIVEN['port']}"
CREDENTIALS = grpc.ssl_channel_credentials(content(GIVEN, "roots"))
KEY = serialization.load_pem_private_key(content(GIVEN, "key"), None)
assert isinstance(KEY, ec.EllipticCurvePrivateKey)
SIGN = KEY.sign


def sign(message: bytes) -> bytes:
    signature = SIGN(message, ALGORITHM)
    r, s = decode_dss_signature(signature)
    return signature if s <= ORDER // 2 else encode_dss_signature(r, ORDER - s)


def proposed(words: tuple[str, ...]) -> tuple[dict[str, str], peer_pb2.SignedProposal]:
    nonce, now = os.urandom(24), time.time_ns()
    transaction_id = hashlib.sha256(nonce + CREATOR).hexdigest()
    header = common_pb2.Header(
        channel_header=common_pb2.ChannelHeader(
            type=common_pb2.ENDORSER_TRANSACTION,
            tx_id=transaction_id,
            timestamp=Timestamp(seconds=now // 10**9, nanos=now % 10**9),
            channel_id=GIVEN["channel"],
            extension=peer_pb2.ChaincodeHeaderExtension(chaincode_id=CHAINCODE).SerializeToString(),
        ).SerializeToString(),
        signature_header=common_pb2.SignatureHeader(
            creator=CREATOR, nonce=nonce
        ).SerializeToString(),
    )
    specification = peer_pb2.ChaincodeInvocationSpec(
        chaincode_spec=peer_pb2.ChaincodeSpec(
            type=peer_pb2.ChaincodeSpec.NODE,
            chaincode_id=CHAINCODE,
            input=peer_pb2.ChaincodeInput(args=[word.encode() for word in words]),
        )
    )
    whole = peer_pb2.Proposal(
        header=header.SerializeToString(),
        payload=peer_pb2.ChaincodeProposalPayload(
            input=specification.SerializeToString()
        ).SerializeToString(),
    ).SerializeToString()
    names = {"transaction_id": transaction_id, "channel_id": GIVEN["channel"]}
    return names, peer_pb2.SignedProposal(proposal_bytes=whole, signature=sign(whole))


def asked(words: tuple[str, ...]) -> bytes:
    names, proposal = proposed(words)
    return gateway_pb2.EvaluateRequest(proposed_transaction=proposal, **names).SerializeToString()


def endorsing(words: tuple[str, ...]) -> tuple[dict[str, str], bytes]:
    names, proposal = proposed(words)
    request = gateway_pb2.EndorseRequest(proposed_transaction=proposal, **names)
    return names, request.SerializeToString()


def ordering(names: dict[str, str], answer: bytes) -> bytes:
    envelope = gateway_pb2.EndorseResponse.FromString(answer).prepared_transaction
    envelope.signature = sign(envelope.payload)
    return gateway_pb2.SubmitRequest(prepared_transaction=envelope, **names).SerializeToString()


def waiting(names: dict[str, str]) -> bytes:
    request = gateway_pb2.CommitStatusRequest(identity=CREATOR, **names).SerializeToString()
    signed = gateway_pb2.SignedCommitStatusRequest(request=request, signature=sign(request))
    return signed.SerializeToString()


async def main() -> None:
    async with grpc.aio.secure_channel(TARGET, CREDENTIALS) as channel:

        async def ask(method: str, request: bytes) -> bytes:
            return await channel.unary_unary(f"/gateway.Gateway/{method}")(request, timeout=30)

        async def evaluate(words: tuple[str, ...]) -> bytes:
            answer = await ask("Evaluate", asked(words))
            return gateway_pb2.EvaluateResponse.FromString(answer).result.payload

        async def submit(words: tuple[str, ...]) -> int:
            names, request = endorsing(words)
            await ask("Submit", ordering(names, await ask("Endorse", request)))
            answer = await ask("CommitStatus", waiting(names))
            return gateway_pb2.CommitStatusResponse.FromString(answer).result

        calls = {"evaluate": evaluate, "submit": submit}
        await serve(lambda kind, words: calls[kind](words))


def main_sync() -> None:
    with grpc.secure_channel(TARGET, CREDENTIALS) as channel:

        def ask(method: str, request: bytes) -> bytes:
            return channel.unary_unary(f"/gateway.Gateway/{method}")(request, timeout=30)

        def evaluate(words: tuple[str, ...]) -> bytes:
            answer = ask("Evaluate", asked(words))
            return gateway_pb2.EvaluateResponse.FromString(answer).result.payload

        def submit(words: tuple[str, ...]) -> int:
            names, request = endorsing(words)
            ask("Submit", ordering(names, ask("Endorse", request)))
            answer = ask("CommitStatus", waiting(names))
            return gateway_pb2.CommitStatusResponse.FromString(answer).result

        calls = {"evaluate": evaluate, "submit": submit}
        serve_threads(lambda kind, words: calls[kind](words))


if __name__ == "__main__":
    main_sync() if sys.argv[2] == "sync" else asyncio.run(main())
