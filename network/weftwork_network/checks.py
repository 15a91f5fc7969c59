"""The rules a definition keeps beyond its types: names, ports, policies, who is named where."""

import re
from collections.abc import Callable, Iterable

from weftwork_network import topology
from weftwork_network.definition import Chaincode, Collection, Definition, Department
from weftwork_network.faults import Faults, did_you_mean
from weftwork_network.policies import PolicyError, parse_policy, principals
from weftwork_network.reading import Lines
from weftwork_network.topology import domain_of, mspid_of, orderers_of, peers_of

_DEPARTMENT = re.compile(r"[A-Za-z][A-Za-z0-9]{0,31}\Z")
_MSPID = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}\Z")
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\Z")
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?\Z")
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}\Z")
_CHANNEL = re.compile(r"[a-z][a-z0-9.-]{0,248}\Z")
_CHAINCODE = re.compile(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*\Z")
_COLLECTION = re.compile(r"[A-Za-z0-9-]+([A-Za-z0-9_-]+)*\Z")
_CONTRACT = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*\Z")

# Words that Fabric or the state folder uses itself.
RESERVED_DEPARTMENTS = frozenset({"orderer", "application", "channel", "consortiums"})
RESERVED_CHAINCODES = frozenset({"lscc", "cscc", "qscc", "escc", "vscc", "_lifecycle"})
RESERVED_USERS = frozenset({"admin"})
RESERVED_NODES = {"ca": "the department's CA", "chaincode": "the chaincode process"}


def check(written: Definition, lines: Lines, faults: Faults) -> None:
    """Adds every fault of a definition whose types are right."""
    _Checks(written, lines, faults).all()


class _Checks:
    def __init__(self, written: Definition, lines: Lines, faults: Faults) -> None:
        self._written = written
        self._lines = lines
        self._faults = faults
        self._mspids = [mspid_of(department) for department in written.departments]
        self._names = [department.name for department in written.departments]
        # A department that could not be read may be the very one that is named elsewhere.
        self._all_read = not any(path[0] == "departments" for path in lines.dropped)

    def all(self) -> None:
        self._channel()
        self._departments()
        if not self._faults.found:
            self._ordering()
        self._chaincodes()
        if not self._faults.found:
            self._ports()

    def _add(self, text: str, *path: str | int) -> None:
        self._faults.add(self._lines.at(*path), text)

    def _channel(self) -> None:
        name = self._written.channel.name
        if not _CHANNEL.match(name):
            self._add(
                f"channel name '{name}' is not allowed; use a-z, 0-9, '.' and '-', a letter first",
                "channel",
                "name",
            )

    def _departments(self) -> None:
        departments = self._written.departments
        if not departments:
            self._add("no department; name at least one", "departments")
        self._unique("department", [name.lower() for name in self._names], "name")
        self._unique("MSP id", self._mspids, "mspid")
        self._unique("domain", [domain_of(department) for department in departments], "domain")
        for at, department in enumerate(departments):
            self._department(department, at)

    def _department(self, department: Department, at: int) -> None:
        here: tuple[str | int, ...] = ("departments", at)
        name = department.name
        if not _DEPARTMENT.match(name):
            self._add(
                f"department name '{name}' is not allowed; use letters and digits, a letter first",
                *here,
                "name",
            )
        if name.lower() in RESERVED_DEPARTMENTS:
            self._add(f"'{name}' is a word of Fabric's own; choose another name", *here, "name")
        mspid = mspid_of(department)
        if not _MSPID.match(mspid):
            self._add(
                f"MSP id '{mspid}' is not allowed; use letters, digits and '-'", *here, "mspid"
            )
        domain = domain_of(department)
        if not _DOMAIN.match(domain):
            self._add(f"'{domain}' is no domain; write one such as energy.example", *here, "domain")
        self._nodes(department, at)
        self._users(department, at)
        known = {chaincode.name for chaincode in self._written.chaincodes}
        for chaincode in department.chaincode_ports:
            if chaincode not in known and not self._lines.dropped:
                self._add(
                    f"no chaincode '{chaincode}' in this file{did_you_mean(chaincode, known)}",
                    *here,
                    "chaincode_ports",
                    chaincode,
                )

    def _nodes(self, department: Department, at: int) -> None:
        seen: set[str] = set()
        written = [("peers", n, peer.name) for n, peer in enumerate(peers_of(department))]
        written += [
            ("orderers", n, orderer.name) for n, orderer in enumerate(orderers_of(department))
        ]
        for kind, n, name in written:
            here: tuple[str | int, ...] = ("departments", at, kind, n, "name")
            if not _HOST.match(name):
                self._add(f"node name '{name}' is not allowed; use a-z, 0-9 and '-'", *here)
            if name in RESERVED_NODES:
                self._add(f"'{name}' names {RESERVED_NODES[name]}; choose another name", *here)
            if name in seen:
                self._add(f"{department.name} has two nodes '{name}'; rename one", *here)
            seen.add(name)
        limits = (("peers", topology.MAX_PEERS), ("orderers", topology.MAX_ORDERERS))
        for kind, limit in limits:
            count = sum(1 for other, _, _ in written if other == kind)
            if count > limit:
                self._add(
                    f"{count} {kind} in {department.name}; the port layout has room for {limit}",
                    "departments",
                    at,
                    kind,
                )

    def _users(self, department: Department, at: int) -> None:
        seen: set[str] = set()
        for n, user in enumerate(department.users):
            here: tuple[str | int, ...] = ("departments", at, "users", n, "name")
            if not _USER.match(user.name):
                self._add(
                    f"user name '{user.name}' is not allowed; use letters, digits, '_' and '-'",
                    *here,
                )
            if user.name.lower() in RESERVED_USERS:
                self._add(
                    f"'{user.name}' is always there and needs no line; choose another name", *here
                )
            if user.name in seen:
                self._add(f"{department.name} has two users '{user.name}'; rename one", *here)
            seen.add(user.name)

    def _ordering(self) -> None:
        if not any(orderers_of(department) for department in self._written.departments):
            self._add(
                "no department runs an orderer; write `orderers: 1` in at least one", "departments"
            )

    def _chaincodes(self) -> None:
        chaincodes = self._written.chaincodes
        seen: set[str] = set()
        for at, chaincode in enumerate(chaincodes):
            here: tuple[str | int, ...] = ("chaincodes", at)
            name = chaincode.name
            if name.lower() in RESERVED_CHAINCODES:
                self._add(f"'{name}' is a chaincode of Fabric's own; rename yours", *here, "name")
            elif not _CHAINCODE.match(name):
                self._add(
                    f"chaincode name '{name}' is not allowed; use letters, digits, single '-' "
                    "and '_' between them",
                    *here,
                    "name",
                )
            if name in seen:
                self._add(f"two chaincodes '{name}'; rename one", *here, "name")
            seen.add(name)
            if not _CONTRACT.match(chaincode.contract):
                self._add(
                    f"'{chaincode.contract}' names no class; write package.module:Class",
                    *here,
                    "contract",
                )
            self._endorsement(chaincode, at)
            self._collections(chaincode, at)
        if len(chaincodes) > topology.MAX_CHAINCODES:
            self._add(
                f"{len(chaincodes)} chaincodes; the port layout has room for "
                f"{topology.MAX_CHAINCODES}",
                "chaincodes",
            )

    def _endorsement(self, chaincode: Chaincode, at: int) -> None:
        here: tuple[str | int, ...] = ("chaincodes", at)
        if (chaincode.authority is None) == (chaincode.policy is None):
            self._add(
                f"chaincode '{chaincode.name}' needs `authority` or `policy`, one of them", *here
            )
        if chaincode.authority is not None:
            self._known_department(chaincode.authority, *here, "authority")
        if chaincode.policy is not None:
            self._policy(chaincode.policy, *here, "policy")

    def _collections(self, chaincode: Chaincode, at: int) -> None:
        seen: set[str] = set()
        for n, collection in enumerate(chaincode.collections):
            here: tuple[str | int, ...] = ("chaincodes", at, "collections", n)
            name = collection.name
            if not _COLLECTION.match(name):
                self._add(
                    f"collection name '{name}' is not allowed; use letters, digits, '-' and '_', "
                    "no '_' first",
                    *here,
                    "name",
                )
            for full in self._full_names(collection):
                if full in seen and len(set(self._mspids)) == len(self._mspids):
                    self._add(f"two collections '{full}' in {chaincode.name}; rename one", *here)
                seen.add(full)
            self._collection_members(collection, here)
            if collection.policy is not None:
                self._policy(collection.policy, *here, "policy")

    def _full_names(self, collection: Collection) -> list[str]:
        if collection.each is None:
            return [collection.name]
        return [f"{collection.name}_{mspid}" for mspid in self._mspids]

    def _collection_members(self, collection: Collection, here: tuple[str | int, ...]) -> None:
        if collection.each is not None:
            if collection.members:
                self._add("`each` says who the members are; drop `members`", *here, "members")
        elif not collection.members:
            self._add(
                f"collection '{collection.name}' has no member; write `members` or `each`", *here
            )
        for n, member in enumerate(collection.members):
            self._known_department(member, *here, "members", n)
        if collection.maximum is not None and collection.maximum < collection.required:
            self._add(
                f"maximum {collection.maximum} is less than required {collection.required}; "
                "raise it",
                *here,
                "maximum",
            )

    def _known_department(self, name: str, *path: str | int) -> None:
        if name not in self._names and self._all_read:
            self._add(f"no department '{name}'{did_you_mean(name, self._names)}", *path)

    def _policy(self, text: str, *path: str | int) -> None:
        try:
            rule = parse_policy(text)
        except PolicyError as error:
            self._add(f"policy not understood: {error}", *path)
            return
        for principal in principals(rule):
            if principal.mspid not in self._mspids:
                if not self._all_read:
                    continue
                hint = did_you_mean(principal.mspid, self._mspids)
                self._add(f"policy names nobody: no MSP '{principal.mspid}'{hint}", *path)
            elif principal.role != "peer":
                self._add(
                    f"policy names {principal}, whom any holder of such a key satisfies; "
                    f"write '{principal.mspid}.peer'",
                    *path,
                )

    def _unique(self, what: str, values: Iterable[str], field: str) -> None:
        seen: dict[str, int] = {}
        for at, value in enumerate(values):
            if value in seen:
                first = self._lines.at("departments", seen[value], field)
                self._add(
                    f"two departments with {what} '{value}', the first on line {first}; change one",
                    "departments",
                    at,
                    field,
                )
            seen.setdefault(value, at)

    def _ports(self) -> None:
        """Two uses of one port; a port that is too high for the layout."""
        taken: dict[int, str] = {}
        planned = topology.plan(self._written)
        for at, member in enumerate(planned.members):
            own = () if member.ca is None else (member.ca,)
            for node in (*own, *member.nodes, member.chaincode):
                for use, port in node.ports.items():
                    label = f"{node.id}'s {use} port"
                    where = self._port_line(at, node, use)
                    if port > 65535:
                        self._faults.add(where, f"{label} would be {port}; lower base_port")
                    elif port in taken:
                        self._faults.add(
                            where, f"port {port} is {taken[port]} and {label}; change one"
                        )
                    taken.setdefault(port, label)

    def _port_line(self, at: int, node: topology.Node, use: str) -> int:
        department = self._written.departments[at]
        if node.kind == "ca":
            return self._lines.at("departments", at, "ca_ports", use)
        if node.kind == "chaincode":
            return self._lines.at("departments", at, "chaincode_ports", use)
        by_kind: dict[str, tuple[str, Callable[[Department], list[str]]]] = {
            "peer": ("peers", lambda written: [peer.name for peer in peers_of(written)]),
            "orderer": ("orderers", lambda written: [each.name for each in orderers_of(written)]),
        }
        kind, names = by_kind[node.kind]
        n = names(department).index(node.name)
        return self._lines.at("departments", at, kind, n, "ports", use)
