"""One chaincode's working tree served on a running network, anew after each change."""

import contextlib
import queue
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from weftwork_network.backend import Backend
from weftwork_network.beside import wait_listening
from weftwork_network.chaincode_servers import server_config, server_environment, socket_path
from weftwork_network.claims import SPARE, Claim, claimed
from weftwork_network.develop.approved import make_way
from weftwork_network.develop.servers import DevelopmentServer, Report
from weftwork_network.develop.watching import Watch, code_roots
from weftwork_network.develop.words import Words
from weftwork_network.errors import LockedError, NetworkError
from weftwork_network.faults import shown
from weftwork_network.network import Network
from weftwork_network.running import run, uninterrupted
from weftwork_network.selection import running_backend, working
from weftwork_network.serving import Service, read_serving
from weftwork_network.state import write_json
from weftwork_network.topology import Chaincode, Member, Node

_POLL = 0.03
# The next process is made warm once the one before has its first transactions behind it.
_WARM_AFTER = 0.1
_FOLLOW_EVERY = 1.0
_SLOW = 10.0
_END_TIMEOUT = 12.0
# Lines of its log that tell of the server and not of the contract.
_OF_THE_SERVER = (" registered with peer ", " listens on ", " INFO stopping")


@dataclass(frozen=True)
class Place:
    """Where a development server stands in: a chaincode node, and the package it is asked for."""

    member: Member
    node: Node
    service: Service


@dataclass
class _Attempt:
    """Code that is being loaded, beside what serves."""

    servers: list[DevelopmentServer]
    begun: float
    why: str
    told: bool = False


