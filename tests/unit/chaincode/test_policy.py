"""Endorsement policies: the bytes Fabric keeps, whatever order the parties were named in."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork_chaincode import Policy, Principal, all_of, any_of, out_of

names = st.sampled_from(["AMSP", "BMSP", "CMSP", "DMSP", "EMSP"])
principals = st.builds(Principal, names, st.sampled_from(["peer", "member", "admin", "client"]))


def policies(depth=3):
    leaf = principals
    if depth == 0:
        rules = st.lists(leaf, min_size=1, max_size=4, unique=True)
    else:
        rules = st.lists(st.one_of(leaf, policies(depth - 1)), min_size=1, max_size=4, unique=True)
    return rules.flatmap(lambda given: st.integers(1, len(given)).map(lambda n: out_of(n, *given)))


def test_bytes_are_those_of_gos_statebased_package():
    # rule: NOutOf(1, [SignedBy(0)]); identities: one ROLE principal, MSPRole{AMSP, PEER}
    expected = bytes.fromhex("1208 1206 0801 1202 0800 1a0a 1208 0a04 414d5350 1003")
    assert all_of("AMSP").encode() == expected


def test_flat_policy_of_two_has_sorted_identities_and_one_rule_each():
    expected = bytes.fromhex(
        "120c 120a 0802 1202 0800 1202 0801"
        "1a0a 1208 0a04 414d5350 1003 1a0a 1208 0a04 424d5350 1003"
    )
    assert all_of("BMSP", "AMSP").encode() == expected


@given(policies())
def test_what_is_written_is_read_back(policy):
    assert Policy.decode(policy.encode()) == policy


@given(policies(1), st.randoms(use_true_random=False))
def test_the_order_of_parties_does_not_change_a_byte(policy, random):
    rules = list(policy.rules)
    random.shuffle(rules)
    assert out_of(policy.n, *rules).encode() == policy.encode()


def test_text_form_is_fabrics():
    policy = out_of(2, "AMSP", "BMSP", any_of("CMSP", Principal("DMSP", "admin")))
    assert str(policy) == "OutOf(2, 'AMSP.peer', 'BMSP.peer', OR('CMSP.peer', 'DMSP.admin'))"


@pytest.mark.parametrize(
    "build",
    [
        lambda: all_of(),
        lambda: out_of(0, "AMSP"),
        lambda: out_of(3, "AMSP", "BMSP"),
        lambda: all_of("AMSP", "AMSP"),
        lambda: all_of(""),
        lambda: Principal("AMSP", "janitor"),
    ],
)
def test_a_policy_nobody_could_satisfy_or_anybody_would_is_refused(build):
    with pytest.raises(ValueError):
        build()


def test_same_party_in_two_branches_is_allowed():
    policy = any_of(all_of("AMSP", "BMSP"), all_of("AMSP", "CMSP"))
    assert [p.mspid for p in policy.principals()] == ["AMSP", "BMSP", "CMSP"]


@given(st.binary(max_size=60))
def test_bytes_that_are_no_policy_raise_value_error(data):
    with contextlib.suppress(ValueError):
        Policy.decode(data)


def test_an_identity_out_of_range_is_refused():
    with pytest.raises(ValueError, match="identity 7"):
        Policy.decode(bytes.fromhex("1208 1206 0801 1202 0807 1a0a 1208 0a04 414d5350 1003"))
