"""The replay check: what hangs on hash seed, time zone or clock is found; our contracts pass."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.unit.contracts.casework.test_w1 import all_steps
from tests.unit.contracts.logistics.scene import Scene
from tests.unit.contracts.world import World
from tests.unit.replay.contracts import (
    Caller,
    Clocked,
    Hashed,
    LocalTime,
    Plain,
    Random,
    Raw,
    Steady,
    Unordered,
)
from weftwork_chaincode import Contract, Response
from weftwork_chaincode.dispatch import Dispatcher
from weftwork_chaincode.messages import RESPONSE
from weftwork_chaincode.replay import Recorder, ReplayError, Variant, repeatable, replay
from weftwork_chaincode.replay.command import app
from weftwork_chaincode.testing import Bench, ScriptedPeer
from weftwork_contracts.parties import CIVIC, ENERGY

SEED = Variant((("PYTHONHASHSEED", "3"),))
ZONE = Variant((("TZ", "XXX-14"),))


async def recorded(path: Path, contract: Contract, *calls: tuple[str, ...]) -> Path:
    with Recorder(path / "recording.jsonl") as recorder:
        bench = Bench({"cc": contract})
        for function, *args in calls:
            await bench.submit("cc", function, *args)
    return recorder.path


async def test_the_same_bytes_everywhere(tmp_path: Path) -> None:
    path = await recorded(
        tmp_path, Steady(), ("put", "a"), ("put", "a"), ("refuse",), ("listed", "a"), ("none",)
    )
    outcome = replay(path, [SEED, ZONE])
    assert outcome.transactions == 5
    assert outcome.differences == ()
    outcome.check()


async def test_a_set_iterated_is_found_with_its_write(tmp_path: Path) -> None:
    path = await recorded(tmp_path, Unordered(), ("put", "a"))
    outcome = replay(path, [SEED])
    (found,) = outcome.differences
    assert (found.chaincode, found.function, found.message) == ("cc", "put", 2)
    assert found.recorded.startswith("put a/name-")
    assert found.replayed.startswith("put a/name-")
    assert found.recorded != found.replayed
    with pytest.raises(AssertionError, match=r"cc\.put .* message 2, under PYTHONHASHSEED=3:"):
        outcome.check()


async def test_local_time_is_found_with_both_values(tmp_path: Path) -> None:
    path = await recorded(tmp_path, LocalTime(), ("stamp", "a"))
    (found,) = replay(path, [ZONE]).differences
    assert (found.variant, found.function) == ("TZ=XXX-14", "stamp")
    assert found.recorded.startswith("put a = ")
    assert found.replayed == "put a = 2026-01-01 14:00"


async def test_a_result_by_hash_is_found(tmp_path: Path) -> None:
    path = await recorded(tmp_path, Hashed(), ("place", "a"))
    (found,) = replay(path, [SEED]).differences
    assert found.recorded.startswith("answer 200 = ")


async def test_a_read_of_another_key_is_found_and_ends(tmp_path: Path) -> None:
    path = await recorded(tmp_path, Random(), ("drawn",), ("drawn",))
    found = replay(path, [SEED]).differences
    assert len(found) == 2
    assert found[0].recorded.startswith("get state key-0.")


async def test_a_called_chaincode_is_replayed_with_its_caller(tmp_path: Path) -> None:
    with Recorder(tmp_path / "recording.jsonl") as recorder:
        bench = Bench({"caller": Caller(), "steady": Steady()})
        await bench.submit("caller", "call", "k")
    outcome = replay(recorder.path, [SEED, ZONE])
    assert outcome.transactions == 2
    assert outcome.differences == ()


async def test_without_batches_too(tmp_path: Path) -> None:
    with Recorder(tmp_path / "recording.jsonl") as recorder:
        bench = Bench({"cc": Unordered()}, write_batch=0)
        await bench.submit("cc", "put", "a")
    (found,) = replay(recorder.path, [SEED]).differences
    assert found.recorded.startswith("put a/name-")


async def test_our_contracts_first_case_is_repeatable() -> None:
    with repeatable() as recorder:
        world = World()
        await world.tariff()
        await world.account()
        await world.anchored({"2012-01": 241_000, "2012-02": 500_000, "2012-03": 12_000})
        await world.flat({"alice": 1}, 1)
        await world.must("registrar", "property.link_account", "flat-1", "A-1")
        await world.party("bob")
        for period in ("2012-01", "2012-02"):
            await world.pay((await world.bill(period)).id)
        await all_steps(world)
        await world.must("officer", "casework.finalize", "case-1")
        await world.ask("officer", "casework.read_case", "case-1")
    assert recorder.transactions > 25


async def test_logistics_is_repeatable_but_for_its_own_clock() -> None:
    makers = {"logistics": "tests.unit.replay.contracts:logistics"}
    with repeatable(makers, [SEED, ZONE]) as recorder:
        scene = Scene()
        await scene.tendered()
        await scene.offered()
        await scene.do(ENERGY, "accept", "O-1")
        await scene.offered(giver=ENERGY, to=CIVIC, id="O-2")
        await scene.do(ENERGY, "withdraw", "O-2")
    assert recorder.transactions == 6


async def test_a_contract_with_arguments_needs_a_maker(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a", {"cc": "tests.unit.replay.contracts:clocked"}) as recorder:
        await Bench({"cc": Clocked(lambda: 7)}).submit("cc", "stamp")
    assert replay(recorder.path, [SEED]).differences == ()
    path = await recorded(tmp_path, Clocked(lambda: 7), ("stamp",))
    with pytest.raises(ReplayError, match=r"Clocked cannot be made: TypeError"):
        replay(path, [SEED])


async def test_a_class_within_a_function_is_refused_at_once(tmp_path: Path) -> None:
    class Local(Contract):
        pass

    with Recorder(tmp_path / "a"), pytest.raises(ReplayError, match="handlers="):
        await Bench({"cc": Local()}).submit("cc", "x")


async def test_a_handler_of_ones_own(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a") as recorder:
        peer = ScriptedPeer(Raw(), chaincode="raw")
        peer.send_registered(write_batch=10)
        await peer.next()
        peer.start("t1", "x")
        await peer.next()
        peer.send(RESPONSE, "t1")
        await peer.next()
    assert replay(recorder.path, [SEED]).differences == ()


async def test_several_contracts_of_a_chaincode_and_plain_functions(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a") as recorder:
        peer = ScriptedPeer(Dispatcher([Plain(), Hashed()]), chaincode="both")
        peer.send_registered(write_batch=10)
        await peer.next()
        peer.start("t1", "put", "k")
        await peer.next()
        peer.send(RESPONSE, "t1")
        await peer.next()
        peer.send(RESPONSE, "t1")
        assert Response.decode((await peer.next()).payload).payload == b"new"
        peer.start("t2", "hashed:place", "a")
        await peer.next()
    (found,) = replay(recorder.path, [SEED]).differences
    assert found.function == "hashed:place"


def test_one_recorder_at_a_time(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a"), pytest.raises(ReplayError, match="open already"):
        Recorder(tmp_path / "b").__enter__()
    assert Recorder.current is None


class TestTheCommand:
    async def test_differences_are_1(self, tmp_path: Path) -> None:
        path = await recorded(tmp_path, LocalTime(), ("stamp", "a"))
        result = CliRunner().invoke(app, [str(path), "--json"])
        assert result.exit_code == 1
        document = json.loads(result.stdout)
        assert document["transactions"] == 1
        assert {each["function"] for each in document["differences"]} == {"stamp"}

    @pytest.mark.parametrize("text", ["", "{}\n", "[1]\n", "\n\xff"])
    def test_no_recording_is_2(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "a").write_bytes(text.encode("latin-1"))
        result = CliRunner().invoke(app, [str(tmp_path / "a")])
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
