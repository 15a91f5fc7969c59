"""What is asked of both sides, and what each answers, in a form that can be compared."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import weftwork

# Fabric names them in the order of a Go map, which is none.
_COLLECTIONS = re.compile(r"(?<=collection\(s\): \[)[^]]*")
_TRANSACTION_ID = re.compile("[0-9a-f]{64}")

Program = list[list[Any]]


@dataclass(frozen=True)
class Call:
    """One call of a probe.

    Attributes:
        label: Its name in the run; transaction ids differ between the sides.
        chaincode: The probe that is called.
        program: What it shall do.
        by: The department whose client calls, by its own gateway.
        endorsers: MSP ids that are asked, and no others; None leaves it to the gateway.
        transient: Data beside the arguments.
    """

    label: str
    chaincode: str
    program: Program
    by: str
    endorsers: tuple[str, ...] | None = None
    transient: Mapping[str, bytes] = field(default_factory=dict[str, bytes])

    @property
    def text(self) -> str:
        """The program as it travels."""
        return json.dumps(self.program)


@dataclass(frozen=True)
class Outcome:
    """What came of a call: a result, or a refusal in the gateway's terms."""

    result: Any = None
    status: str = ""
    message: str = ""
    refusals: tuple[tuple[str, str], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it was endorsed, or evaluated."""
        return not self.status


@dataclass(frozen=True)
class Entry:
    """A transaction of a block."""

    label: str
    code: str
    event: tuple[str, str, str] | None
    """Chaincode, name, payload."""


Block = tuple[Entry, ...]


class Side(Protocol):
    """The network, or the ledger."""

    name: str

    def endorse(self, calls: Sequence[Call]) -> dict[str, Outcome]:
        """Has each endorsed over the state as it is; what is endorsed can be ordered."""
        ...

    def order(self, batches: Sequence[Sequence[str]]) -> list[Block]:
        """Orders endorsed calls by label, some perhaps twice; the blocks that came of it."""
        ...

    def ask(self, calls: Sequence[Call]) -> dict[str, Outcome]:
        """Evaluates each at the peer of the department that asks."""
        ...


class Names:
    """A side's transaction ids, told as labels."""

    def __init__(self) -> None:
        self._labels: dict[str, tuple[str, int]] = {}

    def learn(self, transaction_id: str, label: str, timestamp: int) -> None:
        """Notes an id, and its proposal's timestamp in milliseconds."""
        self._labels[transaction_id] = (label, timestamp)

    def label(self, transaction_id: str) -> str:
        """The label of an id."""
        return self._labels.get(transaction_id, ("?", 0))[0]

    def success(self, call: Call, payload: bytes) -> Outcome:
        """A result with labels in place of ids."""
        text = payload.decode()
        result = self._results(call.program, json.loads(text)) if text else None
        return Outcome(result=result)

    def failure(self, error: weftwork.GatewayError, transaction_id: str) -> Outcome:
        """A refusal with labels in place of ids, the refusals in one order."""

        def plain(text: str) -> str:
            text = _COLLECTIONS.sub(_sorted, text)
            return text.replace(transaction_id, "<tx>").replace(transaction_id[:8], "<tx>")

        refusals = tuple(sorted((one.mspid, plain(one.message)) for one in error.refusals))
        if any(one.differs for one in error.refusals):
            # which of several answers came first, and so is the measure, is chance
            refusals = (("", "the endorsers differ"),)
        return Outcome(status=error.status, message=plain(error.message), refusals=refusals)

    def _results(self, program: Program, results: Any) -> Any:
        if not isinstance(results, list):
            return results
        return [
            self._result(operation, result)
            for operation, result in zip(program, results, strict=True)
        ]

    def _result(self, operation: list[Any], result: dict[str, Any]) -> Any:
        if "ok" not in result:
            return self._plain(result)
        told = result["ok"]
        if operation[0] == "history":
            told = [
                [self.label(tx), value, deleted, self._labels.get(tx, ("", 0))[1] == timestamp]
                for tx, value, deleted, timestamp in told
            ]
        elif operation[0] == "asked":
            label, timestamp = self._labels.get(told["tx_id"], ("", 0))
            told = {**told, "tx_id": label, "timestamp": told["timestamp"] == timestamp}
        elif operation[0] == "invoke" and told[2] is not None:
            told = [told[0], self._plain(told[1]), self._results(operation[2], told[2])]
        return {"ok": self._plain(told)}

    def _plain(self, told: Any) -> Any:
        def named(found: re.Match[str]) -> str:
            known = self._labels.get(found.group())
            return f"<{known[0]}>" if known else found.group()

        return json.loads(_TRANSACTION_ID.sub(named, json.dumps(told)))


def _sorted(found: re.Match[str]) -> str:
    return " ".join(sorted(found.group().split()))
