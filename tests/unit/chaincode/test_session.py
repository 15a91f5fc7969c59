"""One peer's stream: what the engine sends, in which order, and that everything is answered."""

import asyncio
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.chaincode.samples import Raw
from weftwork_chaincode import PeerError, Response, TransactionOver, all_of, messages
from weftwork_chaincode.testing import ScriptedPeer
from weftwork_chaincode.transport import GrpcStatus
from weftwork_protos.chaincode_shim_pb2 import (
    ChaincodeMessage,
    GetState,
    GetStateMultiple,
    GetStateMultipleResult,
    WriteBatchState,
    WriteRecord,
)
from weftwork_protos.peer_pb2 import ChaincodeAdditionalParams


async def ready(function, **capabilities):
    peer = ScriptedPeer(Raw(function), "label:hash")
    assert await peer.register(**capabilities) == "label:hash"
    return peer


async def response(peer):
    message = await peer.next()
    assert message.type == messages.COMPLETED, message.type
    return Response.decode(message.payload)


async def nothing(stub):
    return b""


async def test_a_stream_begins_with_register_and_ends_up_ready():
    peer = ScriptedPeer(Raw(nothing), "label:hash")
    assert peer.session.state == "created"
    await peer.register(write_batch=500, multi_get=300)
    assert peer.session.state == "ready"
    assert peer.session.capabilities == messages.Capabilities(500, 300)


async def test_fabric_2_5_says_nothing_in_ready():
    peer = await ready(nothing)
    assert peer.session.capabilities == messages.Capabilities(0, 0)


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ({}, (0, 0)),
        ({"max_size_write_batch": 500, "max_size_get_multiple_keys": 300}, (0, 0)),
        ({"use_write_batch": True, "use_get_multiple_keys": True}, (100, 100)),
        ({"use_write_batch": True, "max_size_write_batch": 7}, (7, 0)),
    ],
)
def test_what_a_peer_says_in_ready(said, understood):
    payload = ChaincodeAdditionalParams(**said).SerializeToString()
    assert messages.Capabilities.decode(payload) == messages.Capabilities(*understood)


async def test_a_ready_that_cannot_be_read_means_no_batches():
    peer = ScriptedPeer(Raw(nothing))
    await peer.next()
    peer.send(messages.REGISTERED)
    peer.send(messages.READY, payload=b"\xff\xff")
    assert peer.session.state == "ready"
    assert peer.session.capabilities == messages.Capabilities(0, 0)


async def test_keepalive_is_echoed_in_every_state():
    peer = ScriptedPeer(Raw(nothing))
    await peer.next()
    peer.send(messages.KEEPALIVE)
    assert (await peer.next()).type == messages.KEEPALIVE
    peer.send_registered()
    peer.send(messages.KEEPALIVE)
    assert (await peer.next()).type == messages.KEEPALIVE


async def test_a_transaction_before_ready_is_refused_with_an_error():
    peer = ScriptedPeer(Raw(nothing))
    await peer.next()
    peer.start("t1", "f")
    message = await peer.next()
    assert (message.type, message.txid) == (messages.ERROR, "t1")


async def test_transactions_run_side_by_side_and_are_matched_by_channel_and_id():
    async def get(stub):
        return await stub.get_state(stub.args[0].decode())

    peer = await ready(get)
    # the same id on two channels is two transactions
    places = [("ch1", "t"), ("ch2", "t"), *(("ch1", f"t{n}") for n in range(200))]
    for channel, txid in places:
        peer.start(txid, f"key-{channel}-{txid}", channel=channel)
    asked = [await peer.next() for _ in places]
    assert {(m.channel_id, m.txid) for m in asked} == set(places)
    for message in reversed(asked):
        key = GetState.FromString(message.payload).key
        peer.send(messages.RESPONSE, message.txid, key.encode(), message.channel_id)
    answers = {}
    for _ in places:
        message = await peer.next()
        answers[message.channel_id, message.txid] = Response.decode(message.payload).payload
    assert answers == {place: f"key-{place[0]}-{place[1]}".encode() for place in places}
    assert peer.session.running == 0


