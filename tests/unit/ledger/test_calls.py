"""Chaincodes that call chaincodes: what they share, see and cannot undo."""

import pytest

from tests.unit.ledger.probing import Probed, deploy
from weftwork import EndorseError
from weftwork_chaincode import CalledChaincodeError, Context, Contract, submit
from weftwork_chaincode.testing import Ledger

PUT = ["put_state", "k", "1"]


@pytest.fixture
def outer(ledger: Ledger, probe: Probed) -> Probed:
    return deploy(ledger, "outer")


def test_writes_of_both_are_one_transaction(ledger: Ledger, outer: Probed) -> None:
    result = outer.do(
        PUT, ["invoke", "probe", [PUT]], ["invoke", "probe", [["put_state", "l", "2"]]]
    )
    assert result.code.name == "VALID"
    assert (ledger.keys("outer"), ledger.keys("probe")) == (["k"], ["k", "l"])


def test_a_called_chaincode_reads_what_is_committed(outer: Probed) -> None:
    raw = ["raw", "GET_STATE", {"key": "k"}]
    [_, call] = outer.simulated(["invoke", "probe", [PUT]], ["invoke", "probe", [raw]])
    assert call == [200, "", [{"ok": ""}]]  # past the guard: not what the first call wrote


def test_each_has_its_own_keys(outer: Probed) -> None:
    outer.do(["invoke", "probe", [PUT]])
    assert outer.ask(["get_state", "k"]) == [None]


class Catching(Contract, name="catching"):
    @submit
    async def call(self, ctx: Context, program: str) -> None:
        await ctx.stub.put_state("own", b"1")
        try:
            await ctx.call("probe", "run", program)
        except CalledChaincodeError:
            await ctx.stub.put_state("caught", b"1")


def test_an_error_of_the_called_fails_the_caller_even_where_it_is_caught(
    ledger: Ledger, probe: Probed
) -> None:
    catching = ledger.deploy(Catching, policy="OR('AMSP.peer')")
    with pytest.raises(EndorseError) as caught:
        catching.submit("call", '[["put_state", "k", "1"], ["fail", "no"]]')
    assert "probe.run answered 403: Forbidden: no" in caught.value.refusals[0].message
    assert ledger.keys("catching") == []


def test_what_an_error_of_the_called_leaves_in_the_simulation(
    ledger: Ledger, probe: Probed
) -> None:
    # A runtime without the guard would commit this: nothing undoes what was written before.
    peer = ledger.channel.peers["AMSP"]
    proposed = probe.plan(PUT, ["raw", "PUT_STATE", {"key": "l", "value": "dg=="}], ["fail", "no"])
    simulator = ledger.channel.simulator("t", peer)
    ledger._waiting.run(lambda: peer.simulate(proposed.twin._proposed, simulator))
    assert list(simulator.results.of("probe").writes) == ["l"]


def test_back_into_one_that_is_in_it_is_refused(ledger: Ledger, probe: Probed) -> None:
    deploy(ledger, "middle")
    plan = probe.plan(["invoke", "middle", [["invoke", "probe", [PUT]]]])
    with pytest.raises(EndorseError) as caught:
        plan.endorse()
    assert (
        f"execute failed: error sending: txid: {plan.transaction_id}(crosswork) exists"
        in caught.value.refusals[0].message
    )


def test_one_that_is_not_there(outer: Probed) -> None:
    with pytest.raises(EndorseError) as caught:
        outer.do(["invoke", "nobody", [PUT]])
    assert (
        "execute failed: invalid invocation: [channel crosswork] failed to get chaincode container "
        "info for nobody: chaincode nobody not found"
    ) in caught.value.refusals[0].message


def test_only_the_outermost_event_is_kept(ledger: Ledger, outer: Probed) -> None:
    result = outer.do(
        ["set_event", "outer", "1"],
        ["invoke", "probe", [["set_event", "inner", "2"], PUT]],
    )
    assert result.event is not None
    assert (result.event.name, result.event.payload) == ("outer", b"1")
    [decoded] = ledger.blocks[-1].decode().transactions
    assert decoded.event is not None
    assert (decoded.event.chaincode, decoded.event.name) == ("outer", "outer")


def test_events_of_valid_transactions_alone(ledger: Ledger, probe: Probed) -> None:
    program = [["get_state", "k"], ["set_event", "seen", "1"], PUT]
    ledger.conflict(probe.plan(*program), probe.plan(*program))
    [event] = ledger.events("probe")
    assert (event.block_number, event.name, event.payload) == (2, "seen", b"1")


def test_one_on_another_channel_is_read_and_writes_nothing(ledger: Ledger, outer: Probed) -> None:
    there = ledger.beside("elsewhere")
    other = deploy(there, "probe")
    other.do(PUT)
    [read] = outer.simulated(["invoke", "probe", [["get_state", "k"]], "elsewhere"])
    assert read == [200, "", [{"ok": "1"}]]
    result = outer.do(PUT, ["invoke", "probe", [["put_state", "k", "2"]], "elsewhere"])
    assert sorted(result.ordered.endorsed.answer.results.namespaces) == [
        "_lifecycle",
        "outer",
    ]
    assert there.state("probe", "k") == b"1"


def test_a_channel_that_is_not_there(outer: Probed) -> None:
    with pytest.raises(EndorseError, match=r"Failed to get policy manager for channel \[nowhere\]"):
        outer.do(["invoke", "probe", [PUT], "nowhere"])
