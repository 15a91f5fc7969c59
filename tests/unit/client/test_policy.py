"""Policies' text: Fabric's language, Fabric's bytes, and a place for each fault."""

import pytest

from weftwork.definition import ChaincodeDefinition, Collection, CommittedDefinition
from weftwork.errors import PolicyError
from weftwork.policy import endorsement_policy, signature_policy
from weftwork_protos import collection_pb2, msp_pb2, policies_pb2


def principals(envelope: policies_pb2.SignaturePolicyEnvelope) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for identity in envelope.identities:
        role = msp_pb2.MSPRole.FromString(identity.principal)
        found.append((role.msp_identifier, msp_pb2.MSPRole.MSPRoleType.Name(role.role)))
    return found


def test_gates_and_the_order_of_principals() -> None:
    text = "AND('AMSP.peer', OR('BMSP.member', 'AMSP.peer'), OutOf(2, 'C.d-1.admin', 'D.client'))"
    envelope = policies_pb2.SignaturePolicyEnvelope.FromString(signature_policy(text))
    # Inner gates are numbered first and nothing is deduplicated, as Fabric's own parser does.
    assert principals(envelope) == [
        ("BMSP", "MEMBER"),
        ("AMSP", "PEER"),
        ("C.d-1", "ADMIN"),
        ("D", "CLIENT"),
        ("AMSP", "PEER"),
    ]
    outer = envelope.rule.n_out_of
    assert outer.n == 3
    assert outer.rules[0].signed_by == 4
    assert (outer.rules[1].n_out_of.n, outer.rules[2].n_out_of.n) == (1, 2)
    assert [rule.signed_by for rule in outer.rules[2].n_out_of.rules] == [2, 3]


def test_spaces_and_quotes_do_not_matter() -> None:
    assert signature_policy("or('A.peer','B.peer')") == signature_policy(
        ' OR( "A.peer" ,\n "B.peer" ) '
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "AND, OR or OutOf is expected"),
        ("'A.peer'", "AND, OR or OutOf is expected"),
        ("XOR('A.peer')", "XOR is not AND"),
        ("AND('A.peer'", "')' is expected"),
        ("AND()", "AND, OR or OutOf is expected"),
        ("AND('A.peer') x", "something follows"),
        ("AND('A.boss')", "is not 'MSPID.role'"),
        ("AND('peer')", "is not 'MSPID.role'"),
        ("AND('A.peer\n')", "is not 'MSPID.role'"),
        ("OutOf('A.peer')", "a number is expected"),
        ("OutOf(3, 'A.peer', 'B.peer')", "can never be met"),
        ("OutOf(0, 'A.peer')", "always is"),
        ("AND('A.peer' 'B.peer')", "')' is expected"),
    ],
)
def test_a_fault_names_its_place(text: str, words: str) -> None:
    with pytest.raises(PolicyError, match="at character") as caught:
        signature_policy(text)
    assert words in str(caught.value)


def test_a_reference_to_the_channel_s_policy() -> None:
    policy = policies_pb2.ApplicationPolicy.FromString(
        endorsement_policy("/Channel/Application/Endorsement")
    )
    assert policy.channel_config_policy_reference == "/Channel/Application/Endorsement"


def test_collections_of_a_definition() -> None:
    definition = ChaincodeDefinition(
        "electricity",
        endorsement_policy="AND('EnergyMSP.peer','CivicMSP.peer')",
        collections=(
            Collection(
                "bills",
                "OR('EnergyMSP.member','CivicMSP.member')",
                required_peers=1,
                maximum_peers=2,
                block_to_live=3,
                member_only_write=True,
                endorsement_policy="OR('EnergyMSP.peer')",
            ),
        ),
    )
    package = collection_pb2.CollectionConfigPackage.FromString(definition.collection_package())
    (found,) = (config.static_collection_config for config in package.config)
    assert (found.name, found.required_peer_count, found.maximum_peer_count) == ("bills", 1, 2)
    assert (found.block_to_live, found.member_only_read, found.member_only_write) == (3, True, True)
    assert principals(found.member_orgs_policy.signature_policy) == [
        ("EnergyMSP", "MEMBER"),
        ("CivicMSP", "MEMBER"),
    ]
    assert principals(found.endorsement_policy.signature_policy) == [("EnergyMSP", "PEER")]


def test_a_wrong_policy_names_chaincode_and_collection() -> None:
    definition = ChaincodeDefinition("electricity", collections=(Collection("bills", "OR("),))
    with pytest.raises(PolicyError, match="chaincode electricity: collection bills: policy 'OR"):
        definition.collection_package()
    with pytest.raises(PolicyError, match="chaincode electricity: policy"):
        ChaincodeDefinition("electricity", endorsement_policy="x").validation_parameter()


def test_a_committed_definition_is_compared_by_what_it_says() -> None:
    definition = ChaincodeDefinition("c", "1.0", 2)
    committed = CommittedDefinition(
        name="c",
        version="1.0",
        sequence=1,
        validation_parameter=endorsement_policy("/Channel/Application/Endorsement"),
        collection_package=b"",
        init_required=False,
        approvals={},
    )
    assert committed.matches(definition)
    assert not committed.matches(ChaincodeDefinition("c", "1.1"))
    assert not committed.matches(ChaincodeDefinition("c", endorsement_policy="OR('AMSP.peer')"))
