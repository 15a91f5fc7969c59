"""The case, act by act: a meter is handed over, a year is billed, a flat changes hands."""

import secrets
from concurrent.futures import ThreadPoolExecutor

from weftwork import EndorseError, Proposal
from weftwork.ledger import Transaction
from weftwork_contracts.electricity import rules as billing_rules
from weftwork_contracts.electricity.model import ACTIVE_IMPORT, Bill, Tier, YearReadings
from weftwork_contracts.parties import CIVIC, ENERGY, PROPERTY
from weftwork_contracts.property.model import Consent, Transfer
from weftwork_model import replace
from weftwork_network.demo import readings
from weftwork_network.demo.cast import Cast, Desk, Owner, document
from weftwork_network.demo.reading_back import PATIENCE, LedgerReader, recorded
from weftwork_network.demo.report import Report, department, listed, yuan
from weftwork_network.errors import NetworkError
from weftwork_network.network import Network

BEIJING_2012 = (
    Tier(up_to=240, price=4883),
    Tier(up_to=400, price=5383),
    Tier(up_to=None, price=7883),
)
"""Beijing's residential ladder of 2012: kWh a month, 10^-4 yuan a kWh."""

ROGUE = "weftwork_network.demo.rogue:RogueProperty"

LAST_SOLD = "2011-12"
"""The last month that the seller pays for; the file's last month is the buyer's."""
FIRST_BOUGHT = "2012-01"


