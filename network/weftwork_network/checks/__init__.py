"""The rules a definition keeps beyond its types: names, shapes, ports, who is named where."""

from weftwork_network.checks.chaincodes import check_chaincodes, check_running
from weftwork_network.checks.channels import check_channels, check_ordering
from weftwork_network.checks.departments import check_departments
from weftwork_network.checks.outside import check_outside
from weftwork_network.checks.ports import check_ports
from weftwork_network.checks.review import Review
from weftwork_network.definition import Definition
from weftwork_network.faults import Faults
from weftwork_network.reading import Lines

__all__ = ["check"]


def check(written: Definition, lines: Lines, faults: Faults) -> None:
    """Adds every fault of a definition whose types are right."""
    review = Review(written, lines, faults)
    check_channels(review)
    check_departments(review)
    check_outside(review)
    sound = not faults.found
    if sound:
        check_ordering(review)
    check_chaincodes(review)
    # What binds several parts is asked only where each of them is right by itself.
    if not faults.found:
        check_running(review)
    if not faults.found:
        check_ports(review)
