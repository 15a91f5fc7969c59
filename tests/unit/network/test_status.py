"""The status as a table: what stands in it, what is marked, and that it fits."""

import io
import json
import re
from dataclasses import replace

import pytest
from rich.console import Console

from weftwork_network.status import NetworkStatus, NodeStatus, ServedCode
from weftwork_network.status_command import shown_status

OLD, NEW = ServedCode("electricity", "19193fc268c8"), ServedCode("electricity", "a1b2c3d4e5f6")
LEDGER = NodeStatus(
    node="energy-peer0",
    department="Energy",
    kind="peer",
    state="running",
    pid=1,
    version="3.1.1",
    heights={"crosswork": 12},
    leader=False,
    ports={"listen": 7111, "chaincode": 7112, "operations": 7113},
    certificate_days=364,
    memory=120 * 2**20,
)
CODE = replace(
    LEDGER,
    node="energy-chaincode",
    kind="chaincode",
    version=str(OLD),
    heights={},
    ports={"operations": 7184},
    chaincodes=(OLD,),
)


def rendered(*rows: NodeStatus, colours: bool = False) -> str:
    out = io.StringIO()
    system = "standard" if colours else None
    console = Console(
        file=out, width=120, force_terminal=colours, color_system=system, highlight=False
    )
    console.print(shown_status(NetworkStatus("crosswork", rows)))
    return out.getvalue()


def line(text: str, name: str) -> list[str]:
    return next(each for each in text.splitlines() if each.startswith(name)).split()


def test_a_row_tells_everything() -> None:
    leader = replace(LEDGER, node="energy-orderer0", leader=True, leads=("crosswork",))
    text = rendered(leader, LEDGER, CODE)
    whole = " ".join(line(text, "energy-orderer0"))
    assert whole == "energy-orderer0 Energy running 3.1.1 12 ✓ 364 120 MB 7111-7113"
    assert line(text, "energy-peer0")[5] == "364"
    assert line(text, "electricity") == ["electricity", "19193fc268c8", "Energy"]


def test_departments_on_different_versions_are_shown() -> None:
    other = replace(CODE, node="civic-chaincode", department="Civic", chaincodes=(OLD, NEW))
    text = rendered(CODE, other)
    assert [each.split() for each in text.splitlines() if each.startswith("electricity")] == [
        ["electricity", "19193fc268c8", "Energy,", "Civic"],
        ["electricity", "a1b2c3d4e5f6", "Civic"],
    ]
    assert "\x1b[33m19193fc268c8" in rendered(CODE, other, colours=True)
    assert "\x1b[33m19193fc268c8" not in rendered(CODE, colours=True)


@pytest.mark.parametrize(("days", "colour"), [(40, None), (29, 33), (6, 31), (-1, 31)])
def test_few_days_are_coloured(days: int, colour: int | None) -> None:
    text = rendered(replace(LEDGER, certificate_days=days), colours=True)
    assert (f"\x1b[{colour}m" in text.replace("\x1b[32m", "")) is (colour is not None)


def test_a_node_that_is_behind_is_marked() -> None:
    behind = replace(LEDGER, node="civic-peer0", heights={"crosswork": 9})
    assert re.search("\x1b\\[33m *9\x1b", rendered(LEDGER, behind, colours=True))


def test_several_channels_each_have_a_height() -> None:
    first = replace(LEDGER, heights={"crosswork": 12, "audit": 3}, leads=("audit",))
    second = replace(LEDGER, node="civic-peer0", heights={"audit": 3})
    text = rendered(first, second)
    assert "crosswork, height 12, audit, height 3" in text
    assert line(text, "node")[4:6] == ["crosswork", "audit"]
    assert line(text, "energy-peer0")[4:7] == ["12", "3", "audit"]
    assert line(text, "civic-peer0")[4] == "3"
    many = replace(LEDGER, heights={f"channel-{n}": n for n in range(6)})
    assert "channel-5 5" in rendered(many)


def test_it_fits_a_hundred_and_twenty_columns() -> None:
    name = "municipality-of-somewhere"
    long = replace(LEDGER, node=f"{name}-orderer0", department=name.title(), heights={"c": 123_456})
    for each in rendered(long, replace(CODE, department=name.title())).splitlines():
        assert len(each) <= 120
    assert f"{name}-orderer0" in rendered(long)
    assert "7111-7113" in rendered(long)


def test_json_is_complete() -> None:
    told = NetworkStatus("crosswork", (LEDGER, CODE)).to_json()
    assert (told["healthy"], told["height"], told["heights"]) == (True, 12, {"crosswork": 12})
    told = json.loads(json.dumps(told))
    assert told["nodes"][1]["chaincodes"] == [{"name": "electricity", "version": "19193fc268c8"}]
    assert told["nodes"][0]["memory"] == 120 * 2**20
    assert told["nodes"][0]["certificate_days"] == 364
