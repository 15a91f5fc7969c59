"""What the client logs: enough to follow a transaction, and nothing that must not be seen."""

import logging
import subprocess
import sys

import grpc
import pytest

import weftwork
import weftwork.aio
from tests.unit.client.fake_gateway import Failure, FakeGateway
from tests.unit.client.people import user
from weftwork_protos import peer_pb2

SECRETS = ("argument 4711", "price 4712", "result 4713", "refused 4714")


def submitted(fake: FakeGateway, **options: object) -> weftwork.Gateway:
    clerk = user()
    found = weftwork.Options(**options)  # pyright: ignore[reportArgumentType]
    return weftwork.connect_endpoint(fake.endpoint, clerk.identity, clerk.signer(), options=found)


def test_each_call_is_told_with_its_transaction_and_no_secret(
    fake: FakeGateway, gateway: weftwork.Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fake.functions["f"] = lambda call: SECRETS[2].encode()
    contract = gateway.network("c").contract("cc")
    contract.submit("f", SECRETS[0], transient={"price": SECRETS[1].encode()})
    fake.functions["f"] = lambda call: Failure(
        grpc.StatusCode.ABORTED, SECRETS[3], (("p:1", "AMSP", SECRETS[3]),)
    )
    with pytest.raises(weftwork.EndorseError):
        contract.submit("f", SECRETS[0])
    told = [record.getMessage() for record in caplog.records if record.name == "weftwork.calls"]
    (transaction_id,) = fake.submitted
    target = fake.endpoint.target
    for stage, line in zip(("endorse", "submit", "commit_status"), told[:3], strict=True):
        assert line.startswith(f"{stage} {transaction_id} at {target}: OK, ")
        assert line.endswith(" ms")
    assert ": ABORTED, " in told[-1]
    key_lines = user().private_key.decode().splitlines()[1:-1]
    for secret in (*SECRETS, *key_lines):
        assert secret not in caplog.text


async def test_the_async_client_tells_the_same(
    fake: FakeGateway, async_gateway: weftwork.aio.Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "weftwork")
    fake.functions["f"] = lambda call: b""
    await async_gateway.network("c").contract("cc").evaluate("f")
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("evaluate ")


def test_a_doubt_an_attempt_and_a_broken_peer_are_told_of(
    fake: FakeGateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "weftwork")
    fake.functions["f"] = lambda call: b""
    fake.doubtful = Failure(grpc.StatusCode.DEADLINE_EXCEEDED, "late")
    fake.codes = [peer_pb2.MVCC_READ_CONFLICT]
    with submitted(fake, retry=weftwork.Retry(base=0.001)) as gateway:
        gateway.network("c").contract("cc").submit("f")
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    first, second = fake.submitted
    assert ("INFO", f"transaction {first} is in doubt: DEADLINE_EXCEEDED") in said
    assert any(f"{first}: MVCC_READ_CONFLICT, attempt 2 follows" in line for _, line in said)
    assert ("INFO", f"transaction {second} is in doubt: DEADLINE_EXCEEDED") in said
    caplog.clear()
    target = fake.endpoint.target
    with submitted(fake) as gateway:
        fake.stop()
        with pytest.raises(weftwork.EvaluateError):
            gateway.network("c").contract("cc").evaluate("f")
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith(f"peer {target} failed, others are asked for 0.5 s: UNAV")


def test_an_application_that_asks_for_no_log_gets_none() -> None:
    words = "import weftwork, logging; logging.getLogger('weftwork.peers').warning('peer x failed')"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, check=True, text=True)
    assert (done.stdout, done.stderr) == ("", "")
