# ruff: noqa: E501 - tables of cases read best with a case a line
"""The channel that runs held against configtx.yaml: each difference by its name and line."""

import copy
import dataclasses
import re
from pathlib import Path

import pytest

from tests.unit.network.doctor.config_blocks import config_block
from weftwork.errors import PeerError
from weftwork_network.configtx import EffectiveConfigtx, by_name, effective_configtx
from weftwork_network.doctor.channel import check_channel
from weftwork_network.doctor.config_words import of_block, of_profile, policy_words
from weftwork_network.places import names_of
from weftwork_protos import msp_pb2, policies_pb2


class Peer:
    def __init__(self, block: bytes) -> None:
        self._block = block

    async def config_block(self, channel: str) -> bytes:
        assert channel == "crosswork"
        if not self._block:
            raise PeerError("127.0.0.1:24011", "give the config", "UNAVAILABLE", "gone")
        return self._block


class Links:
    def __init__(self, block: bytes) -> None:
        self._block = block

    def peer(self, node) -> Peer:
        assert node.kind == "peer"
        return Peer(self._block)


@pytest.fixture
def profile(site):
    content = effective_configtx(site.project, site.state).content
    return copy.deepcopy(content["Profiles"]["Crosswork"])


async def check(site, profile) -> list[str]:
    found = await check_channel(site, Links(config_block(profile)))  # type: ignore[arg-type]
    assert all(finding.severity == "error" for finding in found)
    return [f"{Path(each.where).name}: {each.text}" for each in found]


def test_both_sides_come_to_the_same_words(profile) -> None:
    words = of_profile(profile)
    assert of_block(config_block(profile)) == words
    assert words["Orderer", "BatchTimeout"] == "200ms"
    assert words["Orderer", "BatchSize", "PreferredMaxBytes"] == str(2 * 2**20)
    assert words["Capabilities",] == "V3_0"


def test_a_policy_that_names_no_role_is_told_all_the_same() -> None:
    """As BFT's block validation does, which names certificates."""
    identity = msp_pb2.MSPPrincipal(principal_classification="IDENTITY", principal=b"\xff\xff")
    one = policies_pb2.SignaturePolicy(signed_by=0)
    rule = policies_pb2.SignaturePolicy(n_out_of={"n": 1, "rules": [one]})
    envelope = policies_pb2.SignaturePolicyEnvelope(rule=rule, identities=[identity])
    assert policy_words(envelope) == "OR('#0.identity')"


def test_under_bft_nobody_writes_the_policy_of_block_validation(profile) -> None:
    path = ("Orderer", "Policies", "BlockValidation")
    assert path in of_profile(profile)
    profile["Orderer"]["OrdererType"] = "BFT"
    assert path not in of_profile(profile)
    assert path not in of_block(config_block(profile))


async def test_a_channel_that_agrees(site, profile) -> None:
    assert await check(site, profile) == []


CHANGES = [
    ("BatchTimeout: 200ms", "BatchTimeout: 2s", "Orderer.BatchTimeout is 2s here and 200ms on crosswork, which runs"),
    ("MaxMessageCount: 100", "MaxMessageCount: 7", "Orderer.BatchSize.MaxMessageCount is 7 here and 100"),
    ("PreferredMaxBytes: 2 MB", "PreferredMaxBytes: 512 KB", "PreferredMaxBytes is 524288 here and 2097152"),
    ("TickInterval: 100ms", "TickInterval: 500ms", "Orderer.EtcdRaft.Options.TickInterval is 500ms here and 100ms"),
    ("ElectionTick: 10", "ElectionTick: 20", "Orderer.EtcdRaft.Options.ElectionTick is 20 here and 10"),
    ("{V2_5: true}", "{V2_0: true}", "Application.Capabilities is V2_0 here and V2_5"),
    ("LifecycleEndorsement: {Type: ImplicitMeta, Rule: MAJORITY", "LifecycleEndorsement: {Type: ImplicitMeta, Rule: ANY", "Application.Policies.LifecycleEndorsement is ANY Endorsement here and MAJORITY Endorsement"),
    ("OR('EnergyMSP.orderer')", "OR('EnergyMSP.member')", "Orderer.Organizations.EnergyMSP.Policies.Readers is OR('EnergyMSP.member') here and OR('EnergyMSP.orderer')"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), CHANGES, ids=[said[:40] for *_, said in CHANGES])
async def test_a_setting_changed_in_the_file(
    site, profile, folder, change, make_site, old, new, said
) -> None:
    change(old, new, file="configtx.yaml")
    (told,) = await check(make_site(), profile)
    assert said in told
    line = int(re.match(r"configtx\.yaml:(\d+): ", told)[1])  # type: ignore[index]
    assert new in (folder / "configtx.yaml").read_text().splitlines()[line - 1]


async def test_the_same_length_in_other_words_is_no_difference(change, profile, make_site) -> None:
    change("BatchTimeout: 200ms", "BatchTimeout: 0.2s", file="configtx.yaml")
    assert await check(make_site(), profile) == []


async def test_organisations_of_one_side_alone(site, profile) -> None:
    members = profile["Application"]["Organizations"]
    civic = next(each for each in members if each["ID"] == "CivicMSP")
    members.remove(civic)
    members.append({**civic, "ID": "HarbourMSP"})
    told = await check(site, profile)
    assert len(told) == 2
    assert any("CivicMSP is no member of the application of crosswork" in each for each in told)
    assert any("HarbourMSP is a member of the application" in each for each in told)


async def test_other_addresses(site, profile) -> None:
    profile["Application"]["Organizations"][1]["AnchorPeers"][0]["Port"] = 5
    profile["Orderer"]["Organizations"][0]["OrdererEndpoints"] = ["127.0.0.1:6"]
    profile["Orderer"]["EtcdRaft"]["Consenters"].pop()
    told = await check(site, profile)
    assert len(told) == 3
    assert any("EnergyMSP.AnchorPeers is 127.0.0.1:24111 here and 127.0.0.1:5" in t for t in told)
    assert any("LogisticsMSP.OrdererEndpoints is 127.0.0.1:24051 here and" in t for t in told)
    assert any("Orderer.EtcdRaft.Consenters is 127.0.0.1:24051, " in t for t in told)


async def test_containers_know_each_other_by_name(site, profile) -> None:
    contained = dataclasses.replace(site, containers=True)
    by_address = await check(contained, profile)
    assert any(
        "AnchorPeers is peer0.energy.example:24111 here and 127.0.0.1" in t for t in by_address
    )
    named = by_name(EffectiveConfigtx({"p": profile}), names_of(site.topology)).content["p"]
    assert await check(contained, named) == []


async def test_a_peer_that_gives_none(site) -> None:
    for block in (b"", b"broken"):
        (finding,) = await check_channel(site, Links(block))  # type: ignore[arg-type]
        assert "does not give the config of crosswork" in finding.text
        assert finding.where == "logistics-peer0"
