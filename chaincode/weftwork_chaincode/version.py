"""Which code a server runs, told to whoever asks: how departments find that theirs differ."""

import json
from collections.abc import Callable

from weftwork_chaincode.messages import OK, Response
from weftwork_chaincode.session import Handler
from weftwork_chaincode.stub import Stub

VERSION_FUNCTION = "org.weftwork:GetVersion"
"""Answered for every contract, beside its own functions."""

VERSION_DIGITS = 12
"""How many digits of the code's digest departments approve as a definition's version."""


class Versioned:
    """A handler that knows which code it is, and leaves every other call to the contract's."""

    def __init__(self, handler: Handler, contract: str, digest: Callable[[], str]) -> None:
        self._handler = handler
        self._contract = contract
        self._digest = digest

    async def invoke(self, stub: Stub) -> Response:
        """Answers the question for the version, else calls the contract."""
        if stub.args[:1] != [VERSION_FUNCTION.encode()]:
            return await self._handler.invoke(stub)
        digest = self._digest()
        told = {
            "code_sha256": digest,
            "contract": self._contract,
            "version": digest[:VERSION_DIGITS],
        }
        return Response(OK, payload=json.dumps(told, separators=(",", ":")).encode())
