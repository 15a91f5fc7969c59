"""The token of an HSM that holds the keys of a wallet's users."""

import os
from typing import Self

from weftwork.hsm import HsmSigner, subject_key_identifier
from weftwork.identity import Identity


class HsmToken:
    """Where the keys of a wallet's entries of type ``HSM-X.509`` are.

    Nothing is opened before a user signs; closing ends the sessions of all of them.
    """

    def __init__(self, library: str | os.PathLike[str], *, label: str, pin: str) -> None:
        """``library`` is the PKCS#11 module, ``label`` the token's, ``pin`` the user's PIN."""
        self.label: str = label
        self._library = library
        self._pin = pin
        self._signers: dict[bytes, HsmSigner] = {}

    def signer(self, identity: Identity) -> HsmSigner:
        """The signer of an identity, whose key has the identifier that Fabric's tools give it.

        Raises SignatureError, MissingExtraError.
        """
        identifier = subject_key_identifier(identity)
        if identifier not in self._signers:
            self._signers[identifier] = HsmSigner(
                self._library, label=self.label, pin=self._pin, identifier=identifier
            )
        return self._signers[identifier]

    def close(self) -> None:
        """End the sessions of its signers, which cannot sign any more then."""
        while self._signers:
            self._signers.popitem()[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"HsmToken(label={self.label!r})"
