"""What the official client's tests say of a submit and its commit (transaction.test.ts)."""

import grpc
import pytest

import weftwork
from tests.unit.client.conformance.conftest import OPTIONS, Signing
from tests.unit.client.conformance.requests import Asked, committed
from tests.unit.client.conformance.stub import COMMIT_STATUS, ENDORSE, SUBMIT, Failed, StubChannel
from weftwork_protos import gateway_pb2, peer_pb2


def submitted(channel: StubChannel) -> gateway_pb2.SubmitRequest:
    return gateway_pb2.SubmitRequest.FromString(channel.last(SUBMIT).request)


def transaction_of(contract: weftwork.Contract) -> weftwork.Transaction:
    return contract.proposal("TRANSACTION_NAME").endorse()


# throws on submit error
def test_a_failed_submit_is_typed(channel: StubChannel, contract: weftwork.Contract) -> None:
    failed = Failed(grpc.StatusCode.UNAVAILABLE, "ERROR_MESSAGE")
    channel.answers[SUBMIT] = failed
    transaction = transaction_of(contract)
    with pytest.raises(weftwork.SubmitError, match="ERROR_MESSAGE") as raised:
        transaction.submit()
    assert raised.value.transaction_id == transaction.transaction_id
    assert raised.value.status == "UNAVAILABLE"
    assert raised.value.__cause__ is failed


# throws on commit status error
def test_a_failed_status_is_typed(channel: StubChannel, contract: weftwork.Contract) -> None:
    failed = Failed(grpc.StatusCode.UNAVAILABLE, "ERROR_MESSAGE")
    channel.answers[COMMIT_STATUS] = failed
    commit = transaction_of(contract).submit()
    with pytest.raises(weftwork.CommitStatusError, match="ERROR_MESSAGE") as raised:
        commit.status()
    assert raised.value.transaction_id == commit.transaction_id
    assert raised.value.status == "UNAVAILABLE"
    assert raised.value.__cause__ is failed


# throws CommitError on commit failure
@pytest.mark.parametrize("code", [peer_pb2.MVCC_READ_CONFLICT, peer_pb2.PHANTOM_READ_CONFLICT])
def test_an_invalidated_submit_is_an_error(
    channel: StubChannel, contract: weftwork.Contract, code: peer_pb2.TxValidationCode.ValueType
) -> None:
    channel.answers[COMMIT_STATUS] = committed(code)
    with pytest.raises(weftwork.CommitError, match=peer_pb2.TxValidationCode.Name(code)):
        contract.submit("TRANSACTION_NAME")


# returns result
def test_a_submit_returns_the_result(contract: weftwork.Contract) -> None:
    assert contract.submit("TRANSACTION_NAME") == b"TX_RESULT"


# sets endorsing orgs
def test_a_submit_asks_the_named_organizations(
    channel: StubChannel, contract: weftwork.Contract
) -> None:
    contract.submit("TRANSACTION_NAME", endorsing_organizations=["org1", "org3"])
    assert Asked.endorse(channel.last(ENDORSE).request).organizations == ("org1", "org3")


# includes transaction ID in submit request
def test_the_submit_request_names_the_transaction(
    channel: StubChannel, contract: weftwork.Contract
) -> None:
    contract.submit("TRANSACTION_NAME")
    asked = Asked.endorse(channel.last(ENDORSE).request)
    assert submitted(channel).transaction_id == asked.transaction_id != ""


# uses signer for submit; uses signer for commit
def test_the_signer_signs_envelope_and_status_request(
    channel: StubChannel, contract: weftwork.Contract, signer: Signing
) -> None:
    signer.signature = b"MY_SIGNATURE"
    contract.submit("TRANSACTION_NAME")
    assert submitted(channel).prepared_transaction.signature == b"MY_SIGNATURE"
    status = gateway_pb2.SignedCommitStatusRequest.FromString(channel.last(COMMIT_STATUS).request)
    assert status.signature == b"MY_SIGNATURE"


# uses signer with newTransaction; uses signer for newCommit
def test_the_signer_signs_what_was_restored(
    channel: StubChannel, gateway: weftwork.Gateway, contract: weftwork.Contract, signer: Signing
) -> None:
    signer.signature = b"MY_SIGNATURE"
    unsigned = gateway.proposal(contract.proposal("TRANSACTION_NAME").to_bytes()).endorse()
    commit = gateway.transaction(unsigned.to_bytes()).submit()
    assert submitted(channel).prepared_transaction.signature == b"MY_SIGNATURE"
    gateway.commit(commit.to_bytes()).status()
    status = gateway_pb2.SignedCommitStatusRequest.FromString(channel.last(COMMIT_STATUS).request)
    assert status.signature == b"MY_SIGNATURE"


# commit returns transaction validation code, successful, unsuccessful, block number, zero block
@pytest.mark.parametrize(
    ("answer", "code", "successful", "block"),
    [
        (committed(), weftwork.ValidationCode.VALID, True, 0),
        (
            committed(peer_pb2.MVCC_READ_CONFLICT, 101),
            weftwork.ValidationCode.MVCC_READ_CONFLICT,
            False,
            101,
        ),
        (
            committed(peer_pb2.PHANTOM_READ_CONFLICT),
            weftwork.ValidationCode.PHANTOM_READ_CONFLICT,
            False,
            0,
        ),
    ],
    ids=["valid", "conflict", "no-block"],
)
def test_a_commit_tells_code_and_block(
    channel: StubChannel,
    contract: weftwork.Contract,
    answer: gateway_pb2.CommitStatusResponse,
    code: weftwork.ValidationCode,
    successful: bool,
    block: int,
) -> None:
    channel.answers[COMMIT_STATUS] = answer
    status = contract.submit_async("TRANSACTION_NAME").status()
    assert (status.code, status.successful, status.block_number) == (code, successful, block)


# submit uses specified call options; uses default call options; does not modify the default ones
def test_a_submit_has_its_own_timeout(channel: StubChannel, contract: weftwork.Contract) -> None:
    transaction_of(contract).submit(timeout=1.5)
    assert channel.last(SUBMIT).timeout == 1.5
    assert OPTIONS.submit.timeout == 13
    transaction_of(contract).submit()
    assert channel.last(SUBMIT).timeout == 13


# commit uses specified call options; uses default call options; does not modify the default ones
def test_a_status_has_its_own_timeout(channel: StubChannel, contract: weftwork.Contract) -> None:
    commit = transaction_of(contract).submit()
    commit.status(timeout=1.5)
    assert channel.last(COMMIT_STATUS).timeout == 1.5
    assert OPTIONS.commit_status.timeout == 14
    commit.status()
    assert channel.last(COMMIT_STATUS).timeout == 14
