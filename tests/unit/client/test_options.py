"""What a call is given: time limits, metadata, organisations, transient data; wrong ones told."""

import math
from typing import Any

import pytest

import weftwork
from tests.unit.client.fake_gateway import FakeGateway
from tests.unit.client.people import user
from weftwork.deadline import Deadline


@pytest.fixture
def contract(fake: FakeGateway, gateway: weftwork.Gateway) -> weftwork.Contract:
    fake.functions["f"] = lambda call: b"done"
    return gateway.network("c").contract("cc")


@pytest.mark.parametrize("endless", [None, math.inf, 1e12])
def test_a_limit_that_is_far_off_sets_none(
    fake: FakeGateway, contract: weftwork.Contract, endless: float | None
) -> None:
    assert contract.evaluate("f", timeout=endless) == b"done"
    assert contract.submit("f", timeout=endless) == b"done"
    left = fake.calls[-1].seconds_left
    assert left is None or left > 20  # the default, where the call names none
    assert endless is None or Deadline(endless).left() is None


@pytest.mark.parametrize(("wrong", "shown"), [(math.nan, "nan"), ("5", "'5'"), ([5], r"\[5\]")])
def test_what_is_no_number_is_refused(
    contract: weftwork.Contract, fake: FakeGateway, wrong: Any, shown: str
) -> None:
    said = f"a timeout is a number of seconds or None, not {shown}"
    for call in (contract.evaluate, contract.submit):
        with pytest.raises(weftwork.ArgumentError, match=said):
            call("f", timeout=wrong)
    with pytest.raises(weftwork.ArgumentError, match=said):
        weftwork.CallOptions(timeout=wrong)
    assert not fake.calls


@pytest.mark.parametrize(
    "wrong",
    [
        {"silence": "3"},
        {"silence": -1},
        {"doubt": None},
        {"doubt": math.nan},
        {"keepalive": "long"},
        {"keepalive": math.inf},
        {"max_message_bytes": b"1"},
        {"max_message_bytes": 0.5},
        {"max_message_bytes": -1},
        {"lag_pauses": None},
        {"lag_pauses": 0.1},
        {"lag_pauses": ["0.1"]},
        {"gossip_pauses": [-1]},
        {"hash": "sha256"},
    ],
)
def test_options_that_cannot_be_meant_are_refused_at_once(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(weftwork.ArgumentError, match=name):
        weftwork.Options(**wrong)


@pytest.mark.parametrize(
    "meant",
    [
        *({"hash": hashed_by} for hashed_by in [None, *weftwork.Hash]),
        {"doubt": 0, "silence": 0, "lag_pauses": (), "gossip_pauses": []},
        {"keepalive": 60, "max_message_bytes": 2**20, "lag_pauses": [1, 0.5]},
    ],
)
def test_options_that_can_be_meant_are_taken(meant: dict[str, Any]) -> None:
    options = weftwork.Options(**meant)
    assert {name: getattr(options, name) for name in meant} == meant


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"X-Token": "secret"}, "'X-Token' is no name of gRPC metadata"),
        ({"": "secret"}, "'' is no name"),
        ({"x-token\n": "secret"}, "is no name"),
        ({"x-token": "secret\n"}, "'x-token': its value must be printable ASCII"),
        ({"x-token": b"secret"}, "'x-token': its value must be printable ASCII"),
        ({"x-token-bin": "secret"}, "'x-token-bin': its value must be bytes"),
    ],
)
def test_metadata_that_grpc_would_refuse(metadata: Any, said: str) -> None:
    with pytest.raises(weftwork.ArgumentError) as caught:
        weftwork.CallOptions(metadata=metadata)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_metadata_travels_and_is_never_shown(fake: FakeGateway) -> None:
    fake.functions["f"] = lambda call: b"done"
    clerk = user()
    evaluate = weftwork.CallOptions(
        timeout=5, metadata={"x-token": "secret", "x-raw-bin": b"\0\xff"}
    )
    options = weftwork.Options(evaluate=evaluate)
    assert "secret" not in repr(options)
    with weftwork.connect_endpoint(
        fake.endpoint, clerk.identity, clerk.signer(), options=options
    ) as gateway:
        assert gateway.network("c").contract("cc").evaluate("f") == b"done"


@pytest.mark.parametrize("none", [None, [], ()])
def test_no_organizations_leave_the_choice_to_the_gateway(
    fake: FakeGateway, contract: weftwork.Contract, none: Any
) -> None:
    contract.submit("f", endorsing_organizations=none)
    assert fake.calls[-1].organizations == ()


@pytest.mark.parametrize("wrong", ["AMSP", [""], [None], ["AMSP", 7]])
def test_organizations_are_msp_ids(contract: weftwork.Contract, wrong: Any) -> None:
    with pytest.raises(weftwork.ArgumentError, match="a list of MSP ids"):
        contract.proposal("f", endorsing_organizations=wrong)


@pytest.mark.parametrize("wrong", [7, None, b"name"])
def test_transient_data_is_named_by_texts(contract: weftwork.Contract, wrong: Any) -> None:
    with pytest.raises(weftwork.ArgumentError, match="name of transient data is a text") as caught:
        contract.proposal("f", transient={wrong: b"secret"})
    assert "secret" not in str(caught.value)
