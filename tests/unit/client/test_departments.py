"""The base of the typed department clients, sync and async."""

import pytest

import weftwork
import weftwork.aio
import weftwork.aio.departments
import weftwork.departments
from tests.unit.client.fake_gateway import FakeGateway


class Harbour(weftwork.departments.Department):
    chaincode = "harbour"

    def moor(self, ship: str, *, berth: int) -> dict[str, int]:
        return self.submit("moor", ship, berth, returns=dict[str, int])

    def forget(self, ship: str) -> None:
        self.submit("forget", ship)

    def berth(self, ship: str) -> int | None:
        return self.evaluate("berth", ship, returns=int | None)


class AsyncHarbour(weftwork.aio.departments.Department):
    chaincode = "harbour"

    async def berth(self, ship: str) -> int | None:
        return await self.evaluate("berth", ship, returns=int | None)


def test_methods_reach_the_department_s_chaincode(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["moor"] = lambda call: b'{"berth":7}'
    fake.functions["forget"] = lambda call: b""
    fake.functions["berth"] = lambda call: b"null"
    harbour = Harbour(gateway.network("crosswork"))
    assert harbour.moor("S-1", berth=7) == {"berth": 7}
    assert harbour.berth("S-1") is None
    harbour.forget("S-1")
    assert [call.chaincode for call in fake.calls] == ["harbour"] * 3
    assert fake.calls[0].args == (b"S-1", b"7")
    assert len(fake.submitted) == 2


def test_a_function_that_should_return_nothing_must_not(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    fake.functions["forget"] = lambda call: b"1"
    with pytest.raises(weftwork.ResultError, match="nothing was expected"):
        Harbour(gateway.network("crosswork")).forget("S-1")
    assert not fake.submitted


def test_the_chaincode_may_have_another_name(fake: FakeGateway, gateway: weftwork.Gateway) -> None:
    fake.functions["berth"] = lambda call: b"3"
    harbour = Harbour(gateway.network("crosswork"), chaincode="harbour2")
    assert harbour.berth("S-1") == 3
    assert fake.calls[0].chaincode == "harbour2"


def test_a_department_without_a_chaincode_says_so(gateway: weftwork.Gateway) -> None:
    with pytest.raises(TypeError, match="names no chaincode"):
        weftwork.departments.Department(gateway.network("crosswork"))


async def test_async_departments(fake: FakeGateway, async_gateway: weftwork.aio.Gateway) -> None:
    fake.functions["berth"] = lambda call: b"4"
    assert await AsyncHarbour(async_gateway.network("crosswork")).berth("S-1") == 4


def test_a_convenience_ends_in_the_function_that_was_generated(
    fake: FakeGateway, gateway: weftwork.Gateway
) -> None:
    energy = weftwork.departments.Energy(gateway.network("crosswork"))
    for call in (
        lambda: energy.bill("A-1", "2012-07"),
        lambda: energy.bill_month("A-1", "2012-07", 1, endorsing_organizations=["EnergyMSP"]),
    ):
        with pytest.raises(weftwork.EndorseError):
            call()
    first, second = fake.calls
    assert (first.chaincode, first.function, first.args) == (
        *("electricity", "bill"),
        (b"A-1", b"2012-07", b"1"),
    )
    assert first.args == second.args
    assert (set(first.organizations), len(first.transient["salt"])) == (
        {"EnergyMSP", "CivicMSP"},
        32,
    )
    assert (second.organizations, second.transient) == (("EnergyMSP",), {})


def test_a_generated_method_takes_a_timeout(fake: FakeGateway, gateway: weftwork.Gateway) -> None:
    logistics = weftwork.departments.Logistics(gateway.network("crosswork"))
    with pytest.raises(weftwork.EvaluateError):
        logistics.read("C-1", timeout=3)
    left = fake.calls[0].seconds_left
    assert left is not None
    assert left <= 3
