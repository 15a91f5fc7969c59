"""Who plays in the demo: departments' users, each on their own connection, and the owners."""

import contextlib
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import weftwork
from weftwork import Options
from weftwork.departments import Civic, Energy, Logistics, Property
from weftwork_contracts.property import rules
from weftwork_contracts.property.model import Consent, Transfer
from weftwork_network.network import Network


@dataclass(frozen=True)
class Owner:
    """A person who owns, or will own, a flat. The private key never leaves their hands."""

    id: str
    _key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False
    )

    @property
    def public_key(self) -> str:
        """The key that the registry knows the owner by, PEM."""
        return (
            self._key.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode("ascii")
        )

    def consent(self, transfer: Transfer) -> Consent:
        """The owner's signature over exactly this transfer."""
        return Consent(party=self.id, signature=rules.sign(transfer, self._key))


class Desk:
    """One user of one department at their desk: a gateway to their own department's peer.

    Attributes:
        learned: the transactions whose commit status came to this desk, in order.
    """

    def __init__(self, profile: Path, user: str, channel: str) -> None:
        self.learned: list[str] = []
        options = Options(on_status=lambda status: self.learned.append(status.transaction_id))
        self.gateway = weftwork.connect(profile, user=user, options=options)
        self.identity = self.gateway.identity
        self.network = self.gateway.network(channel)
        self.logistics = Logistics(self.network)
        self.energy = Energy(self.network)
        self.property = Property(self.network)
        self.civic = Civic(self.network)


class Cast:
    """Everybody's desk, opened together and closed together."""

    def __init__(self, network: Network) -> None:
        self._open = contextlib.ExitStack()

        def desk(department: str, user: str) -> Desk:
            made = Desk(network.profile(department), user, network.channel)
            self._open.callback(made.gateway.close)
            return made

        with contextlib.ExitStack() as undo:
            undo.callback(self._open.close)
            self.logistics_clerk = desk("Logistics", "clerk")
            self.energy_clerk = desk("Energy", "clerk")
            self.meter_operator = desk("Energy", "meter-operator")
            self.billing = desk("Energy", "billing")
            self.registrar = desk("Property", "registrar")
            self.officer = desk("Civic", "officer")
            self.auditor = desk("Civic", "auditor")
            undo.pop_all()

    @property
    def peers(self) -> list[Desk]:
        """One desk at every department, to ask each department's own peer."""
        return [self.logistics_clerk, self.billing, self.registrar, self.auditor]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()


def document(text: str) -> str:
    """SHA-256 of a paper that itself stays off the ledger, hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
