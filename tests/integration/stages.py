"""A network of two departments with the contracts of tests/conformance/scenarios.py on it."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import weftwork
from tests.conformance import scenarios
from weftwork.ledger import Transaction
from weftwork_network.releases import data_folder
from weftwork_network.testing import FabricNetwork

ANY = "OR('LogisticsMSP.peer', 'EnergyMSP.peer')"

CHAINCODES = {
    "keys": "Keys",
    "others": "Keys",
    "simple": "Simple",
    "extended": "Extended",
    "things": "Things",
    "faults": "Faults",
}
"""The class behind each chaincode."""


class Stage:
    """The running network, as a user of Logistics sees it."""

    def __init__(self, network: FabricNetwork) -> None:
        self.network = network
        self._channel = network.connect("Logistics", user="clerk").network(network.channel)

    def contract(self, name: str) -> weftwork.Contract:
        """A chaincode."""
        return self._channel.contract(name)

    def newest(self) -> Transaction:
        """The last transaction of the chain."""
        return self._channel.block(self._channel.info().height - 1).transactions[-1]


def staged(folder: Path) -> Iterator[Stage]:
    """Starts it and ends it."""
    for file in ("network.yaml", "configtx.yaml"):
        shutil.copy(data_folder() / file, folder / file)
    shutil.copy(scenarios.__file__, folder / "scenarios.py")
    collection: dict[str, Any] = {
        "name": scenarios.COLLECTION,
        "members": ["Logistics", "Energy"],
        "required": 0,
    }
    with contextlib.ExitStack() as opened:
        network = opened.enter_context(
            FabricNetwork(
                backend="process",
                project=folder,
                departments=[
                    {
                        "name": "Logistics",
                        "orderers": 1,
                        "users": [{"name": "clerk", "attributes": {"role": "clerk"}}],
                    },
                    {"name": "Energy"},
                ],
                contracts=[
                    {
                        "name": name,
                        "contract": f"scenarios:{contract}",
                        "policy": ANY,
                        "collections": [collection],
                    }
                    for name, contract in CHAINCODES.items()
                ],
                ordering="raft",
                max_message_count=1,
            )
        )
        yield Stage(network)
