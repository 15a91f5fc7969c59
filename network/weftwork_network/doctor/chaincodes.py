"""Chaincodes on the channel held against the files, and what each department approved of them."""

from collections.abc import Iterator, Sequence

from weftwork.aio.admin import ChaincodeDefinition, CommittedDefinition
from weftwork.errors import EvaluateError, WeftworkError
from weftwork_network.doctor.config_words import policy_words
from weftwork_network.doctor.findings import Finding, error, warning
from weftwork_network.doctor.site import Site
from weftwork_network.errors import NetworkError
from weftwork_network.links import Links
from weftwork_network.packages import Package, define, make_packages
from weftwork_network.topology import Chaincode, Channel, Member
from weftwork_protos import collection_pb2, policies_pb2

CHECK = "chaincodes"
_UP = "`weftwork network up` commits what the files say"


def read_packages(site: Site) -> list[Package] | list[Finding]:
    """What the files' code packages to, or why it does not."""
    try:
        return make_packages(site.topology, site.project.folder)
    except NetworkError as failure:
        return [error(CHECK, site.line("chaincodes"), str(failure))]


async def check_chaincodes(site: Site, links: Links, packages: list[Package]) -> list[Finding]:
    """Every chaincode is committed as the files say, and approved by all who run it."""
    findings: list[Finding] = []
    by_name = {package.name: package for package in packages}
    for channel in site.topology.channels:
        answering = [member for member in channel.members if member in site.answering]
        if not answering:
            continue
        first = answering[0]
        known = {chaincode.name for chaincode in channel.chaincodes}
        lifecycle = links.lifecycle(first, channel.name)
        try:
            for stranger in await lifecycle.all_committed():
                if stranger.name not in known:
                    findings.append(_stranger(site, channel, stranger))
            for chaincode in channel.chaincodes:
                package = by_name[chaincode.name]
                committed = await lifecycle.committed(chaincode.name)
                findings += compare_definition(site, channel, chaincode, package, committed)
                if committed is not None:
                    findings += await _approvals(
                        links, channel, chaincode, package, committed, answering
                    )
        except WeftworkError as failure:
            text = f"its gateway does not tell what is committed: {failure}"
            findings.append(error(CHECK, first.peers[0].id, text))
    return findings


def compare_definition(
    site: Site,
    channel: Channel,
    chaincode: Chaincode,
    package: Package,
    committed: CommittedDefinition | None,
) -> Iterator[Finding]:
    """Every difference between a committed definition and the files."""
    name = chaincode.name
    if committed is None:
        where = site.chaincode_line(name)
        yield error(CHECK, where, f"{name} is not committed on {channel.name}; {_UP}")
        return
    wanted = define(chaincode, package.version, committed.sequence)
    if committed.matches(wanted):
        return
    known = f"sequence {committed.sequence}"
    if committed.version != wanted.version:
        yield warning(
            CHECK,
            site.chaincode_line(name, "contract"),
            f"{name} runs code {committed.version} ({known}) and the code here is "
            f"{wanted.version}; {_UP}",
        )
    ours, theirs = wanted.validation_parameter(), committed.validation_parameter
    if ours and ours != theirs:
        yield error(
            CHECK,
            site.chaincode_line(name),
            f"{name}'s policy is {_policy(ours)} here and {_policy(theirs)} on the channel "
            f"({known}); {_UP}",
        )
    yield from _collections(site, name, wanted, committed)


def _collections(
    site: Site, name: str, wanted: ChaincodeDefinition, committed: CommittedDefinition
) -> Iterator[Finding]:
    where = site.chaincode_line(name, "collections")
    ours, theirs = (
        _by_name(wanted.collection_package()),
        _by_name(committed.collection_package),
    )
    known = f"sequence {committed.sequence}"
    for collection in sorted(ours.keys() | theirs.keys()):
        if collection not in ours:
            yield error(
                CHECK,
                where,
                f"{name} keeps collection {collection} on the channel ({known}) and not here; "
                "write it back: without it nobody can read what it holds",
            )
        elif collection not in theirs:
            text = f"{name}'s collection {collection} is not on the channel ({known}); {_UP}"
            yield error(CHECK, where, text)
        elif ours[collection] != theirs[collection]:
            yield error(
                CHECK,
                where,
                f"{name}'s collection {collection} differs from the channel's ({known}) in "
                f"{', '.join(_differences(ours[collection], theirs[collection]))}; {_UP}",
            )


async def _approvals(
    links: Links,
    channel: Channel,
    chaincode: Chaincode,
    package: Package,
    committed: CommittedDefinition,
    answering: Sequence[Member],
) -> list[Finding]:
    name, sequence = chaincode.name, committed.sequence
    approved: dict[str, str] = {}
    findings: list[Finding] = []
    for member in answering:
        if member.name not in chaincode.runners:
            continue
        try:
            found = await links.lifecycle(member, channel.name).approved_package(name, sequence)
        except EvaluateError:
            found = None
        if found is None:
            findings.append(
                error(
                    CHECK,
                    member.peers[0].id,
                    f"{member.name} has approved no package for {name} (sequence {sequence}), so "
                    f"its peers do not run it; `weftwork chaincode approve --as {member.name} "
                    f"{name}` approves it",
                )
            )
        else:
            approved[member.name] = found
    same_code = committed.version == package.version
    for member in answering:
        found = approved.get(member.name, package.id)
        if same_code and found != package.id:
            findings.append(
                warning(
                    CHECK,
                    member.peers[0].id,
                    f"{member.name} runs package {found} for {name}, and the files make "
                    f"{package.id}; `weftwork network up` approves that",
                )
            )
    if not same_code and len(set(approved.values())) > 1:
        told = ", ".join(f"{member} {found}" for member, found in approved.items())
        text = f"departments run different packages of {name}: {told}; have the others follow"
        findings.append(warning(CHECK, channel.name, text))
    return findings


def _stranger(site: Site, channel: Channel, committed: CommittedDefinition) -> Finding:
    return warning(
        CHECK,
        site.line("chaincodes"),
        f"{committed.name} (sequence {committed.sequence}) is committed on "
        f"{channel.name} and not in this file, so nobody serves it; write it here",
    )


def _policy(serialized: bytes) -> str:
    policy = policies_pb2.ApplicationPolicy.FromString(serialized)
    if policy.WhichOneof("Type") == "signature_policy":
        return policy_words(policy.signature_policy)
    return policy.channel_config_policy_reference


def _by_name(package: bytes) -> dict[str, collection_pb2.StaticCollectionConfig]:
    configs = collection_pb2.CollectionConfigPackage.FromString(package).config
    return {each.static_collection_config.name: each.static_collection_config for each in configs}


def _differences(
    ours: collection_pb2.StaticCollectionConfig, theirs: collection_pb2.StaticCollectionConfig
) -> list[str]:
    words = {
        "member_orgs_policy": "members",
        "endorsement_policy": "policy",
        "required_peer_count": "required",
        "maximum_peer_count": "maximum",
        "block_to_live": "block_to_live",
        "member_only_read": "member_only_read",
        "member_only_write": "member_only_write",
    }
    return [word for field, word in words.items() if getattr(ours, field) != getattr(theirs, field)]
