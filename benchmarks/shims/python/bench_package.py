"""The same chaincode as ours/bench_contract.py, on the package fabric-chaincode-python."""

import logging
import os

from fabric_chaincode_python.fabric_shim.interfaces import Chaincode
from fabric_chaincode_python.fabric_shim.logging import LOGGER
from fabric_chaincode_python.fabric_shim.response import error, success
from fabric_chaincode_python.fabric_shim.server import start


class Bench(Chaincode):
    async def init(self, stub: object):
        return success(b"")

    async def invoke(self, stub: object):
        function, args = stub.get_function_and_parameters()
        return await getattr(self, function)(stub, *args)

    async def read(self, stub, key):
        return success(bytes(await stub.get_state(key)))

    async def put(self, stub, key, value):
        await stub.put_state(key, value.encode())
        return success(b"")

    async def change(self, stub, key, value):
        before = await stub.get_state(key)
        await stub.put_state(key, value.encode())
        return success(bytes(before))

    async def fill(self, stub, prefix, count, value):
        for number in range(int(count)):
            await stub.put_state(f"{prefix}{number:06}", value.encode())
        return success(b"")

    async def scan(self, stub, start, end):
        size = 0
        async for row in await stub.get_state_by_range(start, end):
            size += len(row.value)
        return success(str(size).encode())

    async def relay(self, stub, chaincode, key):
        try:
            response = await stub.invoke_chaincode(chaincode, ["read", key], "")
        except Exception as refused:
            return error(str(refused))
        return success(response.payload)


if __name__ == "__main__":
    # It logs every message whole; at its own level it needs twice the CPU.
    logging.disable(logging.CRITICAL)
    LOGGER.disabled = True
    start(Bench, os.environ["CHAINCODE_ID"], os.environ["CHAINCODE_SERVER_ADDRESS"])
