"""Changes of a channel's configuration, signed by a signer that may wait."""

from weftwork.aio.signatures import sign
from weftwork.config_update import ConfigUpdate
from weftwork.identity import Identity
from weftwork.signer import AnySigner
from weftwork.signing import SigningIdentity


async def sign_update(
    update: ConfigUpdate, identity: Identity, signer: AnySigner, *, timeout: float | None = None
) -> ConfigUpdate:
    """The change with one more signature, as ``ConfigUpdate.sign`` adds it.

    ``timeout`` is in seconds, for a signer that waits. Raises SignatureError.
    """
    header = update.header(identity)
    signing = SigningIdentity(identity, signer, None)
    signature, _ = await sign(signing, header + update.update, timeout)
    return update.signed(header, signature)
