"""Rules of chaincodes: names, where they run, who endorses, what they keep private."""

import re

from weftwork_network.checks.review import Place, Review
from weftwork_network.definition import Chaincode, Channel, Collection, Department
from weftwork_network.faults import did_you_mean
from weftwork_network.planning import is_on, members_of, mspid_of, peers_of, runners_of
from weftwork_network.policies import PolicyError, Rule, parse_policy, principals, satisfied

# As Fabric's lifecycle has them (core/chaincode/lifecycle/scc.go, ChaincodeNameRegExp and
# CollectionNameRegExp); at most 63, which a container's host name may have.
_CHAINCODE = re.compile(r"(?=.{1,63}\Z)[A-Za-z0-9]+([-_][A-Za-z0-9]+)*\Z")
_COLLECTION = re.compile(r"[A-Za-z0-9-][A-Za-z0-9_-]*\Z")
_CONTRACT = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*\Z")

RESERVED_CHAINCODES = frozenset({"lscc", "cscc", "qscc", "escc", "vscc", "_lifecycle"})


def check_chaincodes(review: Review) -> None:
    """Every chaincode is named, is code, and names departments and channels that exist."""
    seen: set[str] = set()
    for at, chaincode in enumerate(review.written.chaincodes):
        here = ("chaincodes", at)
        name = chaincode.name
        if name.lower() in RESERVED_CHAINCODES:
            review.add(f"'{name}' is a chaincode of Fabric's own; rename yours", *here, "name")
        elif not _CHAINCODE.match(name):
            review.add(
                f"chaincode name '{name}' is not allowed; use up to 63 letters, digits, single "
                "'-' and '_' between them",
                *here,
                "name",
            )
        # In any case: images and hosts are called by it in lower case.
        if name.lower() in seen:
            review.add(f"two chaincodes '{name}'; rename one", *here, "name")
        seen.add(name.lower())
        if not _CONTRACT.match(chaincode.contract):
            review.add(
                f"'{chaincode.contract}' names no class; write package.module:Class",
                *here,
                "contract",
            )
        review.known_channels(chaincode.channels, *here, "channels")
        review.known_departments(chaincode.departments, *here, "departments")
        _endorsement(review, chaincode, here)
        _collections(review, chaincode, here)


def _endorsement(review: Review, chaincode: Chaincode, here: Place) -> None:
    if (chaincode.authority is None) == (chaincode.policy is None):
        review.add(
            f"chaincode '{chaincode.name}' needs `authority` or `policy`; write one of them", *here
        )
    if chaincode.authority is not None:
        _known_department(review, chaincode.authority, *here, "authority")
    if chaincode.policy is not None:
        _policy(review, chaincode.policy, *here, "policy")


def _collections(review: Review, chaincode: Chaincode, here: Place) -> None:
    seen: set[str] = set()
    for n, collection in enumerate(chaincode.collections):
        there = (*here, "collections", n)
        name = collection.name
        if not _COLLECTION.match(name):
            review.add(
                f"collection name '{name}' is not allowed; use letters, digits, '-' and '_', "
                "no '_' first",
                *there,
                "name",
            )
        for full in _full_names(review, collection):
            if full in seen and len(set(review.mspids)) == len(review.mspids):
                review.add(f"two collections '{full}' in {chaincode.name}; rename one", *there)
            seen.add(full)
        _collection_members(review, collection, there)
        if collection.policy is not None:
            _policy(review, collection.policy, *there, "policy")


def _full_names(review: Review, collection: Collection) -> list[str]:
    if collection.each is None:
        return [collection.name]
    return [f"{collection.name}_{mspid}" for mspid in review.mspids]


def _collection_members(review: Review, collection: Collection, here: Place) -> None:
    if collection.each is not None:
        if collection.members:
            review.add("`each` says who the members are; drop `members`", *here, "members")
    elif not collection.members:
        review.add(
            f"collection '{collection.name}' has no member; write `members` or `each`", *here
        )
    review.known_departments(collection.members, *here, "members")
    if collection.maximum is not None and collection.maximum < collection.required:
        review.add(
            f"maximum {collection.maximum} is less than required {collection.required}; raise it",
            *here,
            "maximum",
        )


def _known_department(review: Review, name: str, *place: str | int) -> None:
    if name not in review.names and review.departments_read:
        review.add(f"no department '{name}'{did_you_mean(name, review.names)}", *place)


