"""A network on which a department has two peers, with a chaincode that counts, one that tells."""

from collections.abc import Iterator
from pathlib import Path

from tests.integration.imaging import with_images
from tests.integration.ports import PAIR_PORT
from weftwork_network import Network

COUNTERS = """\
from weftwork_chaincode import Context, Contract, evaluate, submit


class Counters(Contract, name="counters"):
    @submit
    async def add(self, ctx: Context, id: str, step: str) -> str:
        value = str(int(await ctx.stub.get_state(id) or b"0") + int(step))
        await ctx.stub.put_state(id, value.encode())
        return value

    @evaluate
    async def read(self, ctx: Context, id: str) -> str:
        return (await ctx.stub.get_state(id) or b"0").decode()
"""
JOURNAL = """\
from weftwork_chaincode import Context, Contract, submit


class Journal(Contract, name="journal"):
    @submit
    async def write(self, ctx: Context, id: str) -> None:
        await ctx.stub.put_state(id, b"written")
        ctx.emit("written", id.encode())

    @submit
    async def hide(self, ctx: Context, id: str) -> None:
        await ctx.stub.put_private("diary", id, ctx.stub.transient["text"])
        ctx.emit("hidden", id.encode())
"""
USERS = [{"name": "clerk"}]
SHAPE: dict[str, object] = {
    "channels": [{"name": "trade", "profile": "Trade", "departments": ["Rail", "Harbour"]}],
    "departments": [
        {"name": "Rail", "peers": 2, "users": USERS},
        {"name": "Harbour", "orderers": 3, "users": USERS},
    ],
    "chaincodes": [
        {
            "name": "counters",
            "contract": "counters:Counters",
            "policy": "AND('RailMSP.peer', 'HarbourMSP.peer')",
        },
        {
            "name": "journal",
            "contract": "journal:Journal",
            "policy": "OR('RailMSP.peer')",
            # Nothing is endorsed before Rail's other peer has the data too.
            "collections": [{"name": "diary", "members": ["Rail"], "required": 1}],
        },
    ],
}


def paired(folder: Path) -> Iterator[Network]:
    """Starts it and ends it. Blocks hold up to ten transactions, which wait for each other."""
    (folder / "counters.py").write_text(COUNTERS)
    (folder / "journal.py").write_text(JOURNAL)
    network = Network.create(
        folder,
        base_port=PAIR_PORT,
        definition=SHAPE,
        batch_timeout="300ms",
        max_message_count=10,
    )
    try:
        with_images(network).up()
        yield network
    finally:
        network.clean()
