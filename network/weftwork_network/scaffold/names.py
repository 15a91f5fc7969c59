"""Which names a new chaincode may have: one that is a chaincode's, a package's and a class's."""

import importlib.util
import keyword
import re
import sys
from collections.abc import Collection

from weftwork_network.checks.chaincodes import RESERVED_CHAINCODES
from weftwork_network.errors import NetworkError
from weftwork_network.faults import one_line

# A chaincode's name by Fabric (checks.chaincodes) that an import statement takes, too.
_NAME = re.compile(r"(?=.{1,63}\Z)[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
# Packages of this name would hide what the contract's own tests import or are given.
_OWN = frozenset({"conftest", "pytest", "request", "test", "tests"})
# Names that a new contract's modules use already.
_USED = frozenset(
    {"Bench", "Context", "Contract", "Forbidden", "Id", "Item", "Ledger", "Record", "Text"}
)


def check_name(name: str, taken: Collection[str] = ()) -> None:
    """Whether a new chaincode may be called so.

    Args:
        name: the name.
        taken: the chaincodes of the network that it is to join.

    Raises:
        NetworkError: in one line, why not.
    """
    told = one_line(repr(name))
    if not _NAME.match(name):
        raise NetworkError(
            f"{told} is no name for a chaincode: write up to 63 lower-case letters and digits, "
            "a letter first, single '_' between them, e.g. parcels"
        )
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise NetworkError(f"{told} is a word of Python's own: choose another name")
    if name in RESERVED_CHAINCODES:
        raise NetworkError(f"{told} is a chaincode of Fabric's own: choose another name")
    if name in taken:
        raise NetworkError(f"{told} is taken: network.yaml has a chaincode of that name")
    if name in _OWN or name in sys.stdlib_module_names or _installed(name):
        raise NetworkError(
            f"{told} is taken: a Python package of that name is here already, and one would hide "
            "the other"
        )


def class_name(name: str) -> str:
    """The name of a chaincode's class: `power_meter` is `PowerMeter`."""
    made = "".join(part.capitalize() for part in name.split("_"))
    return f"{made}Chaincode" if made in _USED else made


def _installed(name: str) -> bool:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return False
    # A folder without code is found as a package too: it hides nothing.
    return spec is not None and spec.origin is not None
