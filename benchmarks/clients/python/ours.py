"""The benchmark's client in ours: `aio` or `sync`, as an integrator would write it."""

import asyncio
import sys

from worker import content, serve, serve_threads, settings

import weftwork
from weftwork import aio


def connected() -> tuple[weftwork.Endpoint, weftwork.Identity, weftwork.Signer]:
    given = settings()
    endpoint = weftwork.Endpoint("peer", given["host"], int(given["port"]), content(given, "roots"))
    identity = weftwork.Identity(given["mspid"], content(given, "certificate"))
    return endpoint, identity, weftwork.signer_from_key(content(given, "key"))


async def main() -> None:
    given = settings()
    async with aio.connect_endpoint(*connected()) as gateway:
        contract = gateway.network(given["channel"]).contract(given["chaincode"])
        calls = {"evaluate": contract.evaluate, "submit": contract.submit}
        await serve(lambda kind, words: calls[kind](*words))


def main_sync() -> None:
    given = settings()
    with weftwork.connect_endpoint(*connected()) as gateway:
        contract = gateway.network(given["channel"]).contract(given["chaincode"])
        calls = {"evaluate": contract.evaluate, "submit": contract.submit}
        serve_threads(lambda kind, words: calls[kind](*words))


if __name__ == "__main__":
    main_sync() if sys.argv[2] == "sync" else asyncio.run(main())
