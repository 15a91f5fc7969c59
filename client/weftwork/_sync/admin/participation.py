"""Which channels an orderer takes part in: its channel participation API, REST with mutual TLS."""

# Generated from weftwork/aio/admin/participation.py by scripts/unasync.py: change that one.

from typing import TYPE_CHECKING, Any, Literal, cast

from weftwork._sync.closing import Closing
from weftwork._sync.waiting import HttpClient, http_client
from weftwork.errors import OrdererError
from weftwork.orderers import OrdererChannel
from weftwork.rest import ClientTls, http_failure

if TYPE_CHECKING:
    from httpx import Response

_PATH = "/participation/v1/channels"


class ChannelParticipation(Closing):
    """One orderer's administration endpoint.

    Every method raises OrdererError with its address, what was asked, and its answer.
    """

    def __init__(self, address: str, tls: ClientTls, *, timeout: float = 30) -> None:
        """``address`` is ``host:port`` of the admin endpoint; ``timeout`` in seconds, each call."""
        self.address: str = address
        self._client: HttpClient = http_client(f"https://{address}", tls, timeout)

    def join(self, channel: str, block: bytes) -> OrdererChannel:
        """Join a channel by its first block, or by its newest config block.

        Status 405 says that the orderer has joined it already.
        """
        found = self._call(
            f"join {channel}", "POST", _PATH, {"config-block": ("config.block", block)}
        )
        return _channel(found)

    def channels(self) -> list[str]:
        """Names of the channels that the orderer takes part in, sorted."""
        found = self._call("list channels", "GET", _PATH)
        listed = cast("list[dict[str, Any]]", found.get("channels") or [])
        return sorted(str(channel["name"]) for channel in listed)

    def info(self, channel: str) -> OrdererChannel:
        """The orderer's part in a channel; status 404 where it has none."""
        return _channel(self._call(f"tell of {channel}", "GET", f"{_PATH}/{channel}"))

    def update(self, envelope: bytes) -> OrdererChannel:
        """Hand in a change of a channel's configuration as the orderer's own operator.

        ``envelope`` is what ``ConfigUpdate.envelope`` gives. Orderers before 3.1.2 do not know
        this request (405): hand it to ``Orderer.update``, which they all take.
        """
        files = {"config-update-envelope": ("config-update.envelope", envelope)}
        return _channel(self._call("update a channel's config", "PUT", _PATH, files))

    def block(self, channel: str, which: int | Literal["newest", "oldest", "config"]) -> bytes:
        """A block as the orderer stores it: a serialized ``common.Block``.

        Orderers that do not know this request answer 404: ``Orderer.block_bytes`` gives it too.
        """
        path = f"{_PATH}/{channel}/blocks/{which}"
        return (self._response(f"give block {which} of {channel}", "GET", path)).content

    def remove(self, channel: str) -> None:
        """Leave a channel and delete its blocks."""
        self._call(f"leave {channel}", "DELETE", f"{_PATH}/{channel}")

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _call(
        self,
        action: str,
        method: str,
        path: str,
        files: dict[str, tuple[str, bytes]] | None = None,
    ) -> dict[str, Any]:
        return _object(self._response(action, method, path, files))

    def _response(
        self,
        action: str,
        method: str,
        path: str,
        files: dict[str, tuple[str, bytes]] | None = None,
    ) -> "Response":
        try:
            response = self._client.request(method, path, files=files)
        except http_failure() as error:
            text = str(error) or type(error).__name__
            raise OrdererError(self.address, action, 0, text) from error
        if response.is_success:
            return response
        message = str(_object(response).get("error") or response.reason_phrase)
        raise OrdererError(self.address, action, response.status_code, message)


def _object(response: "Response") -> dict[str, Any]:
    try:
        content: Any = response.json() if response.content else {}
    except ValueError:
        content = {}
    return cast("dict[str, Any]", content) if isinstance(content, dict) else {}


def _channel(found: dict[str, Any]) -> OrdererChannel:
    return OrdererChannel(
        name=str(found.get("name", "")),
        height=int(found.get("height", 0)),
        relation=str(found.get("consensusRelation", "")),
        status=str(found.get("status", "")),
    )
