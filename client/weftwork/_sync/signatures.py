"""Signers, sync: the hand-written half of a pair with ``weftwork/aio/signatures.py``.

Whatever a signer does, the caller's thread waits for it; nothing here can await one.
"""

from collections.abc import Callable

from weftwork._sync.waiting import Stream
from weftwork.signing import SigningIdentity


def sign(
    signing: SigningIdentity, message: bytes, timeout: float | None
) -> tuple[bytes, float | None]:
    """The signature of ``message``, and ``timeout``: a signer that is called is not limited.

    Raises SignatureError.
    """
    return signing.sign(message), timeout


def signed_stream(
    signing: SigningIdentity,
    message: bytes,
    timeout: float | None,
    opening: Callable[[bytes, float | None], Stream],
    after: Stream | None = None,
) -> Stream:
    """The stream that ``opening`` opens with the signature. Raises SignatureError."""
    return opening(signing.sign(message), timeout)
