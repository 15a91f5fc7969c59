"""Rules of channels: their names, who shares them, who orders them."""

import re

from weftwork_network.checks.review import Place, Review
from weftwork_network.definition import Channel
from weftwork_network.planning import members_of, orderers_of, ordering_of, profile_of

# As Fabric has it: common/configtx/validator.go, ChannelAllowedChars and MaxLength.
_CHANNEL = re.compile(r"[a-z][a-z0-9.-]{0,248}\Z")

# Below this many, BFT bears no faulty orderer at all.
_LEAST_BFT = 4


def check_channels(review: Review) -> None:
    """Every channel has a name of its own and departments that exist."""
    written, known = review.written, review.lines.known
    if ("channel",) in known and ("channels",) in known:
        review.add("`channel` and `channels` both stand here; keep one of them", "channels")
    elif not review.channels and review.channels_read:
        review.add("no channel; write `channel: {name: …, profile: …}`", "channels")
    seen: set[str] = set()
    for place, channel in review.channels:
        name = channel.name
        if not _CHANNEL.match(name):
            review.add(
                f"channel name '{name}' is not allowed; use a-z, 0-9, '.' and '-', a letter first",
                *place,
                "name",
            )
        if name in seen:
            review.add(f"two channels '{name}'; rename one", *place, "name")
        seen.add(name)
        review.known_departments(channel.departments, *place, "departments")
        review.known_departments(channel.orderers, *place, "orderers")
    if written.ordering == "bft" and written.fabric == "2.5":
        review.add("Fabric 2.5 has no BFT ordering; write `ordering: raft`", "ordering")


def check_ordering(review: Review) -> None:
    """Every channel of a definition that is sound so far can be ordered."""
    for place, channel in review.channels:
        _orderers(review, channel, place)
    _profiles(review)


def _profiles(review: Review) -> None:
    """A profile is completed with a channel's departments: two that differ need one each."""
    first: dict[str, Channel] = {}
    for place, channel in review.channels:
        profile = profile_of(review.written, channel)
        other = first.setdefault(profile, channel)
        if _shape(review, other) != _shape(review, channel):
            review.add(
                f"channels '{other.name}' and '{channel.name}' have one profile and not the same "
                "departments; give each its own",
                *place,
                "profile",
            )


def _shape(review: Review, channel: Channel) -> tuple[list[str], list[str]]:
    sharing = members_of(review.written, channel)
    ordering = ordering_of(review.written, channel)
    return [each.name for each in sharing], [each.name for each in ordering]


def _orderers(review: Review, channel: Channel, place: Place) -> None:
    written = review.written
    ordering = {
        department.name: len(orderers_of(department, written.ordering))
        for department in ordering_of(written, channel)
    }
    for n, name in enumerate(channel.orderers):
        if name not in ordering:
            review.add(
                f"{name} runs no orderer; write `orderers: 1` there, or take it out here",
                *(*place, "orderers", n),
            )
    if not ordering:
        review.add(
            "no department runs an orderer; write `orderers: 1` in at least one", "departments"
        )
    elif written.ordering == "bft":
        _shares(review, ordering, place)
    if not any(department.peers for department in members_of(written, channel)):
        review.add(f"no peer holds channel '{channel.name}'; name a department with one", *place)


def _shares(review: Review, ordering: dict[str, int], place: Place) -> None:
    """Under BFT no department alone may be more than the faulty that the orderers bear."""
    count = sum(ordering.values())
    if count < _LEAST_BFT:
        review.add(
            f"{count} orderer{'' if count == 1 else 's'} under BFT bear no faulty one; "
            f"write {_LEAST_BFT} or more, of as many departments",
            *place,
            "orderers",
        )
        return
    faulty = (count - 1) // 3
    for name, own in ordering.items():
        if own > faulty:
            at = review.names.index(name)
            review.add(
                f"{name} runs {own} of {count} orderers, which bear {faulty} faulty under BFT: it "
                "could stop or fork the channel alone; spread them over more departments",
                *("departments", at, "orderers"),
            )
