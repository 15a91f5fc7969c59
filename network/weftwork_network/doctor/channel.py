"""The channel that runs held against the files: every setting that differs, by its name."""

from collections.abc import Iterable, Iterator

from weftwork.errors import WeftworkError
from weftwork_network.configtx import by_name, effective_configtx
from weftwork_network.doctor.config_words import Words, of_block, of_profile
from weftwork_network.doctor.findings import Finding, error
from weftwork_network.doctor.site import Site
from weftwork_network.errors import DefinitionError
from weftwork_network.faults import Faults, shown
from weftwork_network.links import Links
from weftwork_network.marks import Marked
from weftwork_network.places import names_of
from weftwork_network.project import read_file

_GROUPS = {"Application": "the application", "Orderer": "the orderer group"}


async def check_channel(site: Site, links: Links) -> list[Finding]:
    """What each channel is configured with is what configtx.yaml, completed, asks for."""
    try:
        configtx = effective_configtx(site.project, site.state)
    except DefinitionError:
        return []  # told by the check of the file
    if site.containers:
        configtx = by_name(configtx, names_of(site.topology))
    root = read_file(site.project.configtx_file, Faults(""))
    file = shown(site.project.configtx_file)
    findings: list[Finding] = []
    for channel in site.topology.channels:
        peer = next((peer for peer in site.running_peers if peer in channel.peers), None)
        if peer is None:
            continue
        wanted = of_profile(configtx.content["Profiles"][channel.profile])
        try:
            found = of_block(await links.peer(peer).config_block(channel.name))
        except (WeftworkError, ValueError) as failure:
            text = f"does not give the config of {channel.name}: {failure}"
            findings.append(error("channel", peer.id, text))
            continue
        profile = root.get("Profiles", channel.profile) if root is not None else None
        findings += compare(found, wanted, profile, file, channel.name)
    return findings


def compare(
    found: Words, wanted: Words, profile: Marked | None, file: str, channel: str
) -> Iterator[Finding]:
    """Every difference between a channel and what the files ask for.

    Args:
        found: the channel's words.
        wanted: the files' words.
        profile: the profile with its lines.
        file: configtx.yaml, as a reader would open it.
        channel: the channel's name.
    """
    strangers = {path for path in found.keys() ^ wanted.keys() if _is_member(path)}
    for path in sorted(
        found.keys() | wanted.keys(), key=lambda path: (line_of(profile, path), path)
    ):
        here, there = wanted.get(path), found.get(path)
        # What is said of an organisation that only one side knows goes without saying.
        inside = any(path != stranger and path[:3] == stranger for stranger in strangers)
        if here == there or inside:
            continue
        where = f"{file}:{line_of(profile, path)}"
        yield error("channel", where, _told(path, here, there, channel))


def _told(path: tuple[str, ...], here: str | None, there: str | None, channel: str) -> str:
    if _is_member(path):
        group, mspid = _GROUPS[path[0]], path[2]
        if there is None:
            return (
                f"{mspid} is no member of {group} of {channel}, which runs; bring it in by a "
                "config update, or take it out here"
            )
        return (
            f"{mspid} is a member of {group} of {channel}, which runs, and not of the files; "
            "write it here, or take it out by a config update"
        )
    name = ".".join(path)
    cure = "change it back, or change the channel by a config update"
    if here is None:
        return f"{name} is {there} on {channel}, which runs, and is not set here; write it here"
    if there is None:
        return f"{name} is {here} here and not set on {channel}, which runs; {cure}"
    return f"{name} is {here} here and {there} on {channel}, which runs; {cure}"


def _is_member(path: tuple[str, ...]) -> bool:
    return len(path) == 3 and path[1] == "Organizations"


def line_of(profile: Marked | None, path: Iterable[str]) -> int:
    """The line of a setting in configtx.yaml, or of the nearest thing around it."""
    here = profile
    line = profile.line if profile is not None else 0
    for step in path:
        if here is None:
            break
        members = here.items()
        below = here.get(step) or next((each for each in members if each.text("ID") == step), None)
        if below is not None:
            line = below.line
        here = below
    return line
