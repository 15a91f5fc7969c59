"""The rules of the lint: what each is about, and what to write instead.

A transaction is endorsed by several departments' peers, each running the same code by itself; the
client's transaction is only taken where all of them wrote the same bytes. So nothing that differs
between two processes may reach what is written, returned or read.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of thing that differs between peers."""

    name: str
    about: str
    instead: str


_ALL = (
    Rule(
        "clock",
        "the time of this machine, and whatever waits for it",
        "write ctx.timestamp, the transaction's own time",
    ),
    Rule(
        "time-zone",
        "times in this machine's own zone, and zones whose rules are this machine's files",
        "compute with integers since 1970, or give an offset: datetime.UTC",
    ),
    Rule(
        "random",
        "random numbers, names and signatures",
        "derive it from ctx.tx_id by a hash, or let the client send it as transient data",
    ),
    Rule(
        "set-order",
        "the order in which a set gives its elements: it follows the hash seed of the process",
        "write sorted(...) around the set, or keep a list or a dict",
    ),
    Rule(
        "hash",
        "hash() of text and id() of objects, which each process has its own of",
        "write hashlib.sha256(...).hexdigest(), or order by a field of the record",
    ),
    Rule(
        "float",
        "floating point: rounding, division, what JSON makes of numbers",
        "write integers in a stated unit, // with a stated rounding, or fractions.Fraction",
    ),
    Rule(
        "environment",
        "what this process, machine or Python happens to be",
        "keep settings on the ledger, in a record that a transaction wrote",
    ),
    Rule(
        "locale",
        "text by this machine's language",
        "write the format out, with f-strings of integers",
    ),
    Rule(
        "directory-order",
        "the order of a folder's entries",
        "keep what is needed on the ledger and range over its keys",
    ),
    Rule(
        "file",
        "files and standard input",
        "keep it on the ledger, or as a constant in the code: that the departments approved",
    ),
    Rule(
        "network",
        "answers of other machines",
        "let the client fetch it and send it as an argument that the contract checks",
    ),
    Rule(
        "subprocess", "other programs", "do it in the contract's own code, or leave it to clients"
    ),
    Rule(
        "concurrency",
        "threads, processes and tasks: what they ask of the ledger comes in any order",
        "await one call after the other; get_states reads many keys at once",
    ),
    Rule(
        "global-state",
        "what one transaction leaves in memory for the next: each peer runs others, or again",
        "keep it on the ledger, or in a local variable",
    ),
    Rule(
        "suppression",
        "a comment that allows something without a reason, or allows nothing",
        "write `# weftwork: allow RULE: why it is right here`, or take the comment away",
    ),
)

RULES: dict[str, Rule] = {rule.name: rule for rule in _ALL}
"""Every rule by its name."""
