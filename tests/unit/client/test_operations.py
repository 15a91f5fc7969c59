"""An operation whose result cannot be read back: it may be on the ledger, and is said to be."""

import grpc
import pytest

import weftwork
from tests.unit.client.fake_gateway import Failure, FakeGateway

CHANNEL = "crosswork"


def test_what_was_committed_is_never_told_as_an_evaluation_that_failed(
    fake: FakeGateway, gateway: weftwork.Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EvaluateError says that the ledger is untouched, which would be untrue."""
    monkeypatch.setattr("weftwork._sync.operating._READ_PAUSES", (0.01,))
    fake.functions["f"] = lambda call: b"1"

    def broken(call: object) -> bytes:
        raise Failure(grpc.StatusCode.ABORTED, "the ledger cannot be read")

    monkeypatch.setattr(fake, "_qscc", broken)
    contract = gateway.network(CHANNEL).contract("c")
    with pytest.raises(weftwork.CommitStatusError, match="may have committed") as caught:
        contract.submit("f", "a", operation_id="op")
    assert "its result could not be read back: the ledger cannot be read" in str(caught.value)
    assert caught.value.transaction_id == fake.submitted[0]
    assert (caught.value.status, caught.value.peer) == ("ABORTED", fake.endpoint.target)
    monkeypatch.undo()
    fake.functions["f"] = lambda call: b"1"
    assert contract.submit("f", "a", returns=str, operation_id="op") == "1"
    assert len(fake.submitted) == 1
