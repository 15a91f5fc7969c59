"""A chaincode's definition as it lies on the ledger, where every invocation reads it.

A transaction that was endorsed before a chaincode was upgraded is an MVCC_READ_CONFLICT after it,
because it read the sequence. Source: Fabric ``core/chaincode/lifecycle``. What Fabric writes as
protobuf lies here as plain text; approvals are not kept.
"""

from collections.abc import Sequence

from weftwork_chaincode.testing.answer import Answer
from weftwork_chaincode.testing.definitions import Definition
from weftwork_chaincode.testing.endorsing import Endorsed
from weftwork_chaincode.testing.policies import rule_of
from weftwork_chaincode.testing.proposed import Proposed
from weftwork_chaincode.testing.rwset import ReadWriteSet
from weftwork_chaincode.testing.simulator import LIFECYCLE
from weftwork_protos import peer_pb2


def lifecycle(departments: Sequence[str]) -> Definition:
    """The system chaincode that keeps the definitions."""
    policy = rule_of("/Channel/Application/LifecycleEndorsement", departments)
    return Definition(LIFECYCLE, "syscc", 1, policy, {}, tuple(departments))


def commit_definition(
    proposed: Proposed, definition: Definition, departments: Sequence[str]
) -> Endorsed:
    """The transaction that commits a chaincode's definition, endorsed by every department."""
    name = definition.name
    results = ReadWriteSet()
    writes = results.of(LIFECYCLE).writes
    writes[f"namespaces/metadata/{name}"] = b"ChaincodeDefinition"
    writes[f"namespaces/fields/{name}/Sequence"] = str(definition.sequence).encode()
    writes[f"namespaces/fields/{name}/EndorsementInfo"] = definition.version.encode()
    writes[f"namespaces/fields/{name}/ValidationInfo"] = b"vscc"
    writes[f"namespaces/fields/{name}/Collections"] = ",".join(
        sorted(definition.collections) or ("-",)
    ).encode()
    action = peer_pb2.ChaincodeAction(
        results=results.encode({}),
        response=peer_pb2.Response(status=200),
        chaincode_id=peer_pb2.ChaincodeID(name=LIFECYCLE, version="syscc"),
    )
    payload = peer_pb2.ProposalResponsePayload(
        proposal_hash=proposed.hash, extension=action.SerializeToString()
    ).SerializeToString()
    answer = Answer(200, "", by_chaincode=True, payload=payload, results=results)
    return Endorsed(proposed, answer, tuple(departments))
