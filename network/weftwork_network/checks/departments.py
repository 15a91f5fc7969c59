"""Rules of departments: their names, their nodes, their users."""

import re
from collections.abc import Iterable

from weftwork_network import layout
from weftwork_network.checks.review import Place, Review
from weftwork_network.definition import ORDERINGS, Department, OrderersByOrdering
from weftwork_network.planning import domain_of, mspid_of, orderers_of, peers_of

_DEPARTMENT = re.compile(r"[A-Za-z][A-Za-z0-9]{0,31}\Z")
_MSPID = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}\Z")
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\Z")
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?\Z")
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}\Z")
_COMMON_NAME = 64

# Words that Fabric or the state folder uses itself.
RESERVED_DEPARTMENTS = frozenset({"orderer", "application", "channel", "consortiums"})
RESERVED_USERS = frozenset({"admin"})
# What a policy calls everybody of a kind, `'EnergyMSP.peer'`: no single user may be taken for them.
ROLES = frozenset({"client", "member", "orderer", "peer"})


def check_departments(review: Review) -> None:
    """Every department is called what it may be, and no two are the same."""
    departments = review.written.departments
    if not departments:
        review.add("no department; name at least one", "departments")
    _unique(review, "department", review.names, "name")
    _unique(review, "MSP id", review.mspids, "mspid")
    _unique(review, "domain", [domain_of(department) for department in departments], "domain")
    for at, department in enumerate(departments):
        here = ("departments", at)
        _names(review, department, here)
        _other_mspid(review, department, here)
        _nodes(review, department, here)
        _users(review, department, here)


def _names(review: Review, department: Department, here: Place) -> None:
    name = department.name
    if not _DEPARTMENT.match(name):
        review.add(
            f"department name '{name}' is not allowed; use letters and digits, a letter first",
            *here,
            "name",
        )
    if name.lower() in RESERVED_DEPARTMENTS:
        review.add(f"'{name}' is a word of Fabric's own; choose another name", *here, "name")
    mspid = mspid_of(department)
    if not _MSPID.match(mspid):
        review.add(f"MSP id '{mspid}' is not allowed; use letters, digits and '-'", *here, "mspid")
    domain = domain_of(department)
    if not _DOMAIN.match(domain):
        review.add(f"'{domain}' is no domain; write one such as energy.example", *here, "domain")
    _fits_certificate(review, f"operator.{domain}", *here, "domain")


def _other_mspid(review: Review, department: Department, here: Place) -> None:
    """Departments are called by name or by MSP id, in any case: one word for two is no name."""
    for other in review.written.departments:
        if other is not department and mspid_of(other).lower() == department.name.lower():
            review.add(
                f"'{department.name}' is the MSP id of {other.name}; choose another name",
                *here,
                "name",
            )


def _fits_certificate(review: Review, name: str, *place: str | int) -> None:
    """X.520 gives a common name 64 characters, and a longer one is not issued."""
    if len(name) > _COMMON_NAME:
        review.add(
            f"'{name}' has {len(name)} characters and a certificate holds {_COMMON_NAME}; "
            "shorten it, or the domain",
            *place,
        )


def _nodes(review: Review, department: Department, here: Place) -> None:
    peers = [((*here, "peers", n), peer.name) for n, peer in enumerate(peers_of(department))]
    _limit(review, "peers", len(peers), layout.MAX_PEERS, here)
    by_ordering = isinstance(department.orderers, OrderersByOrdering)
    for ordering in ORDERINGS:
        place: Place = (*here, "orderers", *([ordering] if by_ordering else []))
        orderers = [
            ((*place, n), orderer.name)
            for n, orderer in enumerate(orderers_of(department, ordering))
        ]
        _limit(review, "orderers", len(orderers), layout.MAX_ORDERERS, here)
        _node_names(review, department, [*peers, *orderers])


def _limit(review: Review, what: str, count: int, limit: int, here: Place) -> None:
    if count > limit:
        review.add(f"{count} {what} here; the port layout has room for {limit}", *here, what)


def _node_names(review: Review, department: Department, nodes: list[tuple[Place, str]]) -> None:
    seen: set[str] = set()
    domain = domain_of(department)
    for place, name in nodes:
        here = (*place, "name")
        if not _HOST.match(name):
            review.add(f"node name '{name}' is not allowed; use a-z, 0-9 and '-'", *here)
        if name == "ca":
            review.add("'ca' names the department's CA; choose another name", *here)
        if name == "chaincode" or name.endswith("-chaincode"):
            review.add(f"'{name}' names a chaincode process; choose another name", *here)
        _fits_certificate(review, f"{name}.{domain}", *here)
        if name in seen:
            review.add(f"{department.name} has two nodes '{name}'; rename one", *here)
        seen.add(name)


def _users(review: Review, department: Department, here: Place) -> None:
    seen: set[str] = set()
    for n, user in enumerate(department.users):
        there = (*here, "users", n, "name")
        if not _USER.match(user.name):
            review.add(
                f"user name '{user.name}' is not allowed; use letters, digits, '_' and '-'", *there
            )
        if user.name.lower() in RESERVED_USERS:
            review.add(
                f"'{user.name}' is always there and needs no line; choose another name", *there
            )
        if user.name.lower() in ROLES:
            review.add(
                f"'{user.name}' is a role in Fabric's policies; name who acts, e.g. clerk", *there
            )
        _fits_certificate(review, f"{user.name}@{domain_of(department)}", *there)
        # Some file systems hold a folder of one name in any case.
        if user.name.lower() in seen:
            review.add(f"{department.name} has two users '{user.name}'; rename one", *there)
        seen.add(user.name.lower())
        for name in user.attributes:
            if name.startswith("hf."):
                review.add(
                    f"attribute '{name}' is a Fabric CA's own; choose another name",
                    *(*here, "users", n, "attributes", name),
                )


def _unique(review: Review, what: str, values: Iterable[str], field: str) -> None:
    """In any case: folders, hosts and whoever calls a department go by it in lower case."""
    seen: dict[str, int] = {}
    for at, value in enumerate(values):
        first = seen.setdefault(value.lower(), at)
        if first != at:
            line = review.lines.at("departments", first, field)
            review.add(
                f"two departments with {what} '{value}', the first on line {line}; change one",
                "departments",
                at,
                field,
            )
