"""Many transactions at once: none is lost, none is told to have failed that did not."""

import asyncio
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import weftwork
from weftwork.aio import connect
from weftwork.aio.departments import Energy
from weftwork.departments import Energy as SyncEnergy
from weftwork_network import Network


async def test_200_concurrent_transactions_are_all_kept(network: Network) -> None:
    run = secrets.token_hex(3)
    meters = [f"load-{run}-{n}" for n in range(200)]
    async with connect(network.profile("Energy"), user="meter-operator") as gateway:
        energy = Energy(gateway.network(network.channel))
        before = (await energy.network.info()).height
        await asyncio.gather(*[energy.register_meter(meter) for meter in meters])
        kept = await asyncio.gather(*[energy.read_meter(meter) for meter in meters])
        after = (await energy.network.info()).height
        blocks = [await energy.network.block(n) for n in range(before, after)]
    assert [meter.id for meter in kept] == meters
    ours = [
        t for b in blocks for t in b.transactions if t.args and t.args[0].decode() in set(meters)
    ]
    assert Counter(t.code.name for t in ours) == {"VALID": 200}
    assert len({t.transaction_id for t in ours}) == 200


def test_64_threads_share_a_sync_gateway(network: Network) -> None:
    run = secrets.token_hex(3)
    meters = [f"threads-{run}-{n}" for n in range(128)]
    with weftwork.connect(network.profile("Energy"), user="meter-operator") as gateway:
        energy = SyncEnergy(gateway.network(network.channel))
        with ThreadPoolExecutor(64) as pool:
            made = list(pool.map(energy.register_meter, meters))
            read = list(pool.map(energy.read_meter, meters))
    assert [meter.id for meter in made] == [meter.id for meter in read] == meters


async def test_the_sync_gateway_works_inside_a_running_loop(network: Network) -> None:
    meter = f"inside-{secrets.token_hex(3)}"
    with weftwork.connect(network.profile("Energy"), user="meter-operator") as gateway:
        assert SyncEnergy(gateway.network(network.channel)).register_meter(meter).id == meter
