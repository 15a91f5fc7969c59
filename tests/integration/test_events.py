"""A department learns of what concerns it from the events of the chaincodes, live or afterwards."""

import asyncio
import json
import re
import secrets
import sqlite3
from pathlib import Path

import pytest

import weftwork
from tests.integration.documents import shown
from weftwork.aio import connect
from weftwork.departments import Logistics
from weftwork_contracts.logistics.model import Offer
from weftwork_model import decode
from weftwork_network import Network


def offered(network: Network) -> Offer:
    """A new consignment's only item, offered to Energy."""
    run = secrets.token_hex(3)
    with weftwork.connect(network.profile("Logistics"), user="clerk") as gateway:
        logistics = Logistics(gateway.network(network.channel))
        logistics.create(f"C-{run}", consignee="EnergyMSP", items=[f"M-{run}"])
        logistics.tender(f"C-{run}")
        return logistics.offer(
            f"C-{run}", to="EnergyMSP", items=[f"M-{run}"], place="Gate 4", condition="sealed"
        )


def test_from_a_block_in_the_past(network: Network) -> None:
    with weftwork.connect(network.profile("Energy"), user="clerk") as gateway:
        channel = gateway.network(network.channel)
        start = channel.info().height
        made = offered(network)
        names: list[str] = []
        with channel.chaincode_events("logistics", start_block=start, timeout=30) as events:
            for event in events:
                names.append(event.name)
                if event.name == "offered" and decode(event.payload, Offer) == made:
                    break
        recorded = channel.transaction(event.transaction_id)
    assert names[:3] == ["created", "tendered", "offered"]
    assert recorded.block_number == event.block_number
    assert recorded.event is not None
    assert recorded.event.name == "offered"


async def test_live(network: Network) -> None:
    async with connect(network.profile("Energy"), user="clerk") as gateway:
        channel = gateway.network(network.channel)
        events = channel.chaincode_events("logistics", timeout=30)
        async with events:
            making = asyncio.create_task(asyncio.to_thread(offered, network))
            async for event in events:
                if event.name == "offered":
                    break
    assert decode(event.payload, Offer) == await making


def test_the_page_on_events(
    network: Network,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    offered(network)
    user = weftwork.FileWallet(weftwork.load_profile(network.profile("Energy")).wallet).get("clerk")
    with weftwork.connect(network.profile("Energy"), user) as gateway:
        names = {
            "weftwork": weftwork,
            "gateway": gateway,
            "network": gateway.network(network.channel),
            "sign": weftwork.signer_from_key(user.private_key).sign_digest,
        }

        def run(name: str) -> str:
            exec(compile(shown("docs/events.md", name), f"docs/events.md: {name}", "exec"), names)
            return capsys.readouterr().out

        run("database")
        offered(network)
        run("database")
        database = sqlite3.connect("offers.db")
        offers = [row[0] for row in database.execute("select payload from offers")]
        assert len(offers) == len(set(offers)) == 2
        assert len(re.findall(r"(?m)^[0-3] \w{0,8} VALID$", run("file"))) >= 4
        assert json.loads(Path("blocks.json").read_text()) == {
            "blockNumber": 4,
            "transactionId": "",
        }
        assert run("reconnect") == run("elsewhere") == "created\n"
