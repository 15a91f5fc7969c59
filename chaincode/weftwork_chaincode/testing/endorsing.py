"""The gateway's part: which departments' peers are asked, and what a client hears of refusals.

Source: Fabric ``internal/pkg/gateway`` (``endorse.go``, ``evaluate.go``, ``endorsement.go``,
``registry.go``) and ``discovery/endorsement``. Where Fabric chooses at random among equal ways, the
first in the order of the departments is taken here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from weftwork.errors import EndorseError, EvaluateError, Refusal
from weftwork_chaincode.testing.answer import Answer
from weftwork_chaincode.testing.channel_view import ChannelView
from weftwork_chaincode.testing.peer import Peer
from weftwork_chaincode.testing.policies import Rule, read_envelope, satisfying
from weftwork_chaincode.testing.proposed import Proposed

_NONE = "no combination of peers can be derived which satisfy the endorsement policy"
_DIFFERS = "ProposalResponsePayloads do not match"


@dataclass(frozen=True)
class Endorsed:
    """What enough departments endorsed alike, ready to be ordered.

    Attributes:
        proposed: The proposal.
        answer: What each of them answered.
        endorsers: MSP ids of those whose signatures it carries, in the order they were asked.
    """

    proposed: Proposed
    answer: Answer
    endorsers: tuple[str, ...]


@dataclass
class _Plan:
    layouts: list[tuple[str, ...]]
    answer: Answer | None = None
    endorsed: list[str] = field(default_factory=list[str])
    failed: set[str] = field(default_factory=set[str])
    refusals: list[Refusal] = field(default_factory=list[Refusal])

    def take(self, peer: Peer, answer: Answer) -> None:
        if not answer.endorsed:
            self.refuse(peer, answer.words)
        elif self.answer is None:
            self.answer = answer
            self.endorsed.append(peer.mspid)
        elif self.answer.payload != answer.payload:
            self.refuse(peer, _DIFFERS)
        else:
            self.endorsed.append(peer.mspid)

    def refuse(self, peer: Peer, words: str) -> None:
        self.failed.add(peer.mspid)
        self.refusals.append(Refusal(peer.address, peer.mspid, words))


class Gateway:
    """One department's gateway: collects endorsements, asks one peer for an evaluation."""

    def __init__(self, mspid: str, channel: ChannelView[Peer]) -> None:
        self._mspid = mspid
        self._channel = channel

    async def endorse(self, proposed: Proposed, organizations: Sequence[str]) -> Endorsed:
        """Collects endorsements; EndorseError with each peer's refusal.

        ``organizations`` are the departments to ask, in place of those that the policies need.
        """
        if organizations:
            plan = _Plan([self._named(proposed, organizations)])
        else:
            plan = await self._from_first(proposed)
        for layout in plan.layouts:
            if plan.failed.intersection(layout):
                continue
            for mspid in layout:
                if mspid not in plan.endorsed:
                    peer = self._channel.peers[mspid]
                    plan.take(peer, await peer.process(proposed))
            if plan.answer is not None and set(layout) <= set(plan.endorsed):
                endorsers = tuple(mspid for mspid in plan.endorsed if mspid in layout)
                return Endorsed(proposed, plan.answer, endorsers)
        raise self._failed(
            proposed,
            "ABORTED",
            "failed to collect enough transaction endorsements, see attached details for more info",
            plan.refusals,
        )

    async def evaluate(self, proposed: Proposed, organizations: Sequence[str]) -> Answer:
        """Asks one peer, its own where it may; EvaluateError where none answers."""
        targets = list(organizations) or list(self._channel.departments)
        if proposed.transient and not organizations:
            targets = [self._mspid]
        running = self._channel.running(proposed.chaincode)
        able = sorted(
            (mspid for mspid in targets if mspid in running), key=lambda m: m != self._mspid
        )
        if not able:
            text = (
                f"no peers available to evaluate chaincode {proposed.chaincode} in channel "
                f"{proposed.channel}"
            )
            if proposed.transient and not organizations:
                text = (
                    "no endorsers found in the gateway's organization; retry specifying target "
                    f"organization(s) to protect transient data: {text}"
                )
            raise self._not_evaluated(proposed, "FAILED_PRECONDITION", text, [])
        refusals: list[Refusal] = []
        status = ""
        for mspid in able:
            peer = self._channel.peers[mspid]
            answer = await peer.process(proposed)
            if answer.endorsed:
                return answer
            refusals.append(Refusal(peer.address, mspid, answer.words))
            status = _evaluate_status(answer)
            if answer.by_chaincode or (answer.before and not answer.rejected):
                text = f"evaluate call to endorser returned error: {answer.words}"
                raise self._not_evaluated(proposed, status, text, refusals)
        raise self._not_evaluated(
            proposed,
            status,
            "failed to evaluate transaction, see attached details for more info",
            refusals,
        )

    # --- which peers

    def _named(self, proposed: Proposed, organizations: Sequence[str]) -> tuple[str, ...]:
        running = self._channel.running(proposed.chaincode)
        missing = [mspid for mspid in organizations if mspid not in running]
        if missing:
            text = f"failed to find any endorsing peers for org(s): {', '.join(missing)}"
            raise self._failed(proposed, "UNAVAILABLE", text, [])
        return tuple(dict.fromkeys(organizations))

    async def _from_first(self, proposed: Proposed) -> _Plan:
        peer = self._channel.peers[self._first(proposed)]
        answer = await peer.process(proposed)
        if not answer.endorsed:
            raise self._failed(
                proposed,
                "ABORTED",
                "failed to endorse transaction, see attached details for more info",
                [Refusal(peer.address, peer.mspid, answer.words)],
            )
        plan = _Plan(self._layouts(proposed, answer, peer.mspid))
        plan.take(peer, answer)
        return plan

    def _first(self, proposed: Proposed) -> str:
        running = self._channel.running(proposed.chaincode)
        if self._mspid in running:
            return self._mspid
        if proposed.transient:
            raise self._failed(
                proposed,
                "FAILED_PRECONDITION",
                "no endorsers found in the gateway's organization; retry specifying endorsing "
                "organization(s) to protect transient data",
                [],
            )
        definition = self._channel.definitions.get(proposed.chaincode)
        if definition is None:
            raise self._failed(
                proposed,
                "FAILED_PRECONDITION",
                f"{_NONE}: No metadata was found for chaincode {proposed.chaincode} in channel "
                f"{proposed.channel}",
                [],
            )
        groups = satisfying((definition.policy,), tuple(self._channel.departments))
        able = [group for group in groups if set(group) <= set(running)]
        if not able:
            raise self._no_peers(proposed, bool(groups))
        return able[0][0]

    def _layouts(self, proposed: Proposed, answer: Answer, first: str) -> list[tuple[str, ...]]:
        rules, chaincodes, written = self._needed(proposed, answer)
        # with transient data also a collection that is only written is for its members alone
        secluded = set(answer.private_reads)
        if proposed.transient:
            secluded |= written
        able, possible = self._groups(rules, chaincodes, secluded)
        if able:
            return sorted(able, key=lambda group: first not in group)
        cautious = sorted(name for _, name in secluded - answer.private_reads)
        if cautious and self._groups(rules, chaincodes, answer.private_reads)[0]:
            raise self._failed(
                proposed,
                "FAILED_PRECONDITION",
                "requires endorsement from organisation(s) that are not in the distribution "
                f"policy of the private data collection(s): [{' '.join(cautious)}]; retry "
                "specifying trusted endorsing organizations to protect transient data",
                [],
            )
        raise self._no_peers(proposed, possible)

    def _groups(
        self,
        rules: Sequence[Rule],
        chaincodes: set[str],
        secluded: Collection[tuple[str, str]],
    ) -> tuple[list[tuple[str, ...]], bool]:
        """The departments that can satisfy every rule, and whether any could by the policies."""
        members = [m for m in self._channel.departments if self._may_endorse(m, secluded)]
        groups = satisfying(tuple(rules), tuple(members))
        able = [
            group
            for group in groups
            if all(mspid in self._channel.running(name) for name in chaincodes for mspid in group)
        ]
        return able, bool(groups)

    def _needed(
        self, proposed: Proposed, answer: Answer
    ) -> tuple[list[Rule], set[str], set[tuple[str, str]]]:
        """Policies to satisfy, chaincodes to run, collections that take part."""
        required = {name: dict(parts) for name, parts in answer.interest.required.items()}
        for name in answer.results.namespaces:
            if name in self._channel.definitions and name not in required:
                required[name] = {"": True}
        for name, collection in answer.private_reads:
            required.setdefault(name, {})[collection] = True
        if not required:  # not even a read that is recorded, as a range of private data is not
            required[proposed.chaincode] = {"": True}
        rules: list[Rule] = []
        written: set[tuple[str, str]] = set()
        for name, parts in required.items():
            definition = self._channel.definitions[name]
            if parts.get(""):
                rules.append(definition.policy)
            policies = answer.interest.key_policies.get(name, ())
            if not all(policies):  # one of no bytes names nobody
                text = f"{_NONE}: state based endorsement policy cannot be satisfied"
                raise self._failed(proposed, "FAILED_PRECONDITION", text, [])
            rules += [read_envelope(each) for each in policies]
            for collection in parts:
                if not collection:
                    continue
                found = self._channel.collection(name, collection)
                own = found.endorsement if found is not None else None
                rules.append(own if own is not None else definition.policy)
                written.add((name, collection))
        return rules, set(required), written

    def _may_endorse(self, mspid: str, secluded: Collection[tuple[str, str]]) -> bool:
        for name, collection in secluded:
            found = self._channel.collection(name, collection)
            if found is not None and not found.has_member(mspid, "peer"):
                return False
        return True

    # --- what a client hears

    def _no_peers(self, proposed: Proposed, possible: bool) -> EndorseError:
        why = (
            "required chaincodes are not installed on sufficient peers"
            if possible
            else "no peer combination can satisfy the endorsement policy"
        )
        return self._failed(proposed, "FAILED_PRECONDITION", f"{_NONE}: {why}", [])

    def _failed(
        self, proposed: Proposed, status: str, text: str, refusals: list[Refusal]
    ) -> EndorseError:
        return EndorseError(
            status,
            text,
            transaction_id=proposed.transaction_id,
            refusals=tuple(refusals),
            peer=self._channel.peers[self._mspid].address,
        )

    def _not_evaluated(
        self, proposed: Proposed, status: str, text: str, refusals: list[Refusal]
    ) -> EvaluateError:
        return EvaluateError(
            status,
            text,
            transaction_id=proposed.transaction_id,
            refusals=tuple(refusals),
            peer=self._channel.peers[self._mspid].address,
        )


def _evaluate_status(answer: Answer) -> str:
    if answer.by_chaincode:
        return "UNKNOWN"
    if answer.rejected:
        return "UNAVAILABLE"
    return "FAILED_PRECONDITION" if answer.before else "ABORTED"
