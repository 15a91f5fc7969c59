"""The approved code while another is developed: its processes let their peers go, and go on."""

import signal

from weftwork_chaincode.server import MAKES_WAY
from weftwork_network import procfs
from weftwork_network.chaincode_servers import Unit, process_units, ready_file
from weftwork_network.processes import Processes
from weftwork_network.serving import Service, read_serving
from weftwork_network.state import State
from weftwork_network.topology import Member, Node


def make_way(state: State, member: Member, node: Node, service: Service) -> bool:
    """Has an approved process end the streams of sockets that others have taken.

    It serves everything else as before, without a pause.

    Args:
        state: the state.
        member: the department.
        node: its chaincode node.
        service: the package whose socket was taken.

    Returns:
        Whether it can: a process of an earlier runtime cannot.
    """
    for unit in process_units(node, read_serving(state, member)):
        if service in unit.services:
            return _told(state, unit)
    return False


def _told(state: State, unit: Unit) -> bool:
    record = Processes(state).running(unit.id)
    try:
        able = MAKES_WAY in ready_file(state, unit).read_text().splitlines()
    except OSError:
        able = False
    if record is None or not able:
        return False
    procfs.send_signal(record.pid, record.birth, signal.SIGUSR1)
    return True
