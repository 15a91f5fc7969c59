"""What cannot be sent is refused in words, before anything is, and ends its own call alone."""

from typing import Any

import grpc
import pytest

import weftwork
import weftwork.aio
from tests.unit.client.fake_gateway import FakeGateway
from tests.unit.client.people import user
from weftwork import ArgumentError, BulkCall

CHANNEL = "crosswork"
# A lone surrogate: what text read with errors="surrogateescape" holds.
BROKEN = "caf\udce9"


@pytest.mark.parametrize("function", [BROKEN, b"f", 5])
def test_a_function_is_named_by_text(gateway: weftwork.Gateway, function: Any) -> None:
    with pytest.raises(ArgumentError, match="a transaction's function"):
        gateway.network(CHANNEL).contract("c").submit(function)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"transient": {BROKEN: b"x"}}, "a name of transient data"),
        ({"endorsing_organizations": [BROKEN]}, "an MSP id of endorsing_organizations"),
        ({"operation_id": BROKEN}, "an operation id cannot be written as UTF-8"),
        ({"operation_id": 4711}, "an operation id is a text, not 4711"),
    ],
)
def test_what_goes_with_a_submit_is_text(
    fake: FakeGateway, gateway: weftwork.Gateway, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(ArgumentError, match=said):
        gateway.network(CHANNEL).contract("c").submit("f", **given)
    assert not fake.calls


@pytest.mark.parametrize("name", [BROKEN, None, b"crosswork"])
def test_a_channel_and_a_chaincode_are_named_by_text(gateway: weftwork.Gateway, name: Any) -> None:
    with pytest.raises(ArgumentError, match="a channel's name"):
        gateway.network(name)
    network = gateway.network(CHANNEL)
    with pytest.raises(ArgumentError, match="a chaincode's name"):
        network.contract(name)
    with pytest.raises(ArgumentError, match="a contract's name"):
        network.contract("c", name)
    with pytest.raises(ArgumentError, match="a chaincode's name"):
        network.chaincode_events(name)


def test_a_name_beyond_ascii_travels(fake: FakeGateway, gateway: weftwork.Gateway) -> None:
    fake.functions["größe"] = lambda call: call.channel.encode()
    assert gateway.network("kanal-ä").contract("ç").submit("größe", returns=str) == "kanal-ä"


def test_a_call_that_cannot_be_written_is_in_the_report_of_its_bulk(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["f"] = lambda call: b""
    wrong = [
        BulkCall(BROKEN),
        BulkCall("f", transient={BROKEN: b""}),
        BulkCall("f", endorsing_organizations=[BROKEN]),
        BulkCall("f", operation_id=BROKEN),
    ]
    report = gateway.network(CHANNEL).contract("c").submit_all([*wrong, BulkCall("f")])
    assert [failure.index for failure in report.failures] == [0, 1, 2, 3]
    assert report.succeeded == len(fake.submitted) == 1


@pytest.mark.parametrize("checkpoint", ["12:ab", 12])
def test_what_is_no_cursor_is_no_checkpoint(gateway: weftwork.Gateway, checkpoint: Any) -> None:
    network = gateway.network(CHANNEL)
    with pytest.raises(ArgumentError, match=r"Cursor\.parse|int is neither"):
        network.chaincode_events("c", checkpoint=checkpoint)
    with pytest.raises(ArgumentError, match=r"Cursor\.parse|int is neither"):
        network.block_events(checkpoint=checkpoint)


@pytest.mark.parametrize("block", ["12", 1.5])
def test_a_block_is_named_by_its_number(gateway: weftwork.Gateway, block: Any) -> None:
    network = gateway.network(CHANNEL)
    for given in ({"start_block": block}, {"start_block": 1, "stop_block": block}):
        with pytest.raises(ArgumentError, match="a block is named by its number, not"):
            network.block_events(**given)
    with pytest.raises(ArgumentError, match="a block is named by its number, not"):
        network.chaincode_events("c", start_block=block)


async def test_a_channel_of_the_other_kind_is_refused() -> None:
    clerk = user()
    with (
        grpc.insecure_channel("127.0.0.1:1") as plain,
        pytest.raises(ArgumentError, match=r"needs a grpc\.aio\.Channel"),
    ):
        weftwork.aio.Gateway.on_channel(plain, clerk.identity)
    async with grpc.aio.insecure_channel("127.0.0.1:1") as awaited:
        with pytest.raises(ArgumentError, match=r"needs a grpc\.Channel"):
            weftwork.Gateway.on_channel(awaited, clerk.identity)
