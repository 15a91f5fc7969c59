"""Who orders, as configtx.yaml names them under either ordering: held against network.yaml.

Raft names its consenters in EtcdRaft, BFT in ConsenterMapping beside SmartBFT's options.
"""

from pathlib import Path
from typing import Any, cast

from weftwork_network.faults import Faults, shown
from weftwork_network.marks import Marked
from weftwork_network.project import Project
from weftwork_network.smartbft import TUNED, check_options
from weftwork_network.state import State
from weftwork_network.topology import HOST, Channel, Node

ORDERER_TYPES = {"raft": "etcdraft", "bft": "BFT"}


def check_consenters(
    project: Project, state: State, channel: Channel, orderer: Marked, faults: Faults
) -> None:
    """Adds what a profile's Orderer says of the ordering otherwise than the definition."""
    _Consenters(project, state, channel, orderer, faults).check()


def complete_consenters(
    project: Project, state: State, channel: Channel, orderer: dict[str, Any]
) -> list[str]:
    """Gives a profile's Orderer every consenter and option, paths absolute, nothing of the other.

    Returns:
        What was added, a line each.
    """
    ordering = project.topology.ordering
    orderer["OrdererType"] = ORDERER_TYPES[ordering]
    if ordering == "raft":
        for foreign in ("ConsenterMapping", "SmartBFT"):
            orderer.pop(foreign, None)
        raft: dict[str, Any] = dict(orderer.get("EtcdRaft") or {})
        raft["Consenters"], added = _completed(state, channel, raft.get("Consenters"))
        orderer["EtcdRaft"] = raft
        return added
    orderer.pop("EtcdRaft", None)
    mapping, added = _completed(state, channel, orderer.get("ConsenterMapping"))
    taken = {consenter["ID"] for consenter in mapping if "ID" in consenter}
    free = (number for number in range(1, len(mapping) + len(taken) + 1) if number not in taken)
    for consenter, node in zip(mapping, _nodes(channel, mapping), strict=True):
        if "ID" not in consenter:
            consenter["ID"] = next(free)
        consenter["MSPID"] = _mspid(project, node)
        consenter["Identity"] = str(identity_certificate(state, node))
    orderer["ConsenterMapping"] = mapping
    options = cast(dict[str, Any], orderer.get("SmartBFT") or {})
    added += [f"SmartBFT {name}: {value}" for name, value in TUNED.items() if name not in options]
    orderer["SmartBFT"] = TUNED | options
    return added


def identity_certificate(state: State, node: Node) -> Path:
    """The certificate that an orderer signs blocks with."""
    return state.node(node) / "msp" / "signcerts" / "cert.pem"


def tls_certificate(state: State, node: Node) -> Path:
    """The certificate that orderers know each other by."""
    return state.node(node) / "tls" / "server.crt"


def _completed(
    state: State, channel: Channel, listed: object
) -> tuple[list[dict[str, Any]], list[str]]:
    consenters = [dict(each) for each in cast(list[dict[str, Any]], listed or [])]
    written = {f"{each['Host']}:{each['Port']}": each for each in consenters}
    added: list[str] = []
    for node in channel.orderers:
        if node.address not in written:
            added.append(f"consenter {node.id}")
            written[node.address] = {"Host": HOST, "Port": node.ports["listen"]}
        certificate = str(tls_certificate(state, node))
        written[node.address]["ClientTLSCert"] = certificate
        written[node.address]["ServerTLSCert"] = certificate
    return list(written.values()), added


def _nodes(channel: Channel, consenters: list[dict[str, Any]]) -> list[Node]:
    by_address = {node.address: node for node in channel.orderers}
    return [by_address[f"{each['Host']}:{each['Port']}"] for each in consenters]


def _mspid(project: Project, node: Node) -> str:
    return project.topology.member(node.department).mspid