class Development:
    """The loop: `run` until it is interrupted.

    Args:
        network: the network, which is up and has the chaincode.
        name: the chaincode.
        words: what the developer reads.
        debug: the port where a debugger is waited for; None: for none.
        debugged: the department whose process waits for it; the first that runs the chaincode.
    """

    def __init__(
        self,
        network: Network,
        name: str,
        words: Words,
        *,
        debug: int | None = None,
        debugged: str | None = None,
    ) -> None:
        self._network = network
        self._state = network.state
        self._backend = running_backend(network)
        self._chaincode = _known(network, name)
        self._folder = (network.project.folder / self._chaincode.folder).resolve()
        self._words = words
        self._watch = Watch(code_roots(self._chaincode.contract, self._folder))
        self._places = self._found_places()
        self._command = f"weftwork chaincode dev {name}"
        self._debug = debug
        self._debugged = debugged or self._places[0].member.name
        self._reports: queue.Queue[Report] = queue.Queue()
        self._serving: list[DevelopmentServer] = []
        self._warm: list[DevelopmentServer] = []
        self._attempt: _Attempt | None = None
        self._warm_at = 0.0
        self._number = 0
        self._aside = False

    def run(self) -> None:
        """Serves the code of now and of each change, until KeyboardInterrupt.

        Raises:
            LockedError: it is developed by another command already.
            NetworkError: the network is gone.
        """
        with claimed(self._state, self._chaincode.name) as claim:
            try:
                self._backend.strays()  # what a killed development left is put back
                self._start(f"watching {self._watched()}")
                self._loop(claim)
            except KeyboardInterrupt:
                pass
            finally:
                with uninterrupted():
                    self._end()

    def _loop(self, claim: Claim) -> None:
        followed = time.monotonic()
        while True:
            # Whatever the code prints meanwhile, its files are looked at in time.
            until = time.monotonic() + _POLL
            while (left := until - time.monotonic()) > 0:
                with contextlib.suppress(queue.Empty):
                    self._take(self._reports.get(timeout=left), claim)
            changed = self._watch.changed()
            if changed:
                more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
                self._start(f"{shown(Path(changed[0]))}{more} changed")
            now = time.monotonic()
            if self._warm_at and now > self._warm_at:
                self._warm_at = 0.0
                self._warm = [self._new(place) for place in self._places]
            attempt = self._attempt
            if attempt is not None and not attempt.told and now - attempt.begun > _SLOW:
                attempt.told = True
                self._words.wrong(f"{attempt.why}: loading for {_SLOW:.0f} s already")
            if now - followed > _FOLLOW_EVERY:
                followed = now
                self._follow(claim)

    def _start(self, why: str) -> None:
        """Begins to load the code of now; what serves goes on."""
        self._drop_attempt()
        servers = [each for each in self._warm if each.alive]
        if len(servers) != len(self._places):
            _kill(self._warm)
            servers = [self._new(place) for place in self._places]
        self._warm, self._warm_at = [], 0.0
        self._attempt = _Attempt(servers, time.monotonic(), why)
        self._number += 1
        for server, place in zip(servers, self._places, strict=True):
            debugged = place.member.name == self._debugged
            server.order(
                self._write_config(place),
                self._folder,
                [self._socket(place)],
                self._debug if debugged else None,
            )

    def _take(self, report: Report, claim: Claim) -> None:
        server, attempt = report.server, self._attempt
        trying = attempt is not None and server in attempt.servers
        if report.line is not None:
            # Every department's process says much the same: one is shown, the logs have them all.
            shows = self._debugged == server.node.department and server in self._serving
            if shows and not any(word in report.line for word in _OF_THE_SERVER):
                self._words.logged(server.node.department, report.line)
        elif "failed" in report.fields and trying:
            self._failed(report)
        elif report.ended and trying:
            self._words.wrong("the code ended its process while it was imported")
            self._keep_old()
        elif report.ended and server in self._serving:
            self._serving.remove(server)
            self._words.wrong(f"{server.node.id}: the code ended its process; starting it again")
            self._start(f"{server.node.id} ended")
        elif attempt is not None and trying:
            self._came_further(server, attempt, report, claim)
        if "waits" in report.fields:
            port = report.fields["waits"]
            self._words.say(f"{server.node.department} waits for a debugger at 127.0.0.1:{port}")
        if "undebugged" in report.fields:
            self._words.wrong(f"no debugger: {report.fields['undebugged']}")

    def _came_further(
        self, server: DevelopmentServer, attempt: _Attempt, report: Report, claim: Claim
    ) -> None:
        server.loaded |= "loaded" in report.fields
        server.serves |= "serves" in report.fields
        if "loaded" in report.fields and all(each.loaded for each in attempt.servers):
            claim.hold(place.service.package_id for place in self._places)
            for each in attempt.servers:
                each.serve()
        if "serves" in report.fields and all(each.serves for each in attempt.servers):
            self._swap(attempt)

    def _swap(self, attempt: _Attempt) -> None:
        """What serves now takes the place of what served before."""
        before, self._serving, self._attempt = self._serving, attempt.servers, None
        for server in before:
            server.end()
        if not self._aside:
            self._move_aside()
        count = len({place.member.name for place in self._places})
        departments = f"{count} department{'' if count == 1 else 's'}"
        took = time.monotonic() - attempt.begun
        self._words.say(f"{attempt.why}: served by {departments} after {took:.2f} s")
        self._warm_at = time.monotonic() + _WARM_AFTER

    def _failed(self, report: Report) -> None:
        self._words.failure(report.fields["failed"])
        self._keep_old()

    def _keep_old(self) -> None:
        self._drop_attempt()
        what = "what was served before" if self._serving else "what was approved"
        self._words.say(f"{what} goes on being served; watching")
        self._warm_at = time.monotonic()

    def _drop_attempt(self) -> None:
        if self._attempt is not None:
            _kill(self._attempt.servers)
            self._attempt = None
            for place in self._places:
                new, _, _ = self._socket(place)
                (self._state.node(place.node) / new).unlink(missing_ok=True)

    def _move_aside(self) -> None:
        """The approved code lets its peers go: they call this one from now on."""
        self._aside = True
        told = [make_way(self._state, p.member, p.node, p.service) for p in self._places]
        if not all(told):
            self._listen_beside()

    def _listen_beside(self) -> None:
        """The approved code, of a runtime that cannot make way, is started anew beside."""
        nodes = [place.node for place in self._places]
        with working(self._network, self._command):
            self._backend.stop([node.id for node in nodes])
            self._backend.prepare(list({p.member.name: p.member for p in self._places}.values()))
            self._backend.start(nodes)
            run(lambda: wait_listening(self._backend, nodes))

    def _follow(self, claim: Claim) -> None:
        """A package deployed meanwhile is what peers ask for now: its place is taken, too."""
        if not self._state.created.exists():
            raise NetworkError("the network is gone: `weftwork network up` starts one")
        if self._attempt is not None:
            return
        if self._found_places() == self._places:
            return
        # Not while it is being deployed: what was begun may be taken back.
        with contextlib.suppress(LockedError), working(self._network, self._command):
            self._places, self._aside = self._found_places(), False
            _kill(self._warm)
            self._warm = []
            self._start("another package was deployed")

    def _found_places(self) -> list[Place]:
        name = self._chaincode.name
        found: list[Place] = []
        for member in self._network.topology.members:
            services = read_serving(self._state, member).of(name)
            if services:
                found += [Place(member, node, services[-1]) for node in member.chaincode_nodes]
        if not found:
            raise NetworkError(f"no department serves {name}: `weftwork network up` brings it up")
        return found

    def _new(self, place: Place) -> DevelopmentServer:
        return DevelopmentServer(
            place.node,
            self._state.node(place.node),
            # The debugger's own doubts about modules that come frozen with Python are not shown.
            {
                **server_environment(place.member.mspid, self._folder, None),
                "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            },
            self._state.log(place.node),
            self._reports,
        )

    def _socket(self, place: Place) -> tuple[str, str, str]:
        path = socket_path(place.service)
        return f"{path}.{self._number}", path, f"{path}{SPARE}"

    def _write_config(self, place: Place) -> Path:
        new, _, _ = self._socket(place)
        folder = self._dev_folder(place)
        content = server_config(
            place.member,
            [place.service],
            {place.service.name: self._chaincode.contract},
            address=lambda _: f"unix:{new}",
            tls=self._state.node(place.node) / "tls",
            ready=folder / "ready",
        )
        write_json(folder / "server.json", content)
        return folder / "server.json"

    def _dev_folder(self, place: Place) -> Path:
        return self._state.node(place.node) / "develop" / self._chaincode.name

    def _watched(self) -> str:
        return f"{self._chaincode.contract} in {shown(self._folder)}"

    def _end(self) -> None:
        """The approved code is what peers reach again."""
        self._drop_attempt()
        _kill(self._warm)
        for server in self._serving:
            server.end()
        for server in self._serving:
            server.wait(_END_TIMEOUT if self._debug is None else 0.5)
        for place in self._places:
            shutil.rmtree(self._dev_folder(place), ignore_errors=True)
        if self._serving:
            version = self._places[0].service.version
            self._words.say(f"the approved {self._chaincode.name} {version} is served again")


def _kill(servers: Sequence[DevelopmentServer]) -> None:
    for server in servers:
        server.kill()


def _known(network: Network, name: str) -> Chaincode:
    for chaincode in network.topology.chaincodes:
        if chaincode.name == name:
            return chaincode
    raise NetworkError(f"no chaincode '{name}'")


def check_can_develop(network: Network) -> Backend:
    """Whether this network's nodes can reach code that this machine serves.

    Raises:
        NetworkError: they cannot.
    """
    backend = running_backend(network)
    if backend.name != "processes":
        raise NetworkError(
            "dev serves this machine's working tree to nodes that are processes, and these are "
            "containers: use `weftwork chaincode deploy`, or BACKEND=process for a new network"
        )
    stopped = [n.id for n in network.topology.nodes if backend.running(n.id) is None]
    if stopped:
        raise NetworkError(f"{stopped[0]} does not run; first: weftwork network up")
    return backend