class Story:
    """One run: names of its own, so that it can be told again and again on the same ledger."""

    def __init__(self, network: Network, cast: Cast, report: Report) -> None:
        self._net = network
        self._cast = cast
        self._report = report
        self._ledger = LedgerReader(cast.auditor.network)
        run = secrets.token_hex(3)
        self.consignment, self.meter, self.flat = f"C-{run}", f"M-{run}", f"flat-{run}"
        self.account, self.tariff, self.case = f"A-{run}", f"beijing-{run}", f"W1-{run}"
        self.seller, self.buyer = Owner(f"seller-{run}"), Owner(f"buyer-{run}")
        self._bills: dict[str, Bill] = {}
        self._years: list[YearReadings] = []

    def tell(self) -> None:
        """All acts, in order."""
        self._handover()
        self._first_registration()
        self._year()
        transfer, consents = self._sale()
        self._alone(transfer, consents)
        self._race()
        self._audit()

    def _handover(self) -> None:
        self._report.act("Logistics hands a meter over to Energy")
        logistics, energy = self._cast.logistics_clerk, self._cast.energy_clerk
        logistics.logistics.create(self.consignment, consignee=ENERGY, items=[self.meter])
        self._told(f"Logistics opens consignment {self.consignment}", logistics, "logistics.create")
        logistics.logistics.tender(self.consignment)
        self._told("Logistics sends it on its way", logistics, "logistics.tender")
        offer = logistics.logistics.offer(
            self.consignment,
            to=ENERGY,
            items=[self.meter],
            place="Energy's depot",
            condition="sealed",
        )
        self._told(f"Logistics offers meter {self.meter} to Energy", logistics, "logistics.offer")
        energy.logistics.accept(offer.id)
        self._told(
            "Energy accepts: its consent collection holds the receipt", energy, "logistics.accept"
        )
        energy.logistics.deliver(self.consignment)
        self._told("Energy states that it has arrived", energy, "logistics.deliver")
        logistics.logistics.close(self.consignment)
        self._told("Logistics closes the consignment", logistics, "logistics.close")

    def _first_registration(self) -> None:
        self._report.act("Property registers the flat and its owner")
        registrar = self._cast.registrar
        for owner in (self.seller, self.buyer):
            registrar.property.register_party(
                owner.id, public_key=owner.public_key, source=document(f"passport of {owner.id}")
            )
            self._told(f"Property registers {owner.id}", registrar, "property.register_party")
        registrar.property.register_unit(
            self.flat,
            {self.seller.id: 1},
            area=843_500,
            survey=document("survey"),
            source=document("deed"),
        )
        self._told(
            f"Property registers {self.flat}, 84.35 m², owned by {self.seller.id}",
            registrar,
            "property.register_unit",
        )

    def _year(self) -> None:
        self._report.act("Energy installs the meter and bills a real year, month by month")
        clerk, operator, billing = (
            self._cast.energy_clerk,
            self._cast.meter_operator,
            self._cast.billing,
        )
        operator.energy.register_meter(self.meter)
        self._told(f"Energy enters meter {self.meter}", operator, "electricity.register_meter")
        operator.energy.install_meter(self.meter, unit=self.flat)
        self._told(f"Energy installs it in {self.flat}", operator, "electricity.install_meter")
        self._approved_tariff()
        clerk.energy.open_account(
            self.account,
            meter=self.meter,
            tariff=self.tariff,
            holder=self.seller.id,
            since="2011-02",
        )
        self._told(
            f"Energy opens account {self.account} for {self.seller.id}",
            clerk,
            "electricity.open_account",
        )
        registrar = self._cast.registrar
        registrar.property.link_account(self.flat, account=self.account)
        self._told(
            "Property ties the account to the title: Energy's word now counts for it",
            registrar,
            "property.link_account",
        )
        real = readings.load()
        self._years = readings.by_calendar_year(
            real,
            meter=self.meter,
            register=ACTIVE_IMPORT,
            seeds={year: secrets.token_hex(32) for year in ("2011", "2012")},
        )
        for year in self._years:
            anchor = operator.energy.anchor_readings(year)
            self._told(
                f"Energy anchors {anchor.count:,} hourly readings of {year.year} by one hash",
                operator,
                "electricity.anchor_readings",
            )
        periods = [month.period for month in self._years[0].months]
        self._bill_and_show(periods, billing)
        self._pay_and_show(periods[:-1], billing)

    def _approved_tariff(self) -> None:
        billing, officer = self._cast.billing, self._cast.officer
        proposed = billing.energy.propose_tariff(
            self.tariff,
            edition=1,
            effective="2011-01",
            tiers=BEIJING_2012,
            source=document("decree"),
        )
        self._told(
            "Energy proposes Beijing's ladder as the tariff", billing, "electricity.propose_tariff"
        )
        officer.energy.approve_tariff(proposed)
        self._told(
            "Civic approves it: who sets a price never bills it",
            officer,
            "electricity.approve_tariff",
        )

    def _sale(self) -> tuple[Transfer, list[Consent]]:
        self._report.act(f"{self.seller.id} sells the flat to {self.buyer.id}")
        officer, registrar, billing = (
            self._cast.officer,
            self._cast.registrar,
            self._cast.billing,
        )
        officer.civic.open_case(self.case, unit=self.flat)
        self._told(f"Civic opens the case {self.case}", officer, "casework.open_case")
        officer.civic.record_tax(self.case, document=document("tax receipt"))
        self._told("Civic enters the proof of tax", officer, "casework.record_tax")
        transfer = registrar.property.draft(
            self.flat,
            {self.buyer.id: 1},
            source=document("contract of sale"),
            holder=self.buyer.id,
            case=self.case,
        )
        consents = [self.seller.consent(transfer), self.buyer.consent(transfer)]
        registrar.civic.record_consents(self.case, transfer, consents)
        self._told(
            "Property enters both owners' signatures over the transfer",
            registrar,
            "casework.record_consents",
        )
        billing.civic.confirm_settlement(
            self.case, through=LAST_SOLD, document=document("final reading")
        )
        self._told(
            f"Energy confirms that the seller pays through {LAST_SOLD}",
            billing,
            "casework.confirm_settlement",
        )
        registrar.civic.record_handover(self.case, document=document("handover protocol"))
        self._told(
            "Property enters the handover of the keys", registrar, "casework.record_handover"
        )
        self._refused("Civic asks for the transfer while a bill is open", officer)
        return transfer, consents

    def _alone(self, transfer: Transfer, consents: list[Consent]) -> None:
        self._report.act("Property's peer tries it alone, with changed code")
        registrar = self._cast.registrar
        self._net.restart_chaincode("Property", {"property": ROGUE})
        try:
            proposal = registrar.property.contract.proposal(
                "transfer", transfer, consents, endorsing_organizations=[PROPERTY]
            )
            commit = proposal.endorse().submit()
            commit.status()
        finally:
            self._net.restart_chaincode("Property")
        self._told("Property transfers the flat by itself", registrar, "property.transfer")
        codes = {
            desk.identity.mspid: recorded(desk.network, commit.transaction_id).code.name
            for desk in self._cast.peers
        }
        if set(codes.values()) != {"ENDORSEMENT_POLICY_FAILURE"}:
            raise NetworkError(f"a rogue transfer was not invalidated everywhere: {codes}")
        self._report.checked(
            f"the peers of {listed(map(department, codes))} each recorded "
            "ENDORSEMENT_POLICY_FAILURE",
            codes=codes,
        )

    def _race(self) -> None:
        self._report.act("The bill is paid; bills race the transfer, both ways")
        officer, billing = self._cast.officer, self._cast.billing
        self._pay_and_show([LAST_SOLD], billing)

        final = officer.civic.contract.proposal("finalize", self.case).endorse()
        self._bill_and_show([FIRST_BOUGHT], billing, ", ordered before the transfer")
        final.submit().status()
        self._told(
            "the transfer, endorsed before that bill, ordered after it",
            officer,
            "casework.finalize",
        )

        wrong = self._bills[FIRST_BOUGHT]
        billing.energy.credit(wrong.id, reason=document("billed to the seller"))
        self._told(
            "Energy credits that bill: the month is the buyer's", billing, "electricity.credit"
        )

        late = self._proposed_bill(billing, FIRST_BOUGHT).endorse()
        officer.civic.finalize(self.case)
        self._told(
            "the transfer, asked for again: title and account in one transaction",
            officer,
            "casework.finalize",
        )
        late.submit().status()
        self._told(
            "a bill to the seller, endorsed before the transfer", billing, "electricity.bill"
        )
        self._bill_and_show([FIRST_BOUGHT], billing, ", to the buyer")
        self._pay_and_show([FIRST_BOUGHT], billing)

    def _audit(self) -> None:
        self._report.act("Civic's auditor checks it all, off the chain")
        auditor = self._cast.auditor
        details = [auditor.energy.verify_bill(bill.id) for bill in self._bills.values()]
        energy, total = sum(d.energy for d in details), sum(d.total for d in details)
        self._report.checked(
            f"recomputed {len(details)} bills from the ledger: {energy / 1000:,.3f} kWh, "
            f"{yuan(total)}, each to the fen",
            bills=len(details),
            energy_wh=energy,
            total_fen=total,
        )
        stated = readings.load().stated_total
        if energy != stated:
            raise NetworkError(f"billed {energy} Wh of the {stated} Wh that the utility states")
        year = self._years[0]
        anchor = auditor.energy.read_anchor(self.meter, year.year)
        reading, path = billing_rules.prove_reading(year, 4711)
        if not billing_rules.verify_reading(anchor, reading, 4711, path):
            raise NetworkError("a true reading did not prove against its anchor")
        self._report.checked(
            f"reading 4711 of {anchor.count:,} ({reading.energy} Wh) proves against its anchor "
            f"by {len(path)} hashes"
        )
        tampered = replace(reading, energy=reading.energy - 1)
        if billing_rules.verify_reading(anchor, tampered, 4711, path):
            raise NetworkError("a tampered reading proved against the anchor")
        self._report.checked("the same reading less 1 Wh does not")
        right = auditor.property.read_right(self.flat)
        account = auditor.energy.read_account(self.account)
        holders = {right.shares[0].party, account.holder}
        if holders != {self.buyer.id} or (right.case, account.case) != (self.case, self.case):
            raise NetworkError(f"title and account did not go to {self.buyer.id}: {holders}")
        self._report.checked(
            f"{self.flat} and {self.account} are {self.buyer.id}'s, by the case {self.case}"
        )
        self._report.account()

    def _bill_and_show(self, periods: list[str], billing: Desk, ending: str = "") -> None:
        """Bill months at once, four in flight: bills read the account and do not conflict."""

        def bill(period: str) -> Bill:
            return billing.energy.bill(self.account, period)

        with ThreadPoolExecutor(4) as pool:
            made = dict(zip(periods, pool.map(bill, periods), strict=True))
        self._bills |= made
        found = [self._find(billing, "electricity.bill") for _ in made]
        by_id = {transaction.transaction_id: transaction for transaction in found}
        for period, bill_made in made.items():
            detail = billing.energy.read_bill_detail(bill_made.id)
            self._report.committed(
                f"bill for {period}, {detail.energy / 1000:.3f} kWh, {yuan(detail.total)}{ending}",
                by_id[bill_made.id],
            )

    def _pay_and_show(self, periods: list[str], billing: Desk) -> None:
        """Enter payments, four in flight, and show what each closed."""

        def pay(period: str) -> str:
            bill = self._bills[period]
            amount = billing.energy.read_bill_detail(bill.id).total
            return billing.energy.pay(bill.id, amount=amount, reference=f"bank {period}").id

        with ThreadPoolExecutor(4) as pool:
            paid = dict(zip(pool.map(pay, periods), periods, strict=True))
        found = {
            t.transaction_id: t for t in (self._find(billing, "electricity.pay") for _ in paid)
        }
        for transaction_id, period in paid.items():
            self._report.committed(f"payment of {period}", found[transaction_id])

    def _proposed_bill(self, billing: Desk, period: str) -> Proposal:
        return billing.energy.contract.proposal(
            "bill",
            self.account,
            period,
            1,
            transient={"salt": secrets.token_bytes(32)},
            endorsing_organizations=[ENERGY, CIVIC],
        )

    def _find(self, desk: Desk, function: str) -> Transaction:
        chaincode, name = function.split(".")
        found = self._ledger.find(chaincode, name, desk)
        # The next step may be endorsed by any department's peer: it must have this one's block.
        for peer in self._cast.peers:
            peer.network.commit(found.transaction_id).status(timeout=PATIENCE)
        return found

    def _told(self, what: str, desk: Desk, function: str) -> None:
        self._report.committed(what, self._find(desk, function))

    def _refused(self, what: str, officer: Desk) -> None:
        try:
            officer.civic.finalize(self.case)
        except EndorseError as error:
            self._report.refused(what, error)
        else:
            raise NetworkError("the transfer was endorsed while a bill was open")
