"""A department's approval: Fabric's refusals in our words, what is tried again, what is missing."""

import pytest

from weftwork.aio.admin import Approval, ChaincodeDefinition
from weftwork.errors import EndorseError, EvaluateError
from weftwork.policy import endorsement_policy
from weftwork_network import approving
from weftwork_network.approving import Approving, why_not
from weftwork_network.errors import DeployError

DEFINITION = ChaincodeDefinition("parcels", version="ab" * 6, sequence=2)


class Lifecycle:
    """Answers with what a test has put in."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []
        self.approved: list[str | None] = []
        self.held: Approval | None = None

    async def approval(self, name, sequence) -> Approval:
        if self.held is None:
            raise EvaluateError("UNKNOWN", "could not fetch approved chaincode definition")
        return self.held

    async def approve(self, definition, package_id) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.approved.append(package_id)

    async def readiness(self, definition) -> dict[str, bool]:
        return {"EnergyMSP": True, "CivicMSP": False, "PropertyMSP": False}

    async def mismatches(self, definition) -> dict[str, tuple[str, ...]]:
        return {"CivicMSP": ("EndorsementInfo", "Collections"), "PropertyMSP": ()}

    async def commit(self, definition, *, endorsing_organizations) -> None:
        raise EndorseError("ABORTED", "not agreed to")

    async def committed(self, name) -> None:
        return None


@pytest.fixture
def lifecycle() -> Lifecycle:
    return Lifecycle()


@pytest.fixture
def energy(project, lifecycle, monkeypatch) -> Approving:
    class Links:
        def lifecycle(self, member, channel) -> Lifecycle:
            return lifecycle

    monkeypatch.setattr(approving, "PAUSE", 0)
    channel = project.topology.channels[0]
    return Approving(Links(), channel, project.topology.member("Energy"))


@pytest.mark.parametrize(
    ("fabrics", "ours"),
    [
        (
            "existing collection [bills] missing in the proposed collection configuration",
            "its collection 'bills' .* Fabric lets no collection go",
        ),
        (
            "the proposed collection config does not contain previously defined collections",
            "Fabric lets no collection go",
        ),
        (
            "the BlockToLive in an existing collection [bills] modified. Existing value [7]",
            "'bills' has block_to_live 7 on the channel",
        ),
        (
            "collection-name: b -- collection member 'XMSP' is not part of the channel",
            "a collection names XMSP",
        ),
    ],
)
async def test_what_fabric_never_accepts_is_told_in_our_words(
    energy, lifecycle, fabrics, ours
) -> None:
    lifecycle.failures = [EndorseError("ABORTED", f"failed: {fabrics}")]
    with pytest.raises(DeployError, match=ours):
        await energy.approve(DEFINITION, "parcels_ab:1")


async def test_what_passes_by_itself_is_tried_again(energy, lifecycle) -> None:
    lifecycle.failures = [EndorseError("UNAVAILABLE", "no peers")] * 2
    assert await energy.approve(DEFINITION, "parcels_ab:1")
    assert lifecycle.approved == ["parcels_ab:1"]


async def test_who_does_not_run_it_approves_without_a_package(energy, lifecycle) -> None:
    assert await energy.approve(DEFINITION, None)
    assert lifecycle.approved == [None]


async def test_an_approval_that_stands_is_not_repeated(energy, lifecycle) -> None:
    default = endorsement_policy("/Channel/Application/Endorsement")
    lifecycle.held = Approval("parcels", "ab" * 6, 2, default, b"", "parcels_ab:1")
    assert not await energy.approve(DEFINITION, "parcels_ab:1")
    assert await energy.approve(DEFINITION, "parcels_cd:2")
    assert lifecycle.approved == ["parcels_cd:2"]


async def test_a_commit_that_lacks_approvals_says_whose_and_why(energy) -> None:
    with pytest.raises(DeployError) as caught:
        await energy.commit(DEFINITION)
    assert "CivicMSP approved it with another version and other collections" in str(caught.value)
    assert "PropertyMSP has not approved it" in str(caught.value)
    assert "EnergyMSP" not in str(caught.value)


def test_why_not() -> None:
    assert why_not("XMSP", ("policy",)) == "XMSP approved it with another policy"
