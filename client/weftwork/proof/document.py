"""A proof as a value and as a file: canonical JSON, so that no byte of it may change unnoticed.

What no signature covers is left out: validation flags, commit hashes, the peers' other answers.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from weftwork.errors import ProofError

FORMAT = "weftwork transaction proof"
VERSION = 1

_T = TypeVar("_T")
_LARGEST_NUMBER = 2**64 - 1


@dataclass(frozen=True, slots=True)
class OrdererSignature:
    """An orderer's signature of a block."""

    header: bytes
    """Serialized ``SignatureHeader``; where ``numbered``, an ``IdentifierHeader``."""
    numbered: bool
    """Whether the orderer is named by its number in the configuration, as BFT does."""
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedBlock:
    """A block: all its envelopes and what orderers signed."""

    number: int
    previous_hash: bytes
    data: tuple[bytes, ...]
    """The envelopes. The header's data hash is not repeated: it is computed from these."""
    value: bytes
    """Serialized ``OrdererBlockMetadata``, which the signatures cover."""
    signatures: tuple[OrdererSignature, ...]
    """Empty in the block that the reader trusts."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A peer's signed answer to ``qscc`` ``GetTransactionByID``."""

    channel_header: bytes
    """Of the question, as the next two; the answer repeats their hash."""
    signature_header: bytes
    question: bytes
    """Serialized ``ChaincodeProposalPayload``."""
    payload: bytes
    """Serialized ``ProposalResponsePayload``: transaction and validation code."""
    endorser: bytes
    """Serialized identity of the peer."""
    signature: bytes
    """The peer's, of payload and endorser."""


@dataclass(frozen=True, slots=True)
class Proof:
    """All that a third party needs to check a transaction offline: see ``verify``."""

    transaction_id: str
    block: SignedBlock
    config: tuple[SignedBlock, ...]
    """The channel's config blocks, from the first to the newest when the proof was made."""
    answers: tuple[Answer, ...]

    def to_bytes(self) -> bytes:
        """The proof as a file's content: JSON, its keys sorted, bytes as base64."""
        document = {
            "answers": [_plain(answer) for answer in self.answers],
            "block": _plain(self.block),
            "config": [_plain(block) for block in self.config],
            "format": FORMAT,
            "transaction": self.transaction_id,
            "version": VERSION,
        }
        return json.dumps(document, sort_keys=True, indent=1).encode() + b"\n"

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """The proof in a file's content. Raises ProofError unless it is exactly as written."""
        try:
            document = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise ProofError(f"the proof is not JSON: {error}") from None
        reader = _Reader(document, "the proof")
        if reader.document.get("format") != FORMAT:
            raise ProofError(f"the file is not a {FORMAT}")
        if reader.document.get("version") != VERSION:
            raise ProofError(f"the proof is not of version {VERSION}, which is read here")
        proof = cls(
            transaction_id=reader.text("transaction"),
            block=_block(reader.inner("block")),
            config=reader.many("config", _block),
            answers=reader.many("answers", _answer),
        )
        if proof.to_bytes() != content:
            raise ProofError("the proof is not written as a proof is: something in it was changed")
        return proof

    def save(self, path: str | Path) -> None:
        """Write the proof to a file."""
        Path(path).write_bytes(self.to_bytes())

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The proof in a file. Raises ProofError."""
        try:
            content = Path(path).read_bytes()
        except OSError as error:
            raise ProofError(f"{path}: cannot be read: {error.strerror or error}") from None
        return cls.from_bytes(content)


def _plain(part: SignedBlock | OrdererSignature | Answer) -> dict[str, object]:
    def one(value: object) -> object:
        if isinstance(value, bytes):
            return b64encode(value).decode()
        if isinstance(value, tuple):
            return [one(found) for found in cast("tuple[object, ...]", value)]
        return _plain(value) if isinstance(value, OrdererSignature) else value

    return {name: one(getattr(part, name)) for name in part.__slots__}


class _Reader:
    """Reads an object's fields and names them in its errors."""

    def __init__(self, document: object, where: str) -> None:
        if not isinstance(document, Mapping):
            raise ProofError(f"{where} is not a JSON object")
        self.document = cast("Mapping[str, Any]", document)
        self.where = where

    def find(self, name: str, kind: type[_T]) -> _T:
        found = self.document.get(name)
        # JSON's true is an int to Python.
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            raise ProofError(f"{self.where}: {name} is missing or not what it should be")
        return found

    def text(self, name: str) -> str:
        return self.find(name, str)

    def number(self, name: str) -> int:
        found = self.find(name, int)
        if not 0 <= found <= _LARGEST_NUMBER:
            raise ProofError(f"{self.where}: {name} is no block's number")
        return found

    def binary(self, name: str) -> bytes:
        return self._decoded(self.find(name, str), name)

    def binaries(self, name: str) -> tuple[bytes, ...]:
        return tuple(self._decoded(found, name) for found in self._items(name))

    def inner(self, name: str) -> "_Reader":
        return _Reader(self.document.get(name), name)

    def many(self, name: str, read: "Callable[[_Reader], _T]") -> tuple[_T, ...]:
        return tuple(
            read(_Reader(each, f"{name} {place}")) for place, each in enumerate(self._items(name))
        )

    def _items(self, name: str) -> list[object]:
        return cast("list[object]", self.find(name, list))

    def _decoded(self, text: object, name: str) -> bytes:
        try:
            return b64decode(cast("str", text), validate=True)
        except (ValueError, TypeError):
            raise ProofError(f"{self.where}: {name} is not base64") from None


def _block(reader: _Reader) -> SignedBlock:
    return SignedBlock(
        number=reader.number("number"),
        previous_hash=reader.binary("previous_hash"),
        data=reader.binaries("data"),
        value=reader.binary("value"),
        signatures=reader.many("signatures", _signature),
    )


def _signature(reader: _Reader) -> OrdererSignature:
    return OrdererSignature(
        header=reader.binary("header"),
        numbered=reader.find("numbered", bool),
        signature=reader.binary("signature"),
    )


def _answer(reader: _Reader) -> Answer:
    return Answer(
        channel_header=reader.binary("channel_header"),
        signature_header=reader.binary("signature_header"),
        question=reader.binary("question"),
        payload=reader.binary("payload"),
        endorser=reader.binary("endorser"),
        signature=reader.binary("signature"),
    )
