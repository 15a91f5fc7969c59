"""A connection to a Fabric CA: one request, its proof of who asks, its answer or its error."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from weftwork.aio.signatures import sign
from weftwork.aio.waiting import HttpClient, http_client
from weftwork.ca_answers import address_of, no_answer, read_answer
from weftwork.enrolment import Authorization, BySecret
from weftwork.rest import Tls, http_failure

T = TypeVar("T")

_PREFIX = "/api/v1/"


class CaConnection:
    """What a ``CertificateAuthority`` and its registrars share."""

    def __init__(self, url: str, tls: Tls, name: str, timeout: float) -> None:
        self.address: str = address_of(url)
        self._failure: type[Exception] = http_failure("a client of a Fabric CA", "ca")
        self._timeout = timeout
        self._name = name
        self._client: HttpClient = http_client(url.rstrip("/"), tls, timeout)

    async def call(
        self,
        action: str,
        method: str,
        path: str,
        kind: type[T],
        authorization: Authorization | None = None,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
    ) -> T:
        """One request; its result as a ``kind``.

        ``action`` says in errors what was asked; ``secrets`` are taken out of what the authority
        says. Raises CaError.
        """
        content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        named = {"ca": self._name} if self._name else {}
        request = self._client.build_request(
            method,
            _PREFIX + path,
            params={**named, **(query or {})} or None,
            content=content or None,
            headers={"Content-Type": "application/json"} if content else None,
        )
        if authorization is not None:
            # Signed is the path as it travels, so it is taken from the request that is made.
            uri = request.url.raw_path.decode("ascii")
            request.headers["Authorization"] = await self._proof(
                authorization, method, uri, content
            )
        try:
            response = await self._client.send(request)
        except self._failure as error:
            raise no_answer(self.address, action, error, self._timeout) from error
        return read_answer(
            self.address, action, response.status_code, response.content, kind, secrets
        )

    async def _proof(self, by: Authorization, method: str, uri: str, content: bytes) -> str:
        if isinstance(by, BySecret):
            return by.header
        signature, _ = await sign(by.signing, by.message(method, uri, content), self._timeout)
        return by.header(signature)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._client.aclose()