async def test_one_request_at_a_time_even_where_the_contract_gathers():
    async def gather(stub):
        values = await asyncio.gather(*(stub.get_state(f"k{n}") for n in range(5)))
        return b",".join(values)

    peer = await ready(gather)
    peer.start("t", "f")
    for _ in range(5):
        message = await peer.next()
        await asyncio.sleep(0.005)
        assert peer.received.empty(), "a second request while one was open: the peer drops it"
        peer.send(messages.RESPONSE, "t", GetState.FromString(message.payload).key.encode())
    assert (await response(peer)).payload == b"k0,k1,k2,k3,k4"


async def test_the_answer_to_an_abandoned_request_is_not_taken_for_the_next():
    async def impatient(stub):
        try:
            await asyncio.wait_for(stub.get_state("slow"), 0.02)
        except TimeoutError:
            return await stub.get_state("fast")

    peer = await ready(impatient)
    peer.start("t", "f")
    assert GetState.FromString((await peer.next()).payload).key == "slow"
    await asyncio.sleep(0.05)
    assert peer.received.empty(), "the peer still works on the first request"
    peer.send(messages.RESPONSE, "t", b"slow value")
    assert GetState.FromString((await peer.next()).payload).key == "fast"
    peer.send(messages.RESPONSE, "t", b"fast value")
    assert (await response(peer)).payload == b"fast value"


async def test_completed_waits_for_an_abandoned_request():
    async def leaves(stub):
        try:
            await asyncio.wait_for(stub.get_state("slow"), 0.02)
        except TimeoutError:
            return b"left"

    peer = await ready(leaves)
    peer.start("t", "f")
    await peer.next()
    await asyncio.sleep(0.05)
    assert peer.received.empty(), "COMPLETED would close the transaction under a running request"
    peer.send(messages.RESPONSE, "t", b"late")
    assert (await response(peer)).payload == b"left"


async def test_a_peers_error_is_raised_with_its_text_never_taken_for_a_value():
    caught = []

    async def get(stub):
        try:
            await stub.get_state("k")
        except PeerError as error:
            caught.append(str(error))
            raise

    peer = await ready(get)
    peer.start("t", "f")
    await peer.next()
    peer.send(messages.ERROR, "t", b"GET_STATE failed: no ledger context")
    answer = await response(peer)
    assert caught == ["GET_STATE failed: no ledger context"]
    assert answer == Response(500, "PeerError: GET_STATE failed: no ledger context")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("private 4711"),
        SystemExit(3),
        KeyboardInterrupt(),
        asyncio.CancelledError(),
        GeneratorExit,
        RecursionError(),
        BaseException("odd"),
    ],
)
async def test_whatever_a_contract_raises_is_answered_and_the_server_lives(error):
    async def fail(stub):
        if stub.args[0] == b"good":
            return b"alive"
        if error is GeneratorExit:
            raise RuntimeError from GeneratorExit()
        raise error

    peer = await ready(fail)
    peer.start("t1", "bad")
    answer = await response(peer)
    assert answer.status == 500
    assert "4711" not in answer.message
    peer.start("t2", "good")
    assert (await response(peer)).payload == b"alive"
    assert peer.session.running == 0


async def test_a_failed_function_writes_nothing_and_emits_nothing():
    async def fail(stub):
        await stub.put_state("k", b"v")
        stub.set_event("e", b"p")
        raise ValueError

    peer = await ready(fail, write_batch=10)
    peer.start("t", "f")
    message = await peer.next()
    assert message.type == messages.COMPLETED
    assert not message.HasField("chaincode_event")


async def test_a_response_of_400_and_more_writes_nothing():
    async def refuse(stub):
        await stub.put_state("k", b"v")
        return Response(404, "no")

    peer = await ready(refuse, write_batch=10)
    peer.start("t", "f")
    assert await response(peer) == Response(404, "no")


async def test_init_is_run_like_a_transaction():
    peer = await ready(nothing)
    peer.send(messages.INIT, "t", b"")
    assert (await response(peer)).status == 200


