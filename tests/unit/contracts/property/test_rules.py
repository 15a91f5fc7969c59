"""Shares that sum to one, and consents that fit one transfer only."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.contracts.world import SOURCE, pem
from weftwork_contracts.faults import RuleError
from weftwork_contracts.property import rules
from weftwork_contracts.property.model import Consent, Party, Right, Share, Transfer
from weftwork_model import replace

KEYS = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("alice", "bob", "carol")}
PARTIES = {
    name: Party(id=name, number=1, public_key=rules.canonical_key(pem(key)), source=SOURCE)
    for name, key in KEYS.items()
}
RIGHT = Right(
    unit="flat-1",
    title=3,
    since="03" * 32,
    denominator=2,
    shares=[Share(party="alice", numerator=1), Share(party="bob", numerator=1)],
    source=SOURCE,
)
TO_CAROL = rules.draft(RIGHT, "crosswork", [Share(party="carol", numerator=1)], 1, SOURCE)


def signed(transfer: Transfer, *parties: str) -> list[Consent]:
    return [Consent(party=party, signature=rules.sign(transfer, KEYS[party])) for party in parties]


def check(right: Right, transfer: Transfer, consents: list[Consent]) -> None:
    rules.check_transfer(right, transfer, "crosswork")
    rules.check_consents(right, transfer, consents, PARTIES)


def test_every_old_and_every_new_owner_signs() -> None:
    check(RIGHT, TO_CAROL, signed(TO_CAROL, "alice", "bob", "carol"))


@pytest.mark.parametrize("missing", ["alice", "bob", "carol"])
def test_no_consent_may_be_missing(missing: str) -> None:
    others = [name for name in KEYS if name != missing]
    with pytest.raises(RuleError, match=f"the signature of {missing} is missing"):
        check(RIGHT, TO_CAROL, signed(TO_CAROL, *others))


def test_nobody_signs_for_another() -> None:
    forged = Consent(party="bob", signature=rules.sign(TO_CAROL, KEYS["alice"]))
    with pytest.raises(RuleError, match="the signature of bob is not by that party's key"):
        check(RIGHT, TO_CAROL, [*signed(TO_CAROL, "alice", "carol"), forged])


@pytest.mark.parametrize("signature", ["", "00", "30" * 70])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    junk = Consent(party="bob", signature=signature)
    with pytest.raises(RuleError, match="not by that party's key"):
        check(RIGHT, TO_CAROL, [*signed(TO_CAROL, "alice", "carol"), junk])


def test_strangers_and_repetitions_are_refused() -> None:
    consents = signed(TO_CAROL, "alice", "bob", "carol")
    with pytest.raises(RuleError, match="bob is named twice"):
        check(RIGHT, TO_CAROL, [*consents, consents[1]])
    dave = Consent(party="dave", signature=consents[0].signature)
    with pytest.raises(RuleError, match="dave is no party to this transfer"):
        check(RIGHT, TO_CAROL, [*consents, dave])


@pytest.mark.parametrize(
    "changes",
    [
        {"unit": "flat-2"},
        {"channel": "other"},
        {"title": 4},
        {"since": "04" * 32},
        {"case": "case-2"},
        {"source": "cd" * 32},
        {"shares": [Share(party="bob", numerator=1)]},
    ],
)
def test_a_consent_fits_no_other_transfer(changes: dict[str, object]) -> None:
    consents = signed(TO_CAROL, "alice", "bob", "carol")
    other = replace(TO_CAROL, **changes)
    for consent in consents:
        assert not rules.is_signed(other, consent.signature, PARTIES[consent.party].public_key)


def test_a_consent_is_used_once() -> None:
    """The flat goes to Carol and back: what was signed for the first sale sells it no more."""
    consents = signed(TO_CAROL, "alice", "bob", "carol")
    carols = rules.transferred(RIGHT, TO_CAROL, "04" * 32)
    back = rules.draft(carols, "crosswork", RIGHT.shares, RIGHT.denominator, SOURCE)
    again = rules.transferred(carols, back, "05" * 32)
    assert again.shares == RIGHT.shares
    with pytest.raises(RuleError, match=r"it ends title 3 of unit flat-1, the present one is 5"):
        check(again, TO_CAROL, consents)
    # the same number on another network is another title
    with pytest.raises(RuleError, match="the present one is 3"):
        check(replace(RIGHT, since="99" * 32), TO_CAROL, consents)


def test_the_power_account_goes_to_a_new_owner() -> None:
    linked = replace(RIGHT, account="A-1")
    to = [Share(party="carol", numerator=1)]
    assert rules.draft(linked, "crosswork", to, 1, SOURCE, holder="carol").account == "A-1"
    with pytest.raises(RuleError, match="not among the new owners"):
        rules.draft(linked, "crosswork", to, 1, SOURCE, holder="alice")
    with pytest.raises(RuleError, match="not among the new owners"):
        rules.draft(linked, "crosswork", to, 1, SOURCE)
    with pytest.raises(RuleError, match="no power account is linked"):
        rules.draft(RIGHT, "crosswork", to, 1, SOURCE, holder="carol")
    with pytest.raises(RuleError, match="names the power account None, the right is linked to A-1"):
        rules.check_transfer(linked, TO_CAROL, "crosswork")


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=8))
def test_shares_sum_to_one(numerators: list[int]) -> None:
    shares = [Share(party=f"p{place}", numerator=n) for place, n in enumerate(numerators)]
    rules.check_shares(sum(numerators), shares)
    for wrong in (-1, 1):
        with pytest.raises(RuleError, match="not to one"):
            rules.check_shares(sum(numerators) + wrong, shares)


@given(st.permutations(["a", "b", "c"]))
def test_shares_have_one_order(order: list[str]) -> None:
    shares = [Share(party=party, numerator=1) for party in order]
    if order == sorted(order):
        rules.check_shares(3, shares)
    else:
        with pytest.raises(RuleError, match="order of their parties"):
            rules.check_shares(3, shares)


def test_no_party_has_two_shares_and_no_right_is_nobodys() -> None:
    with pytest.raises(RuleError, match="each party once"):
        rules.check_shares(2, [Share(party="a", numerator=1), Share(party="a", numerator=1)])
    with pytest.raises(RuleError, match="at least one owner"):
        rules.check_shares(1, [])


@settings(max_examples=25)
@given(st.binary(min_size=1, max_size=80))
def test_random_bytes_sign_nothing(signature: bytes) -> None:
    assert not rules.is_signed(TO_CAROL, signature.hex(), PARTIES["alice"].public_key)


def test_only_p256_keys_are_keys() -> None:
    p384 = ec.generate_private_key(ec.SECP384R1())
    with pytest.raises(RuleError, match="not an ECDSA key on P-256"):
        rules.canonical_key(pem(p384))
    with pytest.raises(RuleError, match="not a PEM of a public key"):
        rules.canonical_key("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    with pytest.raises(RuleError, match="not a PEM of a public key"):
        rules.canonical_key("ключ")


def test_one_key_has_one_form() -> None:
    text = pem(KEYS["alice"])
    assert rules.canonical_key("  \n" + text + "\n\n") == text


def test_a_key_change_is_of_one_key_of_one_party() -> None:
    new = pem(KEYS["bob"])
    change = rules.key_change(PARTIES["alice"], "crosswork", new)
    signature = rules.sign(change, KEYS["alice"])
    assert rules.is_signed(change, signature, PARTIES["alice"].public_key)
    for other in (
        rules.key_change(replace(PARTIES["alice"], number=2), "crosswork", new),
        rules.key_change(PARTIES["alice"], "other", new),
        rules.key_change(PARTIES["carol"], "crosswork", new),
        rules.key_change(PARTIES["alice"], "crosswork", pem(KEYS["carol"])),
    ):
        assert not rules.is_signed(other, signature, PARTIES["alice"].public_key)
