"""What a server says of the code that it runs."""

import json

from weftwork_chaincode.messages import OK, Response
from weftwork_chaincode.version import VERSION_FUNCTION, Versioned


class Handler:
    async def invoke(self, stub) -> Response:
        return Response(OK, payload=b"the contract's")


class Asked:
    def __init__(self, *args: bytes) -> None:
        self.args = list(args)


async def test_the_version_is_told_beside_the_contracts_own_functions():
    told = Versioned(Handler(), "parcels:Parcels", lambda: "ab" * 32)
    answer = await told.invoke(Asked(VERSION_FUNCTION.encode()))
    assert json.loads(answer.payload) == {
        "code_sha256": "ab" * 32,
        "contract": "parcels:Parcels",
        "version": "ab" * 6,
    }
    for other in (Asked(b"put", b"id"), Asked()):
        assert (await told.invoke(other)).payload == b"the contract's"


def test_the_client_asks_by_the_same_name():
    from weftwork.aio import explaining

    assert explaining.VERSION_FUNCTION == VERSION_FUNCTION
