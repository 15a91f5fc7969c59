# ruff: noqa: E501 - tables of cases read best with a case a line
"""What is committed on the channel, held against the files; what departments approved."""

from dataclasses import replace

import pytest

from weftwork.aio.admin import CommittedDefinition
from weftwork.errors import EvaluateError, GatewayError
from weftwork_network.doctor.chaincodes import check_chaincodes, read_packages
from weftwork_network.packages import Package, define


class Lifecycle:
    def __init__(self, committed, approved) -> None:
        self._committed = committed
        self._approved = approved

    async def all_committed(self):
        return list(self._committed.values())

    async def committed(self, name):
        return self._committed.get(name)

    async def approved_package(self, name, sequence):
        found = self._approved.get(name, f"{name}:1")
        if isinstance(found, Exception):
            raise found
        return found


class Links:
    def __init__(self, committed, approved=None) -> None:
        self.committed = committed
        self.approved = approved or {}
        self.asked: set[str] = set()

    def lifecycle(self, member, channel) -> Lifecycle:
        assert channel == "crosswork"
        self.asked.add(member.name)
        return Lifecycle(self.committed, self.approved.get(member.name, {}))


def packages_of(site) -> list[Package]:
    return [
        Package(each.name, each.contract, "ab" * 32, "cd" * 32, b"", f"{each.name}:1")
        for each in site.topology.chaincodes
    ]


def committed_as(site) -> dict[str, CommittedDefinition]:
    made: dict[str, CommittedDefinition] = {}
    for chaincode in site.topology.chaincodes:
        definition = define(chaincode, "ab" * 6, 3)
        made[definition.name] = CommittedDefinition(
            name=definition.name,
            version=definition.version,
            sequence=3,
            validation_parameter=definition.validation_parameter(),
            collection_package=definition.collection_package(),
            init_required=False,
            approvals={},
        )
    return made


@pytest.fixture
def links(site) -> Links:
    return Links(committed_as(site))


async def check(site, links) -> list[str]:
    found = await check_chaincodes(site, links, packages_of(site))
    return [str(finding) for finding in found]


async def test_all_as_the_files_say(site, links) -> None:
    assert await check(site, links) == []
    assert links.asked == {"Logistics", "Energy", "Property", "Civic"}


async def test_one_that_is_not_committed(site, links) -> None:
    del links.committed["property"]
    (told,) = await check(site, links)
    assert told.startswith("error: ")
    assert "property is not committed on crosswork; `weftwork network up`" in told


async def test_one_that_the_files_do_not_know(site, links) -> None:
    links.committed["ghost"] = replace(links.committed["property"], name="ghost")
    (told,) = await check(site, links)
    assert told.startswith("warning: ")
    assert "ghost (sequence 3) is committed on crosswork and not in this file" in told


async def test_other_code(site, links) -> None:
    links.committed["property"] = replace(links.committed["property"], version="cdcdcdcdcdcd")
    (told,) = await check(site, links)
    assert told.startswith("warning: ")
    assert "property runs code cdcdcdcdcdcd (sequence 3) and the code here is abababababab" in told


async def test_another_policy(site, links, change, make_site, folder) -> None:
    change("authority: Civic", "policy: OutOf(2, 'CivicMSP.peer', 'EnergyMSP.peer')")
    (told,) = await check(make_site(), links)
    assert told.startswith("error: ")
    assert "casework's policy is AND('CivicMSP.peer', 'EnergyMSP.peer') here and " in told
    assert "AND('CivicMSP.peer', OR('LogisticsMSP.peer'," in told


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: bills, members", "name: invoices, members", ["keeps collection bills on", "collection invoices is not on the channel"]),
        ("required: 0}", "required: 1, block_to_live: 5, member_only_write: true}", ["collection bills differs from the channel's (sequence 3) in required, block_to_live, member_only_write"]),
        ("members: [Energy, Civic]", "members: [Energy, Property]", ["collection bills differs from the channel's (sequence 3) in members"]),
    ],
)  # fmt: skip
async def test_other_collections(site, links, change, make_site, old, new, said) -> None:
    change(old, new)
    told = await check(make_site(), links)
    assert len(told) == len(said)
    for each, words in zip(told, said, strict=True):
        assert each.startswith("error: ")
        assert words in each


async def test_a_department_that_has_not_approved(site, links) -> None:
    refused = EvaluateError("UNKNOWN", "no such approval")
    links.approved = {"Energy": {"property": refused}, "Civic": {"property": None}}
    energy, civic = await check(site, links)
    assert energy.startswith("error: energy-peer0: Energy has approved no package for property")
    assert civic.startswith("error: civic-peer0: ")


async def test_a_department_on_another_package(site, links) -> None:
    links.approved = {"Energy": {"property": "property:2"}}
    (told,) = await check(site, links)
    assert told.startswith("warning: energy-peer0: Energy runs package property:2 for property")


async def test_departments_on_different_packages_of_older_code(site, links) -> None:
    links.committed["property"] = replace(links.committed["property"], version="cdcdcdcdcdcd")
    links.approved = {"Energy": {"property": "property:2"}}
    told = await check(site, links)
    code, packages = told  # nobody is told to run what the files make, which is newer still
    assert "property runs code cdcdcdcdcdcd" in code
    assert "different packages of property: Logistics property:1, Energy property:2" in packages


async def test_departments_whose_gateway_is_down_are_not_asked(make_site, links) -> None:
    site = make_site(nodes={"logistics-peer0": {"state": "died"}})
    assert await check(site, links) == []
    assert "Logistics" not in links.asked


async def test_a_gateway_that_fails(site, links, monkeypatch) -> None:
    async def fails(self):
        raise GatewayError("UNAVAILABLE", "gone")

    monkeypatch.setattr(Lifecycle, "all_committed", fails)
    (told,) = await check(site, links)
    assert told.startswith("error: logistics-peer0: its gateway does not tell what is committed")


def test_code_that_cannot_be_packaged(change, make_site) -> None:
    change("weftwork_contracts.casework.contract:Casework", "nowhere_at_all.contract:Casework")
    (finding,) = read_packages(make_site())
    assert "nowhere_at_all" in finding.text  # type: ignore[union-attr]
    assert finding.severity == "error"  # type: ignore[union-attr]
