"""A network with one small chaincode, whose code, policy and collections tests change."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

import weftwork
from tests.integration.ports import OWN_PORT
from weftwork_network import Network
from weftwork_network.chaincodes import Chaincodes
from weftwork_network.versions import DepartmentVersion, read_versions

BOTH = "AND('EnergyMSP.peer', 'CivicMSP.peer')"
CODE = """\
from weftwork_chaincode import Context, Contract, evaluate, submit


class Parcels(Contract, name="parcels"):
    @submit
    async def put(self, ctx: Context, id: str) -> str:
        await ctx.stub.put_state(id, b"here")
        return WORD

    @submit
    async def hide(self, ctx: Context, id: str) -> None:
        await ctx.stub.put_private("hidden", id, b"hidden")

    @evaluate
    async def word(self, ctx: Context) -> str:
        return WORD


WORD = "{word}"
"""


class Site:
    """The network of these tests, and what they change of it."""

    def __init__(self, folder: Path, backend: str | None = None) -> None:
        network = Network.create(folder, base_port=OWN_PORT, backend=backend)
        self.folder = network.project.folder
        self._backend = backend
        self.collections: list[dict[str, object]] = []
        self._file = network.project.network_file
        self.write("first")
        self.define()

    @property
    def network(self) -> Network:
        """The network as the files are now."""
        return Network.open(self.folder, backend=self._backend)

    @property
    def chaincodes(self) -> Chaincodes:
        return Chaincodes(self.network)

    def write(self, word: str) -> None:
        (self.folder / "parcels.py").write_text(CODE.format(word=word))

    def define(self, policy: str = BOTH) -> None:
        definition = yaml.safe_load(self._file.read_text())
        parcels = {"name": "parcels", "contract": "parcels:Parcels", "policy": policy}
        definition["chaincodes"] = [parcels | {"collections": self.collections}]
        self._file.write_text(yaml.safe_dump(definition, sort_keys=False))

    @contextlib.contextmanager
    def contract(self, department: str = "Energy") -> Iterator[weftwork.Contract]:
        network = self.network
        with weftwork.connect(network.profile(department), user="admin") as gateway:
            yield gateway.network(network.channel).contract("parcels")

    def versions(self) -> dict[str, DepartmentVersion]:
        return {each.department: each for each in read_versions(self.network, ["parcels"])}


@dataclass
class Stream:
    """What came of a steady stream of submits."""

    words: list[str] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)


@contextlib.contextmanager
def submitting(site: Site, *departments: str) -> Iterator[Stream]:
    """Submits one after the other as each of some departments, as long as the body runs."""
    stop, stream = threading.Event(), Stream()

    def submit(department: str) -> None:
        with site.contract(department) as contract:
            number = 0
            while not stop.is_set():
                number += 1
                try:
                    word = contract.submit("put", f"{department}-{number}", returns=str)
                    stream.words.append(word)
                except weftwork.WeftworkError as error:
                    stream.failures.append(error)

    threads = [threading.Thread(target=submit, args=(name,)) for name in departments]
    for thread in threads:
        thread.start()
    try:
        yield stream
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@contextlib.contextmanager
def keys_of_no_other(network: Network, department: str) -> Iterator[None]:
    """Every other department's keys are away; its nodes go on with what they have read."""
    away: list[Path] = []
    for folder in network.state.departments.iterdir():
        if folder.name != department.lower():
            keys = [folder / name for name in ("users", "wallet", "ca", "operator")]
            keys += [*folder.glob("profile*"), *folder.glob("nodes/*/msp")]
            keys += [*folder.glob("nodes/*/tls"), *folder.glob("nodes/*/operations")]
            away += [path for path in keys if path.exists()]
    for path in away:
        path.rename(path.with_name(f"{path.name}.away"))
    try:
        yield
    finally:
        for path in away:
            path.with_name(f"{path.name}.away").rename(path)
