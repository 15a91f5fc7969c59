"""A channel's configuration, chaincodes' definitions and blocks' metadata decoded; all as JSON."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.client.provable import Channel
from weftwork.errors import LedgerError
from weftwork.ledger import (
    NamespaceSet,
    OtherPolicy,
    OtherPrincipal,
    PolicyReference,
    SignaturePolicy,
    SignedBy,
    Write,
    as_json,
    decode_block,
    decode_config,
    decode_config_entry,
    decode_endorsement_policy,
    decode_msp,
    decode_policy,
    decode_signature_policy,
    definition_writes,
)
from weftwork.policy import endorsement_policy, signature_policy
from weftwork_protos import (
    acls_pb2,
    collection_pb2,
    common_pb2,
    configtx_pb2,
    etcdraft_pb2,
    lifecycle_state_pb2,
    msp_config_pb2,
    msp_pb2,
    orderer_pb2,
    policies_pb2,
)


def test_who_takes_part_and_by_which_policies(channel: Channel) -> None:
    found = decode_config_entry(channel.config(3)).config
    names = ("CivicMSP", "EnergyMSP", "LogisticsMSP")
    assert found.sequence == 3
    assert tuple(each.mspid for each in found.applications) == names
    assert tuple(each.mspid for each in found.orderers) == names
    assert str(found.policies["/Channel/Orderer/BlockValidation"]) == "ANY Writers"
    assert str(found.orderers[0].policies["Writers"]) == "OutOf(1, 'CivicMSP.orderer')"
    assert str(found.group.policy("Orderer/CivicMSP/Writers")) == "OutOf(1, 'CivicMSP.orderer')"
    assert found.group.policy("Orderer/NobodyMSP/Writers") is None
    (energy,) = [msp for msp in found.msps() if msp.mspid == "EnergyMSP"]
    assert energy.roots == (channel.departments[1].root.pem,)
    assert energy.node_units is not None
    assert energy.node_units.peer is not None
    assert (energy.node_units.enabled, energy.node_units.peer.name) == (True, "peer")
    assert (found.ordering is not None, energy.hash_family) == (True, "SHA2")


def test_consenters_of_bft(bft: Channel) -> None:
    ordering = decode_config_entry(bft.config()).config.ordering
    assert ordering is not None
    assert ordering.consensus == "BFT"
    assert [each.id for each in ordering.consenters] == [1, 2, 3, 4]
    assert ordering.consenters[1].identity == bft.departments[1].orderer.pem


def test_values_of_the_groups() -> None:
    root = configtx_pb2.ConfigGroup()
    raft = etcdraft_pb2.ConfigMetadata(
        consenters=[etcdraft_pb2.Consenter(host="h", port=7, server_tls_cert=b"s")],
        options=etcdraft_pb2.Options(tick_interval="100ms", election_tick=10),
    )
    values = {
        "ConsensusType": orderer_pb2.ConsensusType(
            type="etcdraft",
            metadata=raft.SerializeToString(),
            state=orderer_pb2.ConsensusType.STATE_MAINTENANCE,
        ),
        "BatchSize": orderer_pb2.BatchSize(max_message_count=10, preferred_max_bytes=9),
        "BatchTimeout": orderer_pb2.BatchTimeout(timeout="2s"),
        "Capabilities": configtx_pb2.Capabilities(capabilities={"V2_0": configtx_pb2.Capability()}),
    }
    for name, value in values.items():
        root.groups["Orderer"].values[name].value = value.SerializeToString()
    application = root.groups["Application"]
    application.values["ACLs"].value = acls_pb2.ACLs(
        acls={"qscc/GetChainInfo": acls_pb2.APIResource(policy_ref="/Channel/Readers")}
    ).SerializeToString()
    anchors = configtx_pb2.AnchorPeers(anchor_peers=[configtx_pb2.AnchorPeer(host="p", port=1)])
    application.groups["A"].values["AnchorPeers"].value = anchors.SerializeToString()
    idemix = msp_config_pb2.MSPConfig(type=1, config=b"\xff").SerializeToString()
    application.groups["A"].values["MSP"].value = idemix
    config = configtx_pb2.Config(sequence=1, channel_group=root)
    found = decode_config(config.SerializeToString())
    assert found.ordering is not None
    assert (found.ordering.maintenance, found.ordering.batch_timeout) == (True, "2s")
    assert (found.ordering.max_message_count, found.ordering.preferred_max_bytes) == (10, 9)
    assert (found.ordering.consenters[0].port, found.ordering.options["election_tick"]) == (7, 10)
    assert (found.orderer_capabilities, dict(found.acls)) == (
        ("V2_0",),
        {"qscc/GetChainInfo": "/Channel/Readers"},
    )
    (only,) = found.applications
    assert (only.name, only.mspid, only.msp, only.anchor_peers) == ("A", "", None, ("p:1",))


def test_who_signed_an_update_of_the_configuration(channel: Channel) -> None:
    entry = configtx_pb2.ConfigEnvelope.FromString(channel.config(1))
    header = common_pb2.SignatureHeader(creator=channel.departments[0].clerk.identity)
    update = configtx_pb2.ConfigUpdateEnvelope(
        signatures=[configtx_pb2.ConfigSignature(signature_header=header.SerializeToString())]
    )
    payload = common_pb2.Payload(data=update.SerializeToString()).SerializeToString()
    entry.last_update.CopyFrom(common_pb2.Envelope(payload=payload))
    (signer,) = decode_config_entry(entry.SerializeToString()).update_signers
    assert signer.mspid == "LogisticsMSP"


def test_policies_that_are_not_understood_stay_as_they_are() -> None:
    strange = policies_pb2.Policy(type=9, value=b"v").SerializeToString()
    assert decode_policy(strange) == OtherPolicy(9, b"v")
    principal = msp_pb2.MSPPrincipal(
        principal_classification=msp_pb2.MSPPrincipal.ANONYMITY, principal=b"x"
    )
    envelope = policies_pb2.SignaturePolicyEnvelope(
        rule=policies_pb2.SignaturePolicy(signed_by=0), identities=[principal]
    )
    found = decode_signature_policy(envelope.SerializeToString())
    assert found == SignaturePolicy(SignedBy(OtherPrincipal(3, b"x")))
    envelope.rule.signed_by = 1
    with pytest.raises(LedgerError, match="names principal 1, which it lacks"):
        decode_signature_policy(envelope.SerializeToString())
    path = endorsement_policy("/Channel/Application/Endorsement")
    assert decode_endorsement_policy(path) == PolicyReference("/Channel/Application/Endorsement")


def test_principals_nested_without_end() -> None:
    part = msp_pb2.MSPPrincipal()
    for _ in range(3000):
        inner = msp_pb2.CombinedPrincipal(principals=[part])
        part = msp_pb2.MSPPrincipal(
            principal_classification=msp_pb2.MSPPrincipal.COMBINED,
            principal=inner.SerializeToString(),
        )
    envelope = policies_pb2.SignaturePolicyEnvelope(identities=[part])
    with pytest.raises(LedgerError, match="nested too deep"):
        decode_signature_policy(envelope.SerializeToString())


def test_a_chaincode_s_definition_as_it_is_written() -> None:
    def state(**content: object) -> bytes:
        return lifecycle_state_pb2.StateData(**content).SerializeToString()  # type: ignore[arg-type]

    endorsement = lifecycle_state_pb2.ChaincodeEndorsementInfo(version="2", init_required=True)
    validation = lifecycle_state_pb2.ChaincodeValidationInfo(
        validation_parameter=endorsement_policy("AND('AMSP.peer', 'BMSP.peer')")
    )
    members = policies_pb2.SignaturePolicyEnvelope.FromString(signature_policy("OR('AMSP.member')"))
    collection = collection_pb2.StaticCollectionConfig(
        name="consent",
        member_orgs_policy=collection_pb2.CollectionPolicyConfig(signature_policy=members),
        block_to_live=5,
    )
    package = collection_pb2.CollectionConfigPackage(
        config=[collection_pb2.CollectionConfig(static_collection_config=collection)]
    )
    written = {
        "cc/Sequence": state(Int64=4),
        "cc/EndorsementInfo": state(Bytes=endorsement.SerializeToString()),
        "cc/ValidationInfo": state(Bytes=validation.SerializeToString()),
        "cc/Collections": state(Bytes=package.SerializeToString()),
        "other/Sequence": state(Int64=2),
    }
    writes = tuple(
        Write(f"namespaces/fields/{key}", value, deleted=False) for key, value in written.items()
    )
    rwset = (NamespaceSet("_lifecycle", (), (), writes, (), ()),)
    first, second = definition_writes(rwset)
    assert (first.chaincode, first.sequence, first.version, first.init_required) == (
        "cc",
        4,
        "2",
        True,
    )
    assert str(first.endorsement_policy) == "OutOf(2, 'AMSP.peer', 'BMSP.peer')"
    assert first.collections is not None
    assert (first.collections[0].name, first.collections[0].block_to_live) == ("consent", 5)
    assert str(first.collections[0].members) == "OutOf(1, 'AMSP.member')"
    assert (second.chaincode, second.sequence, second.version) == ("other", 2, None)
    assert definition_writes((NamespaceSet("cc", (), (), writes, (), ()),)) == ()


def test_who_signed_a_block(channel: Channel, bft: Channel) -> None:
    for each, names in ((channel, ["LogisticsMSP"]), (bft, [1, 2, 3])):
        made = each.block(7, [each.transaction()[1]], last_config=3)
        signed = common_pb2.Metadata(
            value=made.value,
            signatures=[
                common_pb2.MetadataSignature(
                    signature=found.signature,
                    **{"identifier_header" if found.numbered else "signature_header": found.header},
                )
                for found in made.signatures
            ],
        )
        block = common_pb2.Block(
            header=common_pb2.BlockHeader(number=7),
            data=common_pb2.BlockData(data=made.data),
            metadata=common_pb2.BlockMetadata(metadata=[signed.SerializeToString()]),
        )
        metadata = decode_block(block.SerializeToString()).metadata
        assert metadata.last_config == 3
        assert names == [
            found.signer.mspid if found.signer else found.consenter for found in metadata.signatures
        ]


def test_all_of_it_as_json(channel: Channel) -> None:
    found = json.loads(json.dumps(as_json(decode_block(channel.first_bytes))))
    config = found["transactions"][0]["config"]["config"]
    assert config["policies"]["/Channel/Orderer/BlockValidation"]["text"] == "ANY Writers"
    assert config["applications"][0]["msp"]["roots"][0].startswith("-----BEGIN CERTIFICATE-----")
    assert found["transactions"][0]["code"] == "NOT_VALIDATED"
    with pytest.raises(TypeError, match="set is nothing that the ledger holds"):
        as_json({1})


@given(st.binary(max_size=300))
def test_any_bytes_are_decoded_or_refused_with_words(data: bytes) -> None:
    write = Write("namespaces/fields/cc/ValidationInfo", data, deleted=False)
    for decoder in (
        decode_config,
        decode_config_entry,
        decode_endorsement_policy,
        decode_msp,
        decode_policy,
        decode_signature_policy,
        lambda found: definition_writes((NamespaceSet("_lifecycle", (), (), (write,), (), ()),)),
    ):
        with suppress(LedgerError):
            decoder(data)
