"""What a gateway signs when it sends it, unless it was signed elsewhere before."""

# Generated from weftwork/aio/signable.py by scripts/unasync.py: change that one.

from collections.abc import Callable

from weftwork._sync.signatures import sign, signed_stream
from weftwork._sync.waiting import Stream
from weftwork.signing import SigningIdentity


class Signable:
    """Something that is signed: here when it is sent, or before that elsewhere."""

    def __init__(self, signing: SigningIdentity, message: bytes, signature: bytes = b"") -> None:
        self._signing = signing
        self._message = message
        self._signature = signature

    @property
    def digest(self) -> bytes:
        """What a signer elsewhere signs: the hash of the message, by ``Options.hash``.

        Without that option SHA-256, or for an identity with an Ed25519 key the message itself.
        """
        return self._signing.digest(self._message)

    @property
    def signature(self) -> bytes:
        """The signature; empty while it is unsigned."""
        return self._signature

    def _sign(self, timeout: float | None, default: float | None) -> float | None:
        """Sign it, unless it is signed; what is left of the ``timeout`` then, or of ``default``.

        Raises SignatureError.
        """
        limit = default if timeout is None else timeout
        if not self._signature:
            self._signature, limit = sign(self._signing, self._message, limit)
        return limit

    def _signed_stream(
        self,
        timeout: float | None,
        opening: Callable[[bytes, float | None], Stream],
        after: Stream | None,
    ) -> Stream:
        """The stream that ``opening`` opens with the signature, made if there is none."""
        if self._signature:
            return opening(self._signature, timeout)

        def signed(signature: bytes, left: float | None) -> Stream:
            self._signature = signature
            return opening(signature, left)

        return signed_stream(self._signing, self._message, timeout, signed, after)