def _policy(review: Review, text: str, *place: str | int) -> None:
    try:
        rule = parse_policy(text)
    except PolicyError as error:
        review.add(f"policy not understood: {error}", *place)
        return
    mspids = review.mspids
    for principal in principals(rule):
        if principal.mspid not in mspids:
            if review.departments_read:
                hint = did_you_mean(principal.mspid, mspids)
                review.add(f"policy names nobody: no MSP '{principal.mspid}'{hint}", *place)
        elif principal.role != "peer":
            review.add(
                f"policy names {principal}, whom any holder of such a key satisfies; "
                f"write '{principal.mspid}.peer'",
                *place,
            )


def check_running(review: Review) -> None:
    """On every channel, those who run a chaincode can endorse it and keep what it keeps private.

    Asked of a definition that is sound so far.
    """
    for at, chaincode in enumerate(review.written.chaincodes):
        for _, channel in review.channels:
            if is_on(review.written, chaincode, channel):
                _OnChannel(review, chaincode, channel, ("chaincodes", at)).check()


class _OnChannel:
    """A chaincode on one of its channels."""

    def __init__(self, review: Review, chaincode: Chaincode, channel: Channel, here: Place) -> None:
        self._review = review
        self._chaincode = chaincode
        self._channel = channel.name
        self._here = here
        self._members = members_of(review.written, channel)
        self._runners = runners_of(chaincode, self._members)

    def check(self) -> None:
        name, channel = self._chaincode.name, self._channel
        approving = [department for department in self._members if peers_of(department)]
        if 2 * len(approving) <= len(self._members):
            self._add(
                f"{len(approving)} of {len(self._members)} departments on channel '{channel}' run "
                f"a peer, no majority to approve {name}; write `peers: 1` in more of them"
            )
        self._runs()
        authority = self._chaincode.authority
        if authority is not None and authority not in self._names(self._runners):
            self._add(
                f"authority {authority} does not run {name} on channel '{channel}'; let it, or "
                "name another",
                "authority",
            )
        if self._chaincode.policy is not None:
            self._satisfiable(self._chaincode.policy, "policy")
        for n, collection in enumerate(self._chaincode.collections):
            self._collection(collection, n)

    def _runs(self) -> None:
        """Whoever is to run it is on the channel and has a peer."""
        for n, name in enumerate(self._chaincode.departments):
            if len(self._chaincode.channels) > 1 and name not in self._names(self._members):
                continue  # on this channel it has no part; on another it may
            if name not in self._names(self._runners):
                self._add(
                    f"{name} has no peer on channel '{self._channel}' to run "
                    f"{self._chaincode.name}; take it out here, or give it one",
                    *("departments", n),
                )
        if not self._runners:
            self._add(
                f"no department runs {self._chaincode.name} on channel '{self._channel}'",
                "departments",
            )

    def _collection(self, collection: Collection, n: int) -> None:
        place = ("collections", n)
        strangers = set(collection.members) - self._names(self._members)
        for name in sorted(strangers):
            self._add(
                f"{name} is not on channel '{self._channel}' and cannot hold "
                f"'{collection.name}'; take it out of `members`, or bring it onto the channel",
                *(*place, "members"),
            )
        if collection.policy is not None:
            self._satisfiable(collection.policy, *(*place, "policy"))
        if collection.each is not None:
            holders = [[runner] for runner in self._runners]
        else:
            holders = [[each for each in self._members if each.name in collection.members]]
        for group in holders:
            others = sum(len(peers_of(department)) for department in group) - 1
            if strangers:
                continue
            if others < 0:
                self._add(
                    f"no peer of {_listed(group)} can hold '{collection.name}'; write `peers: 1` "
                    "there, or name other members",
                    *(*place, "members"),
                )
            elif collection.required > others:
                self._add(
                    f"required {collection.required}, but {_listed(group)} have {others} "
                    f"peer{'' if others == 1 else 's'} besides the one that endorses; lower it",
                    *(*place, "required"),
                )

    def _satisfiable(self, text: str, *place: str | int) -> None:
        rule: Rule = parse_policy(text)
        if not satisfied(rule, {mspid_of(department) for department in self._runners}):
            self._add(
                f"policy asks for more than those who run {self._chaincode.name} on channel "
                f"'{self._channel}' can give: {_listed(self._runners) or 'nobody'}; change it",
                *place,
            )

    def _names(self, departments: list[Department]) -> set[str]:
        return {department.name for department in departments}

    def _add(self, text: str, *place: str | int) -> None:
        self._review.add(text, *self._here, *place)


def _listed(departments: list[Department]) -> str:
    return ", ".join(department.name for department in departments)