async def test_arguments_that_cannot_be_read_are_answered():
    peer = await ready(nothing)
    peer.send(messages.TRANSACTION, "t", b"\xff\xff\xff")
    assert (await response(peer)).status == 400


async def test_a_second_transaction_of_the_same_id_is_refused():
    gate = asyncio.Event()

    async def wait(stub):
        await gate.wait()

    peer = await ready(wait)
    peer.start("t", "f")
    await asyncio.sleep(0)
    peer.start("t", "f")
    message = await peer.next()
    assert message.type == messages.ERROR
    gate.set()
    assert (await response(peer)).status == 200


async def test_losing_the_stream_cancels_its_transactions_and_no_other():
    cancelled = []

    async def get(stub):
        try:
            await stub.get_state("k")
        except BaseException as error:
            cancelled.append(type(error))
            raise

    lost, kept = await ready(get), await ready(get)
    for peer in (lost, kept):
        peer.start("t", "f")
        await peer.next()
    lost.lose()
    await asyncio.sleep(0.01)
    assert len(cancelled) == 1
    assert lost.session.running == 0
    assert lost.received.empty(), "nobody is there to be answered"
    kept.send(messages.RESPONSE, "t", b"v")
    assert (await response(kept)).status == 200


def test_a_loop_that_ends_is_not_held_up_by_an_open_request():
    answered = []

    async def run():
        async def get(stub):
            await stub.get_state("k")

        peer = await ready(get)
        peer.start("t", "f")
        await peer.next()
        peer.on_message = answered.append

    asyncio.run(asyncio.wait_for(run(), 5))


async def test_a_transaction_that_cancels_itself_is_answered():
    async def suicidal(stub):
        asyncio.current_task().cancel()
        await stub.get_state("k")

    peer = await ready(suicidal)
    peer.start("t", "f")
    while (message := await peer.next()).type != messages.COMPLETED:
        pass
    assert Response.decode(message.payload).status == 500


async def test_code_that_swallows_the_cancellation_cannot_go_on_asking():
    errors = []

    async def stubborn(stub):
        for _ in range(3):
            try:
                await stub.get_state("k")
            except (asyncio.CancelledError, TransactionOver) as error:
                errors.append(type(error))

    peer = await ready(stubborn)
    peer.start("t", "f")
    await peer.next()
    peer.lose()
    await asyncio.sleep(0.02)
    assert len(errors) == 3
    assert TransactionOver in errors
    assert peer.session.running == 0


async def test_a_stub_used_after_its_function_has_returned_is_refused():
    kept = []

    async def keep(stub):
        kept.append(stub)

    peer = await ready(keep)
    peer.start("t", "f")
    await peer.next()
    with pytest.raises(TransactionOver):
        await kept[0].get_state("k")


async def test_late_and_unknown_messages_are_ignored():
    peer = await ready(nothing)
    peer.start("t", "f")
    await peer.next()
    peer.send(messages.RESPONSE, "t", b"after the end")
    peer.send(messages.ERROR, "nobody", b"?")
    peer.send(messages.REGISTERED)
    peer.send(messages.READY)
    peer.send(messages.PUT_STATE, "t")
    peer.send(99, "t")
    peer.start("t2", "f")
    assert (await response(peer)).status == 200
    assert peer.connection.closed is None


async def test_bytes_that_are_no_message_end_the_stream():
    peer = await ready(nothing)
    peer.session.message_received(b"\xff\xff\xff\xff")
    assert peer.connection.closed is not None
    assert peer.connection.closed[0] is GrpcStatus.INTERNAL


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_no_bytes_of_a_peer_raise_into_the_transport(chunks):
    async def run():
        peer = await ready(nothing)
        for chunk in chunks:
            peer.session.message_received(chunk)
        peer.lose()
        await asyncio.sleep(0)

    asyncio.run(run())


# --- writes


