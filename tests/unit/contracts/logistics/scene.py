"""What the tests of logistics share: the departments' people, and a bench with goods on it."""

from typing import Any

from weftwork_chaincode.testing import Bench, TxResult, identity
from weftwork_contracts.logistics.contract import Logistics
from weftwork_contracts.logistics.model import Custody, Document, Draft, Item, Offer, Terms
from weftwork_contracts.parties import (
    CIVIC,
    ENERGY,
    LOGISTICS,
    PROPERTY,
    consent_collection,
    custodian_role,
)
from weftwork_model import decode, encode

HARBOUR = "HarbourMSP"
HOLDERS = (LOGISTICS, ENERGY, PROPERTY, CIVIC, HARBOUR)
HOUR = 3_600_000


class Scene:
    """One channel with logistics on it; `clock` is the peers' own, `bench.now` the clients'."""

    def __init__(self) -> None:
        self.clock = 0
        self.bench = Bench({"logistics": Logistics(clock=lambda: self.clock)})
        self.set_time(self.bench.now)

    def set_time(self, now: int) -> None:
        self.clock = self.bench.now = now

    async def run(self, mspid: str, function: str, *args: object, **options: Any) -> TxResult:
        role = options.pop("role", custodian_role(mspid))
        person = identity(mspid, role)
        return await self.bench.submit("logistics", function, *args, creator=person, **options)

    async def do(self, mspid: str, function: str, *args: object) -> TxResult:
        """Like `run`, for what must succeed."""
        result = await self.run(mspid, function, *args)
        assert result.ok, result.message
        return result

    async def tendered(self, *items: Item, consignee: str = ENERGY, id: str = "C-1") -> None:
        chosen = items or (Item(id="M-1"), Item(id="L-1", quantity=40, unit="KGM"))
        await self.do(LOGISTICS, "create", Draft(id=id, consignee=consignee, items=chosen))
        await self.do(LOGISTICS, "tender", id)

    def terms(self, id: str = "O-1", to: str = ENERGY, **changes: Any) -> Terms:
        given: dict[str, Any] = {
            "id": id, "consignment": "C-1", "to": to, "items": ("M-1", "L-1"), "place": "Gate 4",
            "condition": "new, boxed", "seals": ("S-9",), "deadline": self.bench.now + HOUR,
            "documents": (Document(name="waybill", sha256="0" * 64),),
        }  # fmt: skip
        return Terms(**given | changes)

    async def offered(self, giver: str = LOGISTICS, to: str = ENERGY, **changes: Any) -> Offer:
        result = await self.do(giver, "offer", self.terms(to=to, **changes))
        return result.returns(Offer)

    def held(self, item: str) -> Custody:
        """The custody record as it is committed."""
        return decode(self.value("", Custody.key_of(item)), Custody)

    def value(self, collection: str, key: str) -> bytes:
        return self.bench.state.values["logistics", collection, key]

    def forge(self, record: Any) -> None:
        """Commit a record that no transaction of this contract would write."""
        self.bench.state.values["logistics", "", record.ledger_key] = encode(record)

    def shred(self, mspid: str, key: str) -> None:
        del self.bench.state.values["logistics", consent_collection(mspid), key]
