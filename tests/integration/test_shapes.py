"""A network of an unusual shape: two channels, several peers, a chaincode process for each peer.

Keeper only orders. Rail, with two peers, is on both channels. Power is on `meters` alone, Customs
on `trade` alone, where it approves `notes` without running it.
"""

from collections.abc import Iterator

import pytest

import weftwork
from tests.integration.ports import SHAPE_PORT
from weftwork_network import Network
from weftwork_network.doctor import examine
from weftwork_network.errors import PreflightError

NOTES = """\
from weftwork_chaincode import Context, Contract, evaluate, submit
from weftwork_model import Id, Record


class Note(Record, kind="note", key=("id",)):
    id: Id


class Notes(Contract, name="notes"):
    @submit
    async def write(self, ctx: Context, id: str) -> None:
        await ctx.add(Note(id=id))

    @evaluate
    async def read(self, ctx: Context, id: str) -> bool:
        return await ctx.find(Note, id) is not None

    @submit
    async def hide(self, ctx: Context, id: str) -> None:
        await ctx.private("own_RailMSP").put(Note(id=id))

    @evaluate
    async def reveal(self, ctx: Context, id: str) -> bool:
        return await ctx.private("own_RailMSP").find(Note, id) is not None
"""
USERS = [{"name": "clerk"}]
SHAPE: dict[str, object] = {
    "chaincode_processes": "peer",
    "channels": [
        {"name": "trade", "profile": "Trade", "departments": ["Harbour", "Rail", "Customs"]},
        {
            "name": "meters",
            "profile": "Meters",
            "departments": ["Rail", "Power", "Keeper"],
            "orderers": ["Keeper"],
        },
    ],
    "departments": [
        {"name": "Keeper", "peers": 0, "orderers": 1},
        {"name": "Harbour", "users": USERS},
        {"name": "Rail", "peers": 2, "orderers": 1, "users": USERS},
        {"name": "Customs", "users": USERS},
        {"name": "Power", "users": USERS},
    ],
    "chaincodes": [
        {
            "name": "notes",
            "contract": "notes:Notes",
            "authority": "Rail",
            "channels": ["trade", "meters"],
            "departments": ["Harbour", "Rail", "Power"],
            # Nothing is endorsed before Rail's other peer has the data too.
            "collections": [{"name": "own_RailMSP", "members": ["Rail"], "required": 1}],
        }
    ],
}


@pytest.fixture(scope="module")
def shaped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    folder = tmp_path_factory.mktemp("shaped")
    (folder / "notes.py").write_text(NOTES)
    network = Network.create(folder, base_port=SHAPE_PORT, definition=SHAPE)
    try:
        network.up()
        yield network
    finally:
        network.clean()


def notes(gateway: weftwork.Gateway, channel: str) -> weftwork.Contract:
    return gateway.network(channel).contract("notes")


def test_it_is_up_and_nothing_is_wrong(shaped: Network) -> None:
    assert shaped.up().already
    heights = {row.node: set(row.heights) for row in shaped.status().nodes}
    assert heights["keeper-orderer0"] == {"trade", "meters"}
    assert heights["rail-orderer0"] == heights["customs-peer0"] == {"trade"}
    assert heights["rail-peer1"] == {"trade", "meters"}
    assert heights["power-peer0"] == {"meters"}
    assert [
        str(each) for each in examine(shaped.project.folder).findings if each.severity == "error"
    ] == []


def test_a_channel_is_its_members_alone(shaped: Network) -> None:
    with (
        weftwork.connect(shaped.profile("Rail"), user="clerk") as rail,
        weftwork.connect(shaped.profile("Power"), user="clerk") as power,
        weftwork.connect(shaped.profile("Customs"), user="clerk") as customs,
    ):
        for channel in ("trade", "meters"):
            notes(rail, channel).submit("write", f"of-{channel}")
        assert notes(power, "meters").evaluate("read", "of-meters", returns=bool)
        assert not notes(power, "meters").evaluate("read", "of-trade", returns=bool)
        # Customs runs no chaincode: its gateway finds who does.
        assert notes(customs, "trade").evaluate("read", "of-trade", returns=bool)
        for gateway, channel in ((power, "trade"), (customs, "meters")):
            with pytest.raises(weftwork.GatewayError):
                notes(gateway, channel).evaluate("read", f"of-{channel}")
            with pytest.raises(weftwork.GatewayError):
                notes(gateway, channel).submit("write", "of-a-stranger")


def test_private_data_is_on_all_of_a_departments_peers_and_nobody_elses(shaped: Network) -> None:
    with weftwork.connect(shaped.profile("Rail"), user="clerk") as rail:
        notes(rail, "trade").submit(
            "hide", "secret", endorsing_organizations=["RailMSP", "HarbourMSP"]
        )
    for peer in shaped.topology.member("Rail").peers:
        with weftwork.connect(shaped.profile("Rail"), user="clerk", peer=peer.host) as rail:
            assert notes(rail, "trade").evaluate("reveal", "secret", returns=bool)
    with (
        weftwork.connect(shaped.profile("Harbour"), user="clerk") as harbour,
        pytest.raises(weftwork.GatewayError),
    ):
        notes(harbour, "trade").evaluate("reveal", "secret", endorsing_organizations=["HarbourMSP"])


def test_one_chaincode_process_dies_and_the_other_peer_endorses(shaped: Network) -> None:
    shaped.kill_node("rail-peer0-chaincode")
    try:
        with weftwork.connect(shaped.profile("Rail"), user="clerk") as rail:
            notes(rail, "trade").submit("write", "all-the-same")
            assert notes(rail, "trade").evaluate("read", "all-the-same", returns=bool)
        result = shaped.up()
        assert result.started == ("rail-peer0-chaincode",)
    finally:
        shaped.up()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Customs", "Toll", "department Toll is not in the ledgers on disk"),
        (
            "[Harbour, Rail, Customs]",
            "[Harbour, Rail]",
            "channel trade is of Harbour, Rail, ordered",
        ),
        ("meters", "metres", "channel metres is not in the ledgers on disk"),
    ],
)
def test_after_the_first_start_another_shape_is_refused_in_words(
    shaped: Network, old: str, new: str, said: str
) -> None:
    file = shaped.project.network_file
    before = file.read_text()
    assert old in before
    try:
        file.write_text(before.replace(old, new))
        with pytest.raises(PreflightError, match=said):
            Network.open(shaped.project.folder).up()
    finally:
        file.write_text(before)
