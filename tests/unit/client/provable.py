"""A channel made in memory, with departments, orderers and peers, whose transactions are proved.

Everything that a test may want to forge is an argument.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from google.protobuf.timestamp_pb2 import Timestamp

from tests.unit.client.certified import Department, Person
from weftwork.ledger import header_bytes
from weftwork.policy import signature_policy
from weftwork.proof import Answer, OrdererSignature, Proof, SignedBlock, Trust
from weftwork.proof.gathering import question
from weftwork.proposals import build_proposal
from weftwork_protos import (
    common_pb2,
    configtx_pb2,
    msp_pb2,
    orderer_pb2,
    peer_pb2,
    policies_pb2,
    rwset_pb2,
)

CHANNEL = "crosswork"
NOW = 1_700_000_000


def policy_of(text: str) -> configtx_pb2.ConfigPolicy:
    found = policies_pb2.Policy(type=policies_pb2.Policy.SIGNATURE, value=signature_policy(text))
    return configtx_pb2.ConfigPolicy(policy=found)


def meta(rule: int, sub_policy: str) -> configtx_pb2.ConfigPolicy:
    value = policies_pb2.ImplicitMetaPolicy(
        rule=policies_pb2.ImplicitMetaPolicy.Rule.ValueType(rule), sub_policy=sub_policy
    )
    found = policies_pb2.Policy(
        type=policies_pb2.Policy.IMPLICIT_META, value=value.SerializeToString()
    )
    return configtx_pb2.ConfigPolicy(policy=found)


@dataclass
class Channel:
    """A channel of three departments, or four under BFT."""

    bft: bool = False
    departments: list[Department] = field(default_factory=list)

    def __post_init__(self) -> None:
        names = ["LogisticsMSP", "EnergyMSP", "CivicMSP", "PropertyMSP"][: 4 if self.bft else 3]
        self.departments = self.departments or [Department(name) for name in names]

    # configuration

    def config(self, sequence: int = 0) -> bytes:
        root = configtx_pb2.ConfigGroup()
        for department in self.departments:
            for kind, role in (("Application", "client"), ("Orderer", "orderer")):
                group = root.groups[kind].groups[department.mspid]
                group.values["MSP"].value = department.msp()
                rule = f"OR('{department.mspid}.{role}')"
                group.policies["Writers"].CopyFrom(policy_of(rule))
        orderer = root.groups["Orderer"]
        orderer.policies["BlockValidation"].CopyFrom(
            meta(policies_pb2.ImplicitMetaPolicy.ANY, "Writers")
        )
        consensus = orderer_pb2.ConsensusType(type="BFT" if self.bft else "etcdraft")
        orderer.values["ConsensusType"].value = consensus.SerializeToString()
        if self.bft:
            self._make_bft(orderer)
        config = configtx_pb2.Config(sequence=sequence, channel_group=root)
        entry = configtx_pb2.ConfigEnvelope(config=config)
        return entry.SerializeToString(deterministic=True)

    def _make_bft(self, orderer: configtx_pb2.ConfigGroup) -> None:
        # As configtxgen does: a quorum of consenters, each by its certificate.
        consenters = [
            configtx_pb2.Consenter(id=number, msp_id=found.mspid, identity=found.orderer.pem)
            for number, found in enumerate(self.departments, 1)
        ]
        mapping = configtx_pb2.Orderers(consenter_mapping=consenters)
        orderer.values["Orderers"].value = mapping.SerializeToString()
        envelope = policies_pb2.SignaturePolicyEnvelope(
            rule=policies_pb2.SignaturePolicy(
                n_out_of=policies_pb2.SignaturePolicy.NOutOf(
                    n=3,
                    rules=[
                        policies_pb2.SignaturePolicy(signed_by=place)
                        for place in range(len(consenters))
                    ],
                )
            ),
            identities=[
                msp_pb2.MSPPrincipal(
                    principal_classification=msp_pb2.MSPPrincipal.IDENTITY,
                    principal=found.orderer.identity,
                )
                for found in self.departments
            ],
        )
        orderer.policies["BlockValidation"].CopyFrom(
            configtx_pb2.ConfigPolicy(
                policy=policies_pb2.Policy(
                    type=policies_pb2.Policy.SIGNATURE, value=envelope.SerializeToString()
                )
            )
        )

    def config_envelope(self, sequence: int = 0, channel: str = CHANNEL) -> bytes:
        header = common_pb2.ChannelHeader(
            type=common_pb2.CONFIG, channel_id=channel, timestamp=Timestamp(seconds=NOW)
        )
        payload = common_pb2.Payload(
            header=common_pb2.Header(channel_header=header.SerializeToString()),
            data=self.config(sequence),
        )
        return common_pb2.Envelope(payload=payload.SerializeToString()).SerializeToString()

    @cached_property
    def first(self) -> SignedBlock:
        return SignedBlock(0, b"", (self.config_envelope(),), b"", ())

    @cached_property
    def first_bytes(self) -> bytes:
        data_hash = hashlib.sha256(self.first.data[0]).digest()
        return common_pb2.Block(
            header=common_pb2.BlockHeader(number=0, data_hash=data_hash),
            data=common_pb2.BlockData(data=self.first.data),
        ).SerializeToString()

    @property
    def trust(self) -> Trust:
        return Trust.block(self.first_bytes)

    # transactions

    def transaction(
        self,
        *,
        creator: Person | None = None,
        endorsers: Sequence[Person] | None = None,
        seconds: int = NOW,
    ) -> tuple[str, bytes]:
        creator = creator or self.departments[0].clerk
        made = build_proposal(
            creator.identity, CHANNEL, "logistics", [b"offer", b"C-1"], time_ns=seconds * 10**9
        )
        proposal = peer_pb2.Proposal.FromString(made.proposal)
        header = common_pb2.Header.FromString(proposal.header)
        writes = rwset_pb2.KVRWSet(writes=[rwset_pb2.KVWrite(key="C-1", value=b"offered")])
        part = rwset_pb2.NsReadWriteSet(namespace="logistics", rwset=writes.SerializeToString())
        action = peer_pb2.ChaincodeAction(
            results=rwset_pb2.TxReadWriteSet(ns_rwset=[part]).SerializeToString(),
            response=peer_pb2.Response(status=200, payload=b"done"),
            chaincode_id=peer_pb2.ChaincodeID(name="logistics"),
        )
        payload = self.response_payload(header, proposal.payload, action)
        if endorsers is None:
            endorsers = [self.departments[0].peer, self.departments[1].peer]
        content = peer_pb2.ChaincodeActionPayload(
            chaincode_proposal_payload=proposal.payload,
            action=peer_pb2.ChaincodeEndorsedAction(
                proposal_response_payload=payload,
                endorsements=[
                    peer_pb2.Endorsement(
                        endorser=each.identity, signature=each.sign(payload + each.identity)
                    )
                    for each in endorsers
                ],
            ),
        )
        only = peer_pb2.TransactionAction(
            header=header.signature_header, payload=content.SerializeToString()
        )
        signed = common_pb2.Payload(
            header=header, data=peer_pb2.Transaction(actions=[only]).SerializeToString()
        ).SerializeToString()
        envelope = common_pb2.Envelope(payload=signed, signature=creator.sign(signed))
        return made.transaction_id, envelope.SerializeToString()

    def response_payload(
        self, header: common_pb2.Header, payload: bytes, action: peer_pb2.ChaincodeAction
    ) -> bytes:
        hashed = hashlib.sha256(header.channel_header + header.signature_header + payload)
        return peer_pb2.ProposalResponsePayload(
            proposal_hash=hashed.digest(), extension=action.SerializeToString()
        ).SerializeToString()

    # blocks

    def block(
        self,
        number: int,
        data: Sequence[bytes],
        *,
        signers: Sequence[Person] | None = None,
        last_config: int = 0,
        numbered: bool | None = None,
    ) -> SignedBlock:
        if signers is None:
            count = 3 if self.bft else 1
            signers = [found.orderer for found in self.departments[:count]]
        value = common_pb2.OrdererBlockMetadata(
            last_config=common_pb2.LastConfig(index=last_config), consenter_metadata=b"term"
        ).SerializeToString()
        previous = b"p" * 32
        header = header_bytes(number, previous, hashlib.sha256(b"".join(data)).digest())
        signatures: list[OrdererSignature] = []
        for signer in signers:
            by_number = self.bft if numbered is None else numbered
            if by_number:
                place = [found.orderer for found in self.departments].index(signer) + 1
                named = common_pb2.IdentifierHeader(identifier=place, nonce=b"n" * 24)
            else:
                named = common_pb2.SignatureHeader(creator=signer.identity, nonce=b"n" * 24)
            serialized = named.SerializeToString()
            signature = signer.sign(value + serialized + header)
            signatures.append(OrdererSignature(serialized, by_number, signature))
        return SignedBlock(number, previous, tuple(data), value, tuple(signatures))

    # answers

    def answer(
        self,
        transaction_id: str,
        envelope: bytes,
        witness: Person,
        *,
        code: int = 0,
        channel: str = CHANNEL,
        answered_by: str = "qscc",
    ) -> Answer:
        asked = question(self.departments[0].clerk.identity, channel, transaction_id)
        processed = peer_pb2.ProcessedTransaction(
            transactionEnvelope=common_pb2.Envelope.FromString(envelope), validationCode=code
        )
        action = peer_pb2.ChaincodeAction(
            response=peer_pb2.Response(status=200, payload=processed.SerializeToString()),
            chaincode_id=peer_pb2.ChaincodeID(name=answered_by, version="3.1.1"),
        )
        header = common_pb2.Header(
            channel_header=asked.channel_header, signature_header=asked.signature_header
        )
        payload = self.response_payload(header, asked.payload, action)
        return Answer(
            channel_header=asked.channel_header,
            signature_header=asked.signature_header,
            question=asked.payload,
            payload=payload,
            endorser=witness.identity,
            signature=witness.sign(payload + witness.identity),
        )

    def proof_of(self, transaction_id: str, envelope: bytes, block: SignedBlock) -> Proof:
        """A proof of a transaction in a block, vouched for by the first two departments."""
        answers = tuple(
            self.answer(transaction_id, envelope, found.peer) for found in self.departments[:2]
        )
        return Proof(transaction_id, block, (self.first,), answers)

    def proof(self, *, code: int = 0, neighbours: Sequence[bytes] = ()) -> Proof:
        """A proof of a new transaction, vouched for by the first two departments."""
        transaction_id, envelope = self.transaction()
        return Proof(
            transaction_id=transaction_id,
            block=self.block(7, [*neighbours, envelope]),
            config=(self.first,),
            answers=tuple(
                self.answer(transaction_id, envelope, found.peer, code=code)
                for found in self.departments[:2]
            ),
        )


def with_config(proof: Proof, *blocks: SignedBlock) -> Proof:
    """The proof with further config blocks."""
    return replace(proof, config=(*proof.config, *blocks))
