"""No byte of a proof can be changed, and any bytes are refused with words."""

import base64
import json
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.client.provable import Channel, with_config
from weftwork.errors import ProofError
from weftwork.proof import Proof, verify


def changed(value: object) -> Iterator[tuple[str, object]]:
    """The value with one byte of one of its parts changed, and where; a sample of each part."""
    if isinstance(value, bytes):
        step = max(1, len(value) // 24)
        for place in {*range(0, len(value), step), len(value) - 1} if value else ():
            flipped = bytearray(value)
            flipped[place] ^= 1 << (place % 8)
            yield f"[{place}]", bytes(flipped)
        yield "+", value + b"\0"
    elif isinstance(value, bool):
        yield "", not value
    elif isinstance(value, int):
        yield "", value + 1
    elif isinstance(value, str):
        yield "", ("0" if value[0] != "0" else "1") + value[1:]
    elif isinstance(value, tuple):
        for place, part in enumerate(value):
            for where, other in changed(part):
                yield f"[{place}]{where}", (*value[:place], other, *value[place + 1 :])
    elif is_dataclass(value):
        for field in fields(value):
            for where, other in changed(getattr(value, field.name)):
                yield f".{field.name}{where}", replace(value, **{field.name: other})  # type: ignore[type-var]


@pytest.mark.parametrize("ordering", ["raft", "bft"])
def test_no_part_can_be_changed(channel: Channel, bft: Channel, ordering: str) -> None:
    chosen = bft if ordering == "bft" else channel
    update = chosen.block(3, [chosen.config_envelope(1)], last_config=3)
    transaction_id, envelope = chosen.transaction()
    block = chosen.block(7, [chosen.transaction()[1], envelope], last_config=3)
    made = with_config(chosen.proof_of(transaction_id, envelope, block), update)
    trust = chosen.trust
    assert verify(made, trust)
    count = 0
    for where, other in changed(made):
        count += 1
        with pytest.raises(ProofError):
            pytest.fail(f"{where}: {verify(other, trust)}")  # type: ignore[arg-type]
    assert count > 500


def test_no_byte_of_the_file_can_be_changed(channel: Channel, proof: Proof) -> None:
    content = proof.to_bytes()
    trust = channel.trust
    chance = random.Random(7)
    for place in chance.sample(range(len(content)), 400):
        other = bytearray(content)
        other[place] ^= 1 << chance.randrange(8)
        with pytest.raises(ProofError):
            pytest.fail(f"{place}: {verify(Proof.from_bytes(bytes(other)), trust)}")


@pytest.mark.parametrize(
    ("spelling", "words"),
    [
        (lambda text: text.replace(b"\n ", b"\n  "), "not written as a proof is"),
        (lambda text: text + b"\n", "not written as a proof is"),
        (lambda text: text.replace(b'"version": 1', b'"version": 2'), "not of version 1"),
        (lambda text: text.replace(b'"version": 1', b'"version": true'), "not written as"),
        (lambda text: text.replace(b'"format": "w', b'"format": "W'), "is not a weftwork"),
        (lambda text: text.replace(b'"number": 7', b'"number": -7'), "no block's number"),
        (lambda text: text.replace(b'"number": 7', b'"number": 7.0'), "number is missing or not"),
        (lambda text: text.replace(b'"number": 7', b'"number": 7, "more": 1'), "not written as"),
        (lambda text: b"[]", "not a JSON object"),
        (lambda text: b"[" * 100_000, "not JSON"),
        (lambda text: b"\xff", "not JSON"),
    ],
)
def test_a_proof_has_one_spelling(
    proof: Proof, spelling: Callable[[bytes], bytes], words: str
) -> None:
    with pytest.raises(ProofError, match=words):
        Proof.from_bytes(spelling(proof.to_bytes()))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_words(content: bytes) -> None:
    with pytest.raises(ProofError):
        Proof.from_bytes(content)


@settings(deadline=None, max_examples=60)  # a busy machine may pause for longer than 200 ms
@given(st.data())
def test_any_bytes_in_any_part_are_refused_with_words(
    channel: Channel, proof: Proof, data: st.DataObject
) -> None:
    document = json.loads(proof.to_bytes())
    part = data.draw(st.sampled_from(["answers", "config", "block"]))
    place = document[part] if part == "block" else document[part][0]
    names = [name for name in place if isinstance(place[name], str)]
    junk = base64.b64encode(data.draw(st.binary(max_size=80))).decode()
    name = data.draw(st.sampled_from(names))
    if place[name] == junk:
        return
    place[name] = junk
    content = json.dumps(document, sort_keys=True, indent=1).encode() + b"\n"
    with suppress(ProofError):
        pytest.fail(f"{verify(Proof.from_bytes(content), channel.trust)}")
