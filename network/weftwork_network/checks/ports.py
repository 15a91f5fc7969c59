"""Rules of ports: none is used twice, none is beyond the last."""

from weftwork_network.checks.review import Review
from weftwork_network.definition import Department, OrderersByOrdering
from weftwork_network.planning import orderers_of, peers_of, plan
from weftwork_network.topology import Member, Node

_LAST = 65535


def check_ports(review: Review) -> None:
    """Every node of a definition that is sound so far has ports of its own."""
    taken: dict[int, str] = {}
    for at, member in enumerate(plan(review.written).members):
        for node in _listening(member):
            for use, port in node.ports.items():
                label = f"{node.id}'s {use} port"
                line = _line(review, at, node, use)
                if port > _LAST:
                    review.faults.add(line, f"{label} would be {port}; lower base_port")
                elif port in taken:
                    review.faults.add(line, f"port {port} is {taken[port]} and {label}; change one")
                taken.setdefault(port, label)


def _listening(member: Member) -> tuple[Node, ...]:
    own = () if member.ca is None else (member.ca,)
    return (*own, *member.nodes, *member.chaincode_nodes)


def _line(review: Review, at: int, node: Node, use: str) -> int:
    department = review.written.departments[at]
    return review.lines.at("departments", at, *_place(review, department, node), use)


def _place(review: Review, department: Department, node: Node) -> tuple[str | int, ...]:
    if node.kind == "ca":
        return ("ca_ports",)
    if node.kind == "chaincode":
        return ("name",)
    if node.kind == "peer":
        names = [peer.name for peer in peers_of(department)]
        return ("peers", names.index(node.name), "ports")
    ordering = review.written.ordering
    names = [orderer.name for orderer in orderers_of(department, ordering)]
    by_ordering = isinstance(department.orderers, OrderersByOrdering)
    return ("orderers", *([ordering] if by_ordering else []), names.index(node.name), "ports")
