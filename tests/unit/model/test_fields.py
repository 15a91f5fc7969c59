"""The field types: what each takes and refuses, newlines and other scripts' digits first."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork_model import (
    MAX_INTEGER,
    Count,
    Day,
    Fen,
    Hex,
    Id,
    Line,
    Millis,
    ModelError,
    Month,
    MspId,
    Pem,
    Quantity,
    Sha256,
    Shares,
    Text,
    decode,
    encode,
    parse_integer,
)

DIGEST = "0" * 64


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        (Id, "C-1042"), (Id, "urn:epc:id:sgtin:1"), (Id, "a" * 128), (MspId, "LogisticsMSP"),
        (Line, "一箱电表"), (Line, " "), (Text, ""), (Text, "a\nb"), (Text, "x" * 4096),
        (Sha256, DIGEST), (Hex, ""), (Hex, "00ff"), (Pem, "-----BEGIN X-----\nAA==\n"),
        (Day, "2012-07-31"), (Month, "2012-12"), (Quantity, 0), (Count, 1), (Fen, -1),
        (Shares, 1), (Millis, MAX_INTEGER),
    ],
)  # fmt: skip
def test_takes(wanted: Any, value: Any) -> None:
    assert decode(encode(value), wanted) == value


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        (Id, ""), (Id, "a\n"), (Id, "-a"), (Id, "a b"), (Id, "é"), (Id, "a\x00"), (Id, "a" * 129),
        (Id, "٣"), (MspId, "A/B"), (MspId, "A\n"), (Line, ""), (Line, "a\n"), (Line, "a\u2028"),
        (Line, "\x00"), (Line, "\U0010ffff"), (Line, "x" * 257), (Text, "\x00"),
        (Text, "\U0010ffff"), (Text, "x" * 4097), (Sha256, DIGEST + "\n"), (Sha256, DIGEST[1:]),
        (Sha256, "A" * 64), (Hex, "0"), (Hex, "0G"), (Hex, "00\n"), (Pem, "é"), (Pem, "a\r"),
        (Day, "2012-13-01"), (Day, "2012-00-01"), (Day, "2012-01-32"), (Day, "2012-1-1"),
        (Day, "2012-01-0١"), (Month, "2012-13"), (Month, "2012-01\n"), (Quantity, -1),
        (Count, 0), (Shares, 0), (Millis, -1),
    ],
)  # fmt: skip
def test_refuses(wanted: Any, value: Any) -> None:
    with pytest.raises(ModelError):
        decode(encode(value), wanted)


@given(st.integers(-MAX_INTEGER, MAX_INTEGER))
def test_integers_are_read_back_from_plain_decimal(number: int) -> None:
    assert parse_integer(str(number)) == number


@pytest.mark.parametrize(
    "text",
    ["", "-", "+1", "-0", "01", "-01", " 1", "1 ", "1\n", "1_0", "٣", "²", "1.0", "0x1", "1e3",
     str(MAX_INTEGER + 1), "9" * 6000],
)  # fmt: skip
def test_what_int_reads_but_a_ledger_must_not(text: str) -> None:
    with pytest.raises(ModelError):
        parse_integer(text)
