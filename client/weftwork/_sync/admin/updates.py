"""Changes of a channel's configuration, signed by a signer that may wait."""

# Generated from weftwork/aio/admin/updates.py by scripts/unasync.py: change that one.

from weftwork._sync.signatures import sign
from weftwork.config_update import ConfigUpdate
from weftwork.identity import Identity
from weftwork.signer import Signer
from weftwork.signing import SigningIdentity


def sign_update(
    update: ConfigUpdate, identity: Identity, signer: Signer, *, timeout: float | None = None
) -> ConfigUpdate:
    """The change with one more signature, as ``ConfigUpdate.sign`` adds it.

    ``timeout`` is in seconds, for a signer that waits. Raises SignatureError.
    """
    header = update.header(identity)
    signing = SigningIdentity(identity, signer, None)
    signature, _ = sign(signing, header + update.update, timeout)
    return update.signed(header, signature)