async def write(stub):
    for number in range(int(stub.args[0])):
        await stub.put_state(f"k{number}", b"v%d" % number)
    await stub.delete_state("gone")
    await stub.set_state_policy("k0", all_of("AMSP"))
    stub.set_event("done", b"payload")


async def test_writes_leave_in_batches_of_the_negotiated_size_each_answered_before_the_next():
    peer = await ready(write, write_batch=4)
    peer.start("t", "8")
    sizes, records = [], []
    for _ in range(3):
        message = await peer.next()
        assert message.type == messages.WRITE_BATCH_STATE
        batch = WriteBatchState.FromString(message.payload).rec
        sizes.append(len(batch))
        records += batch
        await asyncio.sleep(0.005)
        assert peer.received.empty(), "nothing may follow a batch before its RESPONSE"
        peer.send(messages.RESPONSE, "t")
    assert sizes == [4, 4, 2]
    assert [record.key for record in records] == [*(f"k{n}" for n in range(8)), "gone", "k0"]
    assert [record.type for record in records[-2:]] == [
        WriteRecord.DEL_STATE,
        WriteRecord.PUT_STATE_METADATA,
    ]
    assert records[-1].metadata.metakey == "VALIDATION_PARAMETER"
    done = await peer.next()
    assert done.type == messages.COMPLETED
    assert done.chaincode_event.event_name == "done"
    assert done.chaincode_event.payload == b"payload"


async def test_without_batching_each_write_is_a_message():
    peer = await ready(write)
    peer.start("t", "2")
    kinds = []
    while (message := await peer.next()).type != messages.COMPLETED:
        kinds.append(int(message.type))
        peer.send(messages.RESPONSE, "t")
    assert kinds == [
        messages.PUT_STATE,
        messages.PUT_STATE,
        messages.DEL_STATE,
        messages.PUT_STATE_METADATA,
    ]


@pytest.mark.parametrize("batch", [0, 10])
async def test_a_refused_write_fails_the_transaction(batch):
    peer = await ready(write, write_batch=batch)
    peer.start("t", "1")
    for _ in range(2 if batch else 1):  # the batch, then its writes one by one
        await peer.next()
        peer.send(messages.ERROR, "t", b"tx creator does not have write access")
    answer = await response(peer)
    assert answer.status == 500
    assert "the peer refused a write of the key" in answer.message
    assert "write access" in answer.message


async def test_the_write_that_a_batch_failed_for_is_named():
    async def three(stub):
        await stub.put_state("fine", b"1")
        await stub.put_private("secrets", "\x00meter\x00M-1\x00", b"2")
        await stub.delete_private("secrets", "other")

    peer = await ready(three, write_batch=10)
    peer.start("t", "f")
    assert (await peer.next()).type == messages.WRITE_BATCH_STATE
    peer.send(messages.ERROR, "t", b"collection not defined")
    assert (await peer.next()).type == messages.PUT_STATE
    peer.send(messages.RESPONSE, "t")
    assert (await peer.next()).type == messages.PUT_STATE
    peer.send(messages.ERROR, "t", b"collection not defined")
    answer = await response(peer)
    assert "a write of a key of kind 'meter' in secrets: collection not defined" in answer.message
    assert "M-1" not in answer.message


async def test_a_batch_is_cut_by_bytes_too():
    async def big(stub):
        for number in range(3):
            await stub.put_state(f"k{number}", bytes(5_000_000 + number))

    peer = await ready(big, write_batch=1000)
    peer.start("t", "f")
    for _ in range(3):
        message = await peer.next()
        assert len(WriteBatchState.FromString(message.payload).rec) == 1
        peer.send(messages.RESPONSE, "t")
    assert (await response(peer)).status == 200


async def test_the_last_write_of_a_key_wins():
    async def twice(stub):
        await stub.put_state("k", b"1")
        await stub.put_state("other", b"x")
        await stub.put_state("k", b"2")

    peer = await ready(twice, write_batch=10)
    peer.start("t", "f")
    batch = WriteBatchState.FromString((await peer.next()).payload).rec
    assert [(record.key, record.value) for record in batch] == [("k", b"2"), ("other", b"x")]


