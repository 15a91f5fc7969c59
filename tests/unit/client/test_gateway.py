"""The client against a Gateway service over gRPC: submit, evaluate, errors, threads, loops."""

import asyncio
import pickle
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace

import grpc
import pytest

import weftwork
import weftwork.aio
from tests.unit.client.fake_gateway import Call, Failure, FakeGateway, Function, Outcome
from tests.unit.client.people import server_tls, user
from weftwork_protos import peer_pb2

CHANNEL = "crosswork"
REFUSED = Failure(
    grpc.StatusCode.ABORTED,
    "failed to endorse transaction, see attached details for more info",
    (
        ("peer0.energy:7051", "EnergyMSP", "chaincode response 403, Forbidden: not the receiver"),
        ("peer0.civic:7051", "CivicMSP", "cannot be reached"),
    ),
)


def test_submit_gives_the_result_once_committed(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["offer"] = lambda call: b'{"n":1}'
    contract = gateway.network(CHANNEL).contract("logistics")
    result = contract.submit("offer", "C-1", b"\xff", ["M-1"], 7, None, returns=dict[str, int])
    assert result == {"n": 1}
    (call,) = fake.calls
    assert call.args == (b"C-1", b"\xff", b'["M-1"]', b"7", b"null")
    assert (call.channel, call.chaincode, call.mspid) == (CHANNEL, "logistics", "LogisticsMSP")
    assert fake.submitted == [call.transaction_id]


def test_text_stays_text_even_where_it_looks_like_json(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["f"] = lambda call: call.args[0]
    contract = gateway.network(CHANNEL).contract("logistics")
    assert contract.evaluate("f", '"quoted"', returns=str) == '"quoted"'


@pytest.mark.parametrize("kind", ["P-256", "P-384", "Ed25519"])
def test_every_signature_is_one_that_a_peer_accepts(fake: FakeGateway, kind: str) -> None:
    fake.functions["f"] = lambda call: b""
    someone = user(kind=kind)
    with weftwork.connect_endpoint(fake.endpoint, someone.identity, someone.signer()) as connected:
        contract = connected.network(CHANNEL).contract("c")
        # Half of all signatures are high before they are brought down: try enough of them.
        for _ in range(12):
            contract.submit("f")
    assert len(fake.submitted) == 12


def test_a_key_of_somebody_else_is_refused(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b""
    identity, thief = user().identity, user(label="thief")
    with (
        weftwork.connect_endpoint(fake.endpoint, identity, thief.signer()) as connected,
        pytest.raises(weftwork.EvaluateError, match="signature is wrong"),
    ):
        connected.network(CHANNEL).contract("c").evaluate("f")


def test_transient_data_and_endorsing_organizations_travel(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["f"] = lambda call: b""
    contract = gateway.network(CHANNEL).contract("c")
    for call_it in (contract.submit, contract.evaluate):
        call_it("f", transient={"k": b"secret"}, endorsing_organizations=["AMSP", "BMSP"])
        assert fake.calls[-1].transient == {"k": b"secret"}
        assert fake.calls[-1].organizations == ("AMSP", "BMSP")


def test_one_text_is_no_list_of_departments(gateway: weftwork.Gateway) -> None:
    contract = gateway.network(CHANNEL).contract("c")
    with pytest.raises(weftwork.ArgumentError, match="list of MSP ids"):
        contract.submit("f", endorsing_organizations="AMSP")


def test_a_named_contract_prefixes_its_functions(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["registry:f"] = lambda call: b"ok"
    assert gateway.network(CHANNEL).contract("c", "registry").evaluate("f") == b"ok"


def test_a_refused_endorsement_names_department_address_and_reason(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["accept"] = lambda call: REFUSED
    with pytest.raises(weftwork.EndorseError) as caught:
        gateway.network(CHANNEL).contract("logistics").submit("accept", "C-1")
    error = caught.value
    assert error.status == "ABORTED"
    assert error.transaction_id == fake.calls[0].transaction_id
    assert [refusal.mspid for refusal in error.refusals] == ["EnergyMSP", "CivicMSP"]
    assert error.refusals[0].chaincode_status == 403
    assert error.refusals[0].reason == "Forbidden: not the receiver"
    assert error.refusals[1].chaincode_status is None
    for part in ("EnergyMSP", "peer0.energy:7051", "Forbidden: not the receiver", "CivicMSP"):
        assert part in str(error)
    assert error.transaction_id in str(error)
    assert f"127.0.0.1:{fake.port}" in str(error)
    assert not fake.submitted


def behind(mspid: str, times: int) -> Function:
    """A function that one department's peer refuses at first, and grants then."""
    left = iter(range(times))

    def answer(_: Call) -> bytes | Failure:
        if next(left, None) is None:
            return b'"done"'
        text = "chaincode response 404, NotFound: no offer C-1"
        return Failure(grpc.StatusCode.ABORTED, "failed", (("peer0:7051", mspid, text),))

    return answer


def test_a_peer_of_another_department_that_is_a_block_behind_is_asked_again(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["accept"] = behind("CivicMSP", 2)
    result = gateway.network(CHANNEL).contract("logistics").submit("accept", "C-1")
    assert result == b'"done"'
    assert len({call.transaction_id for call in fake.calls}) == 3
    assert fake.submitted == [fake.calls[-1].transaction_id]


def test_a_refusal_that_stands_is_told_after_the_last_attempt(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["accept"] = behind("CivicMSP", 9)
    with pytest.raises(weftwork.EndorseError, match="no offer C-1"):
        gateway.network(CHANNEL).contract("logistics").submit("accept", "C-1")
    assert len(fake.calls) == 3
    assert not fake.submitted


def test_the_own_departments_refusal_is_final(fake: FakeGateway, gateway: weftwork.Gateway) -> None:
    fake.functions["accept"] = behind(gateway.identity.mspid, 1)
    with pytest.raises(weftwork.EndorseError):
        gateway.network(CHANNEL).contract("logistics").submit("accept", "C-1")
    assert len(fake.calls) == 1


@pytest.mark.parametrize(("block_after", "submits"), [(7, 2), (5, 1)])
def test_an_upgrade_between_endorsement_and_commit_is_no_conflict_of_the_callers(
    fake: FakeGateway, gateway: weftwork.Gateway, block_after: int, submits: int
) -> None:
    """A conflict over the chaincode's definition is tried anew; any other is the caller's."""
    blocks = iter([5, block_after])
    fake.functions["accept"] = lambda _: Outcome(b'"done"', defined_in=next(blocks))
    fake.codes = [peer_pb2.MVCC_READ_CONFLICT]
    contract = gateway.network(CHANNEL).contract("logistics")
    if submits == 2:
        assert contract.submit("accept", "C-1") == b'"done"'
    else:
        with pytest.raises(weftwork.CommitError, match="MVCC_READ_CONFLICT"):
            contract.submit("accept", "C-1")
    assert len(fake.submitted) == submits


def test_what_gossip_has_not_told_yet_is_asked_again(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    left = iter(range(2))

    def answer(_: Call) -> bytes | Failure:
        if next(left, None) is None:
            return b'"done"'
        text = "no combination of peers can be derived which satisfy the endorsement policy"
        return Failure(grpc.StatusCode.FAILED_PRECONDITION, text)

    fake.functions["accept"] = answer
    assert gateway.network(CHANNEL).contract("logistics").submit("accept", "C-1") == b'"done"'
    assert len(fake.calls) == 3


def differing(mspid: str, versions: dict[str, str]) -> tuple[Function, Function]:
    """A function whose result one department's peer has otherwise, and what tells the versions."""

    def answer(_: Call) -> Failure:
        text = "ProposalResponsePayloads do not match"
        return Failure(grpc.StatusCode.ABORTED, "failed", (("peer0:7051", mspid, text),))

    def version(call: Call) -> bytes | Failure:
        (asked,) = call.organizations
        if asked not in versions:
            return Failure(grpc.StatusCode.UNKNOWN, "no such function")
        return b'{"version":"%s"}' % versions[asked].encode()

    return answer, version


def test_departments_that_run_different_code_are_named_with_their_versions(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    mine = gateway.identity.mspid
    versions = {mine: "1a2b3c4d5e6f", "CivicMSP": "3c4d5e6f7a8b"}
    fake.functions["accept"], fake.functions["org.weftwork:GetVersion"] = differing(
        "CivicMSP", versions
    )
    with pytest.raises(weftwork.EndorseError) as caught:
        gateway.network(CHANNEL).contract("logistics").submit("accept", "C-1")
    assert f"{mine} runs 1a2b3c4d5e6f, CivicMSP runs 3c4d5e6f7a8b" in str(caught.value)
    assert caught.value.versions == versions
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    # It may have been a peer that is a block behind: asked as often as for any other refusal.
    assert [call.function for call in fake.calls].count("accept") == 3


def test_the_same_code_with_different_results_is_called_so(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    versions = {gateway.identity.mspid: "1a2b", "CivicMSP": "1a2b"}
    fake.functions["accept"], fake.functions["org.weftwork:GetVersion"] = differing(
        "CivicMSP", versions
    )
    with pytest.raises(weftwork.EndorseError, match="depends on more than the ledger"):
        gateway.network(CHANNEL).contract("logistics").submit("accept", "C-1")


def test_code_that_does_not_tell_its_version_leaves_the_error_as_it_is(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["accept"], fake.functions["org.weftwork:GetVersion"] = differing("CivicMSP", {})
    with pytest.raises(weftwork.EndorseError, match="do not match") as caught:
        gateway.network(CHANNEL).contract("logistics").submit("accept", "C-1")
    assert caught.value.versions == {}


def test_errors_survive_pickling(fake: FakeGateway, gateway: weftwork.Gateway) -> None:
    fake.functions["accept"] = lambda call: REFUSED
    with pytest.raises(weftwork.EndorseError) as caught:
        gateway.network(CHANNEL).contract("logistics").submit("accept")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(copy, weftwork.EndorseError)
    assert str(copy) == str(caught.value)
    assert copy.refusals == caught.value.refusals


@pytest.mark.parametrize(
    ("stage", "kind"),
    [
        ("evaluate", weftwork.EvaluateError),
        ("endorse", weftwork.EndorseError),
        ("submit", weftwork.SubmitError),
        ("status", weftwork.CommitStatusError),
    ],
)
@pytest.mark.parametrize(
    "code",
    [
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.PERMISSION_DENIED,
    ],
)
def test_each_stage_has_its_error(
    fake: FakeGateway,
    gateway: weftwork.Gateway,
    stage: str,
    kind: type[weftwork.GatewayError],
    code: grpc.StatusCode,
) -> None:
    failure = Failure(code, "because", (("o:1", "OMSP", "a detail"),))
    fake.functions["f"] = lambda call: failure if stage in ("evaluate", "endorse") else b""
    fake.submit_failure = failure if stage == "submit" else None
    fake.status_failure = failure if stage == "status" else None
    contract = gateway.network(CHANNEL).contract("c")
    attempt = contract.evaluate if stage == "evaluate" else contract.submit
    with pytest.raises(kind) as caught:
        attempt("f", timeout=0.6)
    assert type(caught.value) is kind
    assert caught.value.status == code.name
    assert "because" in str(caught.value)
    assert "OMSP (o:1): a detail" in str(caught.value)


def test_details_that_are_garbage_do_not_hide_the_error(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["f"] = lambda call: Failure(
        grpc.StatusCode.ABORTED, "because", raw_details=b"\xff\xff\xff"
    )
    with pytest.raises(weftwork.EndorseError, match="because") as caught:
        gateway.network(CHANNEL).contract("c").submit("f")
    assert caught.value.refusals == ()


def test_an_invalidated_transaction_is_a_commit_error(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["f"] = lambda call: b""
    fake.code = peer_pb2.MVCC_READ_CONFLICT
    with pytest.raises(weftwork.CommitError, match="MVCC_READ_CONFLICT") as caught:
        gateway.network(CHANNEL).contract("c").submit("f")
    assert caught.value.code == "MVCC_READ_CONFLICT"
    assert caught.value.transaction_id == fake.submitted[0]
    assert caught.value.block_number == 1


IN_DOUBT = Failure(
    grpc.StatusCode.UNAVAILABLE,
    "insufficient number of orderers could successfully process transaction to satisfy quorum "
    "requirement",
)


def test_a_submit_in_doubt_that_commits_has_succeeded(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    """Under BFT an orderer that has a transaction already says no to the gateway."""
    fake.functions["f"] = lambda call: b"17"
    fake.doubtful = IN_DOUBT
    assert gateway.network(CHANNEL).contract("c").submit("f") == b"17"
    fake.code = peer_pb2.MVCC_READ_CONFLICT
    with pytest.raises(weftwork.CommitError):
        gateway.network(CHANNEL).contract("c").submit("f")


def test_a_submit_in_doubt_whose_outcome_nobody_knows_is_that_error(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["f"] = lambda call: b"17"
    fake.submit_failure = IN_DOUBT
    fake.status_failure = Failure(grpc.StatusCode.DEADLINE_EXCEEDED, "not in time")
    with pytest.raises(weftwork.SubmitError, match="insufficient number") as caught:
        gateway.network(CHANNEL).contract("c").submit("f", timeout=0.7)
    assert caught.value.in_doubt
    assert "may have committed" in str(caught.value)
    assert fake.calls[0].transaction_id in str(caught.value)


def test_a_submit_that_is_refused_for_certain_is_not_asked_about(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["f"] = lambda call: b"17"
    fake.doubtful = Failure(grpc.StatusCode.ABORTED, "received unsuccessful response from orderer")
    with pytest.raises(weftwork.SubmitError) as caught:
        gateway.network(CHANNEL).contract("c").submit("f")
    assert not caught.value.in_doubt


def test_the_steps_one_by_one(fake: FakeGateway, gateway: weftwork.Gateway) -> None:
    fake.functions["f"] = lambda call: b"17"
    fake.code = peer_pb2.ENDORSEMENT_POLICY_FAILURE
    proposal = gateway.network(CHANNEL).contract("c").proposal("f", endorsing_organizations=["A"])
    transaction = proposal.endorse()
    assert transaction.transaction_id == proposal.transaction_id
    assert transaction.result == b"17"
    assert transaction.decode(int) == 17
    assert not fake.submitted
    status = transaction.submit().status()
    assert status.code is weftwork.ValidationCode.ENDORSEMENT_POLICY_FAILURE
    assert not status.successful
    assert status.block_number == 1
    with pytest.raises(weftwork.CommitError):
        status.check()


def test_anybody_may_wait_for_a_transaction_by_its_id(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["f"] = lambda call: b"17"
    transaction = gateway.network(CHANNEL).contract("c").proposal("f").endorse()
    transaction.submit()
    clerk = user()
    with weftwork.connect_endpoint(fake.endpoint, clerk.identity, clerk.signer()) as other:
        status = other.network(CHANNEL).commit(transaction.transaction_id).status()
    assert status.successful
    assert status.transaction_id == transaction.transaction_id


def test_a_result_of_the_wrong_type_stops_before_anything_is_submitted(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["f"] = lambda call: b'"text"'
    contract = gateway.network(CHANNEL).contract("c")
    with pytest.raises(weftwork.ResultError, match="result of f is not a int"):
        contract.submit("f", returns=int)
    with pytest.raises(weftwork.ResultError, match="nothing was expected"):
        contract.submit("f", returns=None)
    assert not fake.submitted


def test_an_argument_that_cannot_travel_names_its_place(gateway: weftwork.Gateway) -> None:
    contract = gateway.network(CHANNEL).contract("c")
    with pytest.raises(weftwork.ArgumentError, match="f: argument 2"):
        contract.submit("f", "fine", 1.5)
    with pytest.raises(weftwork.ArgumentError, match="name of a function"):
        contract.submit("")
    with pytest.raises(weftwork.ArgumentError, match="transient data 'k'") as caught:
        contract.submit("f", transient={"k": 271.828})  # pyright: ignore[reportCallIssue, reportArgumentType]
    assert "271" not in str(caught.value), "transient values never stand in an error"


def test_a_timeout_covers_all_steps_and_reaches_the_server(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    hold = threading.Event()

    def slow(_: object) -> bytes:
        hold.wait(5)
        return b""

    fake.functions["slow"] = slow
    fake.functions["fast"] = lambda call: b""
    contract = gateway.network(CHANNEL).contract("c")
    contract.evaluate("fast", timeout=9)
    assert fake.calls[-1].seconds_left is not None
    assert 7 < fake.calls[-1].seconds_left < 10
    contract.evaluate("fast")
    assert 25 < (fake.calls[-1].seconds_left or 0) < 31, "the default of evaluate"
    with pytest.raises(weftwork.EndorseError) as caught:
        contract.submit("slow", timeout=0.2)
    assert caught.value.status == "DEADLINE_EXCEEDED"
    hold.set()


def test_nobody_listening_is_an_error_with_the_address() -> None:
    clerk = user()
    endpoint = weftwork.Endpoint("peer0", "127.0.0.1", 9, server_tls().certificate)
    with (
        weftwork.connect_endpoint(endpoint, clerk.identity, clerk.signer()) as connected,
        pytest.raises(weftwork.EvaluateError, match=r"at 127\.0\.0\.1:9: UNAVAILABLE"),
    ):
        connected.network(CHANNEL).contract("c").evaluate("f")


def test_a_server_of_another_authority_is_not_trusted(fake: FakeGateway) -> None:
    clerk = user()
    stranger = weftwork.Endpoint("peer0", "127.0.0.1", fake.port, clerk.identity.certificate)
    with (
        weftwork.connect_endpoint(stranger, clerk.identity, clerk.signer()) as connected,
        pytest.raises(weftwork.EvaluateError, match="UNAVAILABLE"),
    ):
        connected.network(CHANNEL).contract("c").evaluate("f")
    assert not fake.calls


def test_64_threads_share_one_gateway(fake: FakeGateway, gateway: weftwork.Gateway) -> None:
    fake.functions["echo"] = lambda call: call.args[0]
    contract = gateway.network(CHANNEL).contract("c")
    together = threading.Barrier(64, timeout=30)

    def one(number: int) -> list[int]:
        together.wait()
        return [contract.submit("echo", number * 10 + step, returns=int) for step in range(4)]

    with ThreadPoolExecutor(64) as threads:
        results = list(threads.map(one, range(64)))
    assert results == [[number * 10 + step for step in range(4)] for number in range(64)]
    assert len(set(fake.submitted)) == 256


async def test_the_sync_client_works_inside_a_running_loop(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b"ok"
    clerk = user()
    with weftwork.connect_endpoint(fake.endpoint, clerk.identity, clerk.signer()) as connected:
        assert connected.network(CHANNEL).contract("c").submit("f") == b"ok"


async def test_async_submits_run_at_once(
    fake: FakeGateway, async_gateway: weftwork.aio.Gateway
) -> None:
    together = threading.Barrier(20, timeout=20)

    def meet(call: object) -> bytes:
        together.wait()
        return b"1"

    fake.functions["meet"] = meet
    contract = async_gateway.network(CHANNEL).contract("c")
    results = await asyncio.gather(*(contract.submit("meet", returns=int) for _ in range(20)))
    assert results == [1] * 20


async def test_async_errors_are_the_same_classes(
    fake: FakeGateway, async_gateway: weftwork.aio.Gateway
) -> None:
    fake.functions["accept"] = lambda call: REFUSED
    with pytest.raises(weftwork.EndorseError, match="Forbidden: not the receiver") as caught:
        await async_gateway.network(CHANNEL).contract("c").submit("accept")
    assert [refusal.mspid for refusal in caught.value.refusals] == ["EnergyMSP", "CivicMSP"]


async def test_a_cancelled_task_ends_at_once(
    fake: FakeGateway, async_gateway: weftwork.aio.Gateway
) -> None:
    hold = threading.Event()

    def slow(call: object) -> bytes:
        hold.wait(10)
        return b""

    fake.functions["slow"] = slow
    contract = async_gateway.network(CHANNEL).contract("c")
    task = asyncio.create_task(contract.evaluate("slow"))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 2)
    hold.set()


def test_a_channel_of_the_application_stays_open(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b"ok"
    clerk = user()
    credentials = grpc.ssl_channel_credentials(server_tls().certificate)
    with grpc.secure_channel(fake.endpoint.target, credentials) as channel:
        for _ in range(2):
            with weftwork.Gateway.on_channel(channel, clerk.identity, clerk.signer()) as connected:
                assert connected.network(CHANNEL).contract("c").evaluate("f") == b"ok"


async def test_an_async_channel_of_the_application_stays_open(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b"ok"
    clerk = user()
    credentials = grpc.ssl_channel_credentials(server_tls().certificate)
    async with grpc.aio.secure_channel(fake.endpoint.target, credentials) as channel:
        for _ in range(2):
            async with weftwork.aio.Gateway.on_channel(
                channel, clerk.identity, clerk.signer()
            ) as connected:
                assert await connected.network(CHANNEL).contract("c").evaluate("f") == b"ok"


def test_blocks_and_transactions_are_read_back(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["offer"] = lambda call: Outcome(
        b"{}", event=("Offered", b"C-1"), writes={"\0offer\0C-1\0": b"{}"}
    )
    network = gateway.network(CHANNEL)
    network.contract("logistics").submit("offer", "C-1", "EnergyMSP")
    transaction = network.transaction(fake.submitted[0])
    assert transaction.successful
    assert (transaction.block_number, transaction.index) == (1, 0)
    assert (transaction.chaincode, transaction.function) == ("logistics", "offer")
    assert transaction.args == (b"C-1", b"EnergyMSP")
    assert transaction.creator is not None
    assert transaction.creator.mspid == "LogisticsMSP"
    assert transaction.creator.subject == "CN=clerk"
    assert [(who.mspid, who.subject) for who in transaction.endorsers] == [
        ("LogisticsMSP", "CN=peer0"),
        ("CivicMSP", "CN=peer0"),
    ]
    part = transaction.namespace("logistics")
    assert part is not None
    assert part.reads[0].version is None
    assert part.writes[0].key == "\0offer\0C-1\0"
    assert transaction.event is not None
    assert (transaction.event.name, transaction.event.payload) == ("Offered", b"C-1")
    info = network.info()
    assert info.height == 2
    block = network.block(1)
    assert block.transactions == (transaction,)
    assert block.previous_hash == network.block(0).hash
    with pytest.raises(weftwork.EvaluateError, match="no such entry"):
        network.transaction("ab")


def test_every_status_is_told_to_who_asked(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b""
    told: list[weftwork.Status] = []
    clerk = user()
    with weftwork.connect_endpoint(
        fake.endpoint,
        clerk.identity,
        clerk.signer(),
        options=weftwork.Options(on_status=told.append),
    ) as connected:
        contract = connected.network(CHANNEL).contract("c")
        contract.submit("f")
        fake.code = peer_pb2.PHANTOM_READ_CONFLICT
        with pytest.raises(weftwork.CommitError):
            contract.submit("f")
    assert [status.transaction_id for status in told] == fake.submitted
    assert [status.code.name for status in told] == ["VALID", "PHANTOM_READ_CONFLICT"]


async def test_after_closing_every_call_says_so(fake: FakeGateway) -> None:
    clerk = user()
    gateway = weftwork.connect_endpoint(fake.endpoint, clerk.identity, clerk.signer())
    async_gateway = weftwork.aio.connect_endpoint(fake.endpoint, clerk.identity, clerk.signer())
    contract = gateway.network(CHANNEL).contract("c")
    async_contract = async_gateway.network(CHANNEL).contract("c")
    for _ in range(2):
        gateway.close()
        await async_gateway.aclose()
    with pytest.raises(weftwork.ClosedError, match="has been closed"):
        contract.submit("f")
    with pytest.raises(weftwork.ClosedError, match="has been closed"):
        await async_contract.evaluate("f")
    with pytest.raises(weftwork.ClosedError):
        gateway.network(CHANNEL).chaincode_events("c")


def test_async_outside_a_loop_says_so() -> None:
    clerk = user()
    endpoint = weftwork.Endpoint("peer0", "127.0.0.1", 9, server_tls().certificate)
    with pytest.raises(RuntimeError, match="inside a running event loop"):
        weftwork.aio.connect_endpoint(endpoint, clerk.identity, clerk.signer())


def test_a_type_that_no_result_can_have_is_an_argument_error(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["f"] = lambda call: b"{}"
    with pytest.raises(weftwork.ArgumentError, match="f: returns: "):
        gateway.network(CHANNEL).contract("c").submit("f", returns=complex)
    assert not fake.submitted


def test_a_peer_that_restarts_is_found_again_soon(fake: FakeGateway) -> None:
    clerk = user()
    again = FakeGateway(port=fake.port)
    again.functions["f"] = fake.functions["f"] = lambda call: b"ok"
    with weftwork.connect_endpoint(fake.endpoint, clerk.identity, clerk.signer()) as connected:
        contract = connected.network(CHANNEL).contract("c")
        assert contract.evaluate("f") == b"ok"
        fake.stop()
        with pytest.raises(weftwork.EvaluateError, match="UNAVAILABLE"):
            contract.evaluate("f", timeout=5)
        again.bind()
        again.start()
        until = time.monotonic() + 10
        answer = b""
        while not answer and time.monotonic() < until:
            with suppress(weftwork.EvaluateError):
                answer = contract.evaluate("f", timeout=2)
        again.stop()
    assert answer == b"ok"


def test_a_peer_far_away_is_reached(fake: FakeGateway) -> None:
    """A connection takes what its round trips take: half a second here, before TLS begins."""
    fake.functions["f"] = lambda call: b"far"
    clerk = user()
    with (
        slowed(fake.port, 0.5) as port,
        weftwork.connect_endpoint(
            replace(fake.endpoint, port=port), clerk.identity, clerk.signer()
        ) as connected,
    ):
        contract = connected.network(CHANNEL).contract("c")
        assert contract.evaluate("f", returns=str) == "far"


@contextmanager
def slowed(port: int, seconds: float) -> Iterator[int]:
    """A port that leads to another; each connection's first bytes come late."""

    def carry(source: socket.socket, sink: socket.socket, late: float) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                time.sleep(late)
                late = 0.0
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", port))
                ends.extend((near, far))
                for pair, late in (((near, far), seconds), ((far, near), 0.0)):
                    threading.Thread(target=carry, args=(*pair, late), daemon=True).start()

    ends: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    for end in ends:
        end.close()
