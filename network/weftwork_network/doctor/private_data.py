"""Private data of which there is one copy."""

from collections import defaultdict
from collections.abc import Iterator

from weftwork_network.doctor.findings import Finding, warning
from weftwork_network.doctor.site import Site


def check_copies(site: Site) -> Iterator[Finding]:
    """Every collection lives on two peers or more."""
    members = {member.mspid: member for member in site.topology.members}
    alone: dict[tuple[str, str], list[str]] = defaultdict(list)
    several = len(site.topology.channels) > 1
    for channel in site.topology.channels:
        prefix = f"{channel.name}/" if several else ""
        for chaincode in channel.chaincodes:
            for collection in chaincode.collections:
                holders = [node for each in collection.members for node in members[each].peers]
                if len(holders) == 1:
                    alone[holders[0].department, holders[0].id].append(
                        f"{prefix}{chaincode.name}/{collection.name}"
                    )
    what = "volume" if site.containers else "data folder"
    for (department, node), collections in alone.items():
        yield warning(
            "private data",
            site.department_line(department, "peers"),
            f"{node} holds the only copy of {', '.join(collections)}; run a second peer of "
            f"{department}, and copy its {what} until then",
        )