class _Consenters:
    """What a profile says of who orders, compared."""

    def __init__(
        self, project: Project, state: State, channel: Channel, orderer: Marked, faults: Faults
    ) -> None:
        self._project = project
        self._state = state
        self._orderer = orderer
        self._faults = faults
        self._bft = project.topology.ordering == "bft"
        self._orderers = {node.address: node for node in channel.orderers}

    def check(self) -> None:
        written = self._orderer.get("OrdererType")
        wanted = ORDERER_TYPES[self._project.topology.ordering]
        if written is not None and written.value != wanted:
            self._add(
                written,
                f"OrdererType {written.value} is not ordering: {self._project.topology.ordering}",
                f"; write {wanted}, or have the channel take another profile",
                "ordering",
            )
            return
        if not self._shapes():
            return
        seen: dict[str, Marked] = {}
        for consenter in self._listed():
            address = address_of(consenter)
            if address in seen:
                self._faults.add(consenter.line, f"two consenters at {address}; take one out")
                continue
            seen[address] = consenter
            node = self._orderers.get(address)
            if node is None:
                self._add(
                    consenter,
                    f"consenter {address} is no orderer",
                    f"; the orderers: {', '.join(sorted(self._orderers))}",
                    "departments",
                )
                continue
            self._certificates(consenter, node)
            if self._bft:
                self._msp(consenter, node)
        if self._bft:
            self._ids(list(seen.values()))
            options = self._orderer.get("SmartBFT")
            if options is not None:
                check_options(options, self._faults)

    def _listed(self) -> list[Marked]:
        if self._bft:
            found = self._orderer.get("ConsenterMapping")
        else:
            found = self._orderer.get("EtcdRaft", "Consenters")
        return found.items() if found is not None else []

    def _shapes(self) -> bool:
        """Whether what must be a list or a mapping is one, so that nothing stumbles over it."""
        before = len(self._faults.found)
        raft = self._orderer.get("EtcdRaft")
        if raft is not None and not isinstance(raft.value, dict):
            self._faults.add(raft.line, "EtcdRaft must be a mapping; write Consenters and Options")
        for path in (("EtcdRaft", "Consenters"), ("ConsenterMapping",)):
            found = self._orderer.get(*path)
            if found is not None and found.value is not None and not isinstance(found.value, list):
                self._faults.add(found.line, f"{path[-1]} must be a list; correct it")
        for consenter in self._listed():
            if not isinstance(consenter.value, dict):
                self._faults.add(
                    consenter.line, "a consenter must be a mapping; give it Host and Port"
                )
        return len(self._faults.found) == before

    def _certificates(self, consenter: Marked, node: Node) -> None:
        tls = tls_certificate(self._state, node)
        wanted = {"ClientTLSCert": tls, "ServerTLSCert": tls}
        if self._bft:
            wanted["Identity"] = identity_certificate(self._state, node)
        folder = self._project.configtx_file.parent
        for name, path in wanted.items():
            if (folder / consenter.text(name)).resolve() != path.resolve():
                self._add(
                    consenter.get(name) or consenter,
                    f"{name} of {node.id} is not where its certificate is made",
                    f"; write {_relative(path, folder)}",
                    *self._at(node),
                )

    def _msp(self, consenter: Marked, node: Node) -> None:
        mspid = _mspid(self._project, node)
        written = consenter.get("MSPID")
        if written is None or written.value != mspid:
            self._add(
                written or consenter,
                f"MSPID of consenter {node.id} is {written.value if written else 'not given'}",
                f"; write {mspid}",
                *self._at(node),
            )

    def _ids(self, consenters: list[Marked]) -> None:
        """Every consenter has a number of its own; SmartBFT takes none for zero."""
        seen: dict[int, int] = {}
        for consenter in consenters:
            number = consenter.get("ID")
            if number is None:
                self._faults.add(consenter.line, "a consenter has no ID; write 1, 2, 3, …")
            elif type(number.value) is not int or number.value < 1:
                self._faults.add(
                    number.line, f"a consenter's ID is '{number.value}'; write 1, 2, 3, …"
                )
            elif number.value in seen:
                self._faults.add(
                    number.line,
                    f"ID {number.value} is also the consenter's at line {seen[number.value]}; "
                    "give each its own",
                )
            else:
                seen[number.value] = number.line

    def _at(self, node: Node) -> tuple[str | int, ...]:
        members = self._project.topology.members
        at = [member.name for member in members].index(node.department)
        return ("departments", at, "orderers")

    def _add(self, where: Marked, problem: str, cure: str, *other: str | int) -> None:
        line = self._project.lines.at(*other)
        self._faults.add(
            where.line, f"{problem} ({shown(self._project.network_file)}:{line}){cure}"
        )


def address_of(node: Marked) -> str:
    """What a Host and a Port make; `?` for what is not there."""
    host, port = node.get("Host"), node.get("Port")
    return f"{host.value if host else '?'}:{port.value if port else '?'}"


def _relative(path: Path, folder: Path) -> str:
    try:
        return str(path.relative_to(folder))
    except ValueError:
        return str(path)