# --- several reads


async def read_three(stub):
    return repr(await stub.get_states(["a", "b", "c"])).encode()


async def test_several_keys_are_read_with_one_message():
    peer = await ready(read_three, multi_get=2)
    peer.start("t", "f")
    for keys, values in ((["a", "b"], [b"1", b""]), (["c"], [b"3"])):
        message = await peer.next()
        assert message.type == messages.GET_STATE_MULTIPLE
        assert list(GetStateMultiple.FromString(message.payload).keys) == keys
        answer = GetStateMultipleResult(values=values).SerializeToString()
        peer.send(messages.RESPONSE, "t", answer)
    assert (await response(peer)).payload == b"[b'1', None, b'3']"


async def test_a_multi_get_of_the_wrong_length_is_asked_again_key_by_key():
    peer = await ready(read_three, multi_get=10)
    peer.start("t", "f")
    await peer.next()
    peer.send(messages.RESPONSE, "t", b"")  # what a peer answers whose database failed
    for _ in range(2):
        assert (await peer.next()).type == messages.GET_STATE
        peer.send(messages.RESPONSE, "t", b"v")
    assert (await peer.next()).type == messages.GET_STATE
    peer.send(messages.ERROR, "t", b"database is gone")
    assert "database is gone" in (await response(peer)).message


async def test_several_keys_without_multi_get_are_read_one_by_one():
    peer = await ready(read_three)
    peer.start("t", "f")
    for _ in range(3):
        assert (await peer.next()).type == messages.GET_STATE
        peer.send(messages.RESPONSE, "t", b"v")
    assert (await response(peer)).payload == b"[b'v', b'v', b'v']"


# --- shutting down


async def test_draining_lets_transactions_end_and_takes_no_new_one():
    gate = asyncio.Event()

    async def wait(stub):
        await gate.wait()
        return b"finished"

    peer = await ready(wait)
    peer.start("t1", "f")
    await asyncio.sleep(0)
    draining = asyncio.create_task(peer.session.drain(5))
    await asyncio.sleep(0)
    peer.start("t2", "f")
    message = await peer.next()
    assert (message.type, message.txid) == (messages.ERROR, "t2")
    gate.set()
    assert (await response(peer)).payload == b"finished"
    await asyncio.sleep(0)
    assert peer.connection.closed is not None
    peer.lose()
    assert await draining is True


async def test_draining_gives_up_on_a_transaction_that_does_not_end():
    async def forever(stub):
        await asyncio.Event().wait()

    peer = await ready(forever)
    peer.start("t", "f")
    await asyncio.sleep(0)
    draining = asyncio.create_task(peer.session.drain(0.02))
    await asyncio.sleep(0.05)
    assert peer.connection.closed is not None
    peer.lose()
    assert await draining is False
    await asyncio.sleep(0)
    assert peer.session.running == 0


async def test_nothing_of_a_payload_is_logged(caplog):
    secret = "SECRET-4711"

    async def leak(stub):
        await stub.put_state(f"key-{secret}", secret.encode())
        try:
            await stub.get_state(f"other-{secret}")
        except PeerError as error:
            raise RuntimeError(f"could not read {secret}") from error

    caplog.set_level(logging.DEBUG)
    peer = await ready(leak, write_batch=10)
    peer.start("t", secret, secret)
    await peer.next()
    peer.send(messages.ERROR, "t", f"peer says {secret}".encode())
    await response(peer)
    peer.send(messages.RESPONSE, "late", secret.encode())
    peer.session.message_received(secret.encode())
    assert "RuntimeError" in caplog.text, "the failure itself is logged"
    assert "test_session.py" in caplog.text, "with the place it happened"
    assert secret not in caplog.text


def test_a_message_type_of_every_number_is_known_to_the_protocol():
    # the numbers of this module are Fabric's; the protocol's own test holds them to the descriptors
    assert ChaincodeMessage.Type.Name(messages.WRITE_BATCH_STATE) == "WRITE_BATCH_STATE"
    assert messages.GET_STATE_MULTIPLE == 25
