"""One process that serves contracts to peers: a listener or a call each, one event loop."""

import asyncio
import functools
import gc
import importlib
import logging
import os
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import cast

from weftwork_chaincode.config import ChaincodeConfig, Settings, split_address
from weftwork_chaincode.contract import Contract
from weftwork_chaincode.dialing import PeerDialer
from weftwork_chaincode.digest import code_digest
from weftwork_chaincode.dispatch import Dispatcher
from weftwork_chaincode.errors import ConfigError
from weftwork_chaincode.h2_transport import H2Listener
from weftwork_chaincode.meter import Meter
from weftwork_chaincode.observing import operations_endpoint
from weftwork_chaincode.session import Handler, Session
from weftwork_chaincode.signals import handling
from weftwork_chaincode.transport import Connection, Listener
from weftwork_chaincode.version import Versioned

_log = logging.getLogger("weftwork_chaincode")

MAKES_WAY = "SIGUSR1: makes way"
"""A line of the ready file: the process takes SIGUSR1 for :meth:`Server.make_way`."""


class Service:
    """One chaincode: its listener, and a session for each peer; or its call to its one peer."""

    def __init__(
        self,
        config: ChaincodeConfig,
        handler: Handler,
        settings: Settings,
        meter: Meter | None = None,
    ) -> None:
        self.config = config
        self.meter: Meter = meter or Meter()
        self._handler = handler
        self._time_limit = settings.server.execute_seconds
        self._sessions: set[Session] = set()
        self._dialer: PeerDialer | None = None
        self._bound: os.stat_result | None = None
        tls = settings.tls
        if not config.peer_address:
            context = tls.context() if tls is not None else None
            host, port = split_address(config.address)
            self.listener: Listener = H2Listener(self._accept, host, port, context)
            return
        context = tls.client_context() if tls is not None else None
        name = tls.server_name if tls is not None else None
        host, port = split_address(config.peer_address)
        self._dialer = PeerDialer(self._accept, host, port, context, name)
        self.listener = self._dialer

    def _accept(self, connection: Connection) -> Session:
        session = Session(
            connection,
            self.config.package_id,
            self._handler,
            self.meter,
            chaincode=self.config.name,
            time_limit=self._time_limit,
        )
        self._sessions.add(session)
        session.on_lost(self._sessions.discard)
        return session

    async def start(self) -> str:
        """Binds, or calls the peer; what it has done, for the log. ConfigError says why not."""
        where = self.config
        try:
            await self.listener.start()
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
            doing = (
                f"call peer {where.peer_address}" if self._dialer else f"listen on {where.address}"
            )
            raise ConfigError(f"{where.shown}: cannot {doing}: {why}") from error
        except ConfigError as error:
            raise ConfigError(f"{where.shown}: {error}") from error
        self._bound = _at(where.address)
        verb = "calls peer" if self._dialer else "listens on"
        return f"{where.shown} {verb} {self.listener.address}"

    async def gone(self) -> str:
        """Waits until the peer that was called has ended the stream; for ever where one listens."""
        if self._dialer is None:
            await asyncio.Event().wait()
            return ""
        return f"{self.config.shown}: {await self._dialer.gone()}"

    async def make_way(self, timeout: float) -> None:
        """Ends the streams that peers have open, where another has taken its Unix socket's place.

        They call that one then; whoever puts the socket back has it served here again.
        """
        there = _at(self.config.address)
        if self._bound is None or (there is not None and os.path.samestat(there, self._bound)):
            return
        await asyncio.gather(*(session.drain(timeout) for session in list(self._sessions)))

    async def stop(self, timeout: float) -> bool:
        """Takes nothing new, lets transactions end, closes; False where some were cut off."""
        self.listener.stop_accepting()
        ended = await asyncio.gather(*(session.drain(timeout) for session in self._sessions))
        await self.listener.close()
        return all(ended)


class Server:
    """Every chaincode of one configuration.

    ``await server.start()``, then ``await server.stop()``; or ``await server.run()`` until
    SIGTERM or SIGINT.
    """

    def __init__(self, settings: Settings, contracts: Sequence[Contract] = ()) -> None:
        """A server, not yet started.

        Args:
            settings: what it serves, and where.
            contracts: those of its one chaincode, made already; by default those that the
                configuration names are imported.
        """
        self._settings = settings
        self._services = [
            _service(each, settings, contracts) for each in settings.server.chaincodes
        ]
        self._unwell: dict[str, str] = {"chaincodes": "they do not listen yet"}
        self._operations = operations_endpoint(
            settings, [(each.config, each.meter) for each in self._services], lambda: self._unwell
        )

    @property
    def addresses(self) -> dict[str, str]:
        """Chaincode name → ``host:port`` as bound, or of the peer that is called."""
        return {service.config.shown: service.listener.address for service in self._services}

    @property
    def operations_address(self) -> str | None:
        """``host:port`` of the operations endpoint as bound; None where there is none."""
        return self._operations.address if self._operations is not None else None

    async def start(self) -> None:
        """Binds every address, then writes the ready file; ConfigError names one that is taken."""
        await self._start_operations()
        started: list[Service] = []
        security = "TLS" if self._settings.tls is not None else "PLAINTEXT"
        for service in self._services:
            try:
                done = await service.start()
            except ConfigError:
                for other in started:
                    await other.listener.close()
                await self._stop_operations()
                raise
            started.append(service)
            _log.info("%s (%s)", done, security)
        self._unwell = {}
        if self._settings.server.ready_file:
            _write_whole(Path(self._settings.server.ready_file), f"{os.getpid()}\n{MAKES_WAY}\n")

    async def stop(self) -> bool:
        """Drains and closes everything; False where transactions had to be cut off."""
        if self._settings.server.ready_file:
            _remove(Path(self._settings.server.ready_file))
        self._unwell = {"chaincodes": "they are being stopped"}
        timeout = self._settings.server.drain_seconds
        ended = await asyncio.gather(*(service.stop(timeout) for service in self._services))
        await self._stop_operations()
        return all(ended)

    async def make_way(self) -> None:
        """Ends the streams of chaincodes whose Unix socket another process has taken since."""
        timeout = self._settings.server.drain_seconds
        await asyncio.gather(*(service.make_way(timeout) for service in self._services))

    async def gone(self) -> str:
        """Waits until a peer that was called has ended its stream; which chaincode's, and why."""
        return str(await _first(*(service.gone() for service in self._services)))

    async def _start_operations(self) -> None:
        if self._operations is None:
            return
        try:
            await self._operations.start()
        except OSError as error:
            raise ConfigError(
                f"operations: cannot listen on {self._operations.address}: "
                f"{os.strerror(error.errno) if error.errno else error}"
            ) from error
        _log.info("operations endpoint on %s", self._operations.address)

    async def _stop_operations(self) -> None:
        if self._operations is not None:
            await self._operations.close()

    async def run(self) -> bool:
        """Serves until SIGTERM or SIGINT, then drains; what :meth:`stop` returns.

        It ends too, with False, when a peer that it has called ends the stream.
        """
        stopping = asyncio.Event()
        making: set[asyncio.Task[None]] = set()  # the loop itself keeps no hold of a task
        signals = {
            "SIGTERM": stopping.set,
            "SIGINT": stopping.set,
            "SIGUSR1": lambda: making.add(asyncio.ensure_future(self.make_way())),
        }
        with handling(signals):
            await _first(self.start(), stopping.wait())
            if stopping.is_set():
                return await self.stop()
            gone = await _first(stopping.wait(), self.gone())
            if isinstance(gone, str):
                _log.error("%s", gone)
            _log.info("stopping")
            return await self.stop() and not isinstance(gone, str)


async def _first(*waiting: Coroutine[None, None, object]) -> object:
    """The result of what ends first; the others are cancelled."""
    tasks = [asyncio.ensure_future(each) for each in waiting]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(task.result() for task in tasks if task.done())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _service(chaincode: ChaincodeConfig, settings: Settings, given: Sequence[Contract]) -> Service:
    contracts = list(given) or load_contracts(chaincode, settings)
    approved = chaincode.code_sha256 if not settings.server.dev else None
    digest = functools.cache(lambda: approved or code_digest(chaincode.code))
    dispatcher = Dispatcher(contracts, title=chaincode.name)
    handler = Versioned(dispatcher, chaincode.code, digest)
    return Service(chaincode, handler, settings, Meter(dispatcher.functions))


def load_contracts(chaincode: ChaincodeConfig, settings: Settings) -> list[Contract]:
    """Imports a chaincode's contracts and makes an instance of each.

    Where the configuration names the approved code's digest and this code has another, it is
    refused, except for development.

    Raises:
        ConfigError: one of them cannot be served; the text says why.
    """
    if chaincode.code_sha256 and not settings.server.dev:
        packages = {each.partition(":")[0].partition(".")[0] for each in chaincode.classes}
        if len(packages) > 1:
            raise ConfigError(
                f"{chaincode.shown}: contracts of {' and '.join(sorted(packages))}: what a "
                "department approves is one package"
            )
        found = code_digest(chaincode.code)
        if found != chaincode.code_sha256:
            raise ConfigError(
                f"{chaincode.shown}: {chaincode.code}: this code has digest {found[:16]}…, "
                f"approved is {chaincode.code_sha256[:16]}…: install and approve its package, or "
                "say dev: true"
            )
    return [
        contract
        for each in chaincode.classes
        for contract in _loaded(f"{chaincode.shown}: {each}", each)
    ]


def _loaded(where: str, contract: str) -> list[Contract]:
    """The instances that one name stands for: a class, or a list of classes of its module."""
    module_name, _, class_name = contract.partition(":")
    try:
        found: object = getattr(importlib.import_module(module_name), class_name, None)
    except Exception as error:  # whatever a module raises at import, one line says so
        raise ConfigError(f"{where}: {type(error).__name__}: {error}") from error
    listed = cast("list[object]", list(found)) if isinstance(found, list | tuple) else [found]  # pyright: ignore[reportUnknownArgumentType]
    made: list[Contract] = []
    for each in listed:
        if not (isinstance(each, type) and issubclass(each, Contract)):
            raise ConfigError(f"{where}: {class_name} is no Contract in {module_name}")
        made.append(each())
    return made


def run(settings: Settings, contracts: Sequence[Contract] = ()) -> int:
    """Runs a server to its end.

    Args:
        settings: what it serves, and where.
        contracts: as :class:`Server` takes them.

    Returns:
        The process's exit status: 2 for what cannot be served, 1 where transactions were cut off
        or the peer that was called has ended the stream.
    """
    try:
        server = Server(settings, contracts)
        with asyncio.Runner() as runner:
            _collect_seldom()
            return 0 if _run_to_the_end(runner.get_loop(), server) else 1
    except ConfigError as error:
        print(f"weftwork_chaincode: {error}", file=sys.stderr)
        return 2


def _collect_seldom() -> None:
    """Has Python look for unreachable cycles less often: what was imported makes none.

    Transactions are freed by their counts. Measured against the defaults: 4 to 10 % less CPU a
    transaction, a fifth less for 10,000 puts.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _run_to_the_end(loop: asyncio.AbstractEventLoop, server: Server) -> bool:
    main = loop.create_task(server.run())
    while not main.done():
        try:
            loop.run_until_complete(main)
        except (SystemExit, KeyboardInterrupt) as error:
            # raised in a task that a contract started itself: asyncio lets it fall through the
            # loop, but it must not end the server for everybody (signals have their own handlers)
            if main.done():
                raise
            _log.error("%s in a task of a contract's own: going on", type(error).__name__)
    return main.result()


def _at(address: str) -> os.stat_result | None:
    """The socket at a path; None where there is none, or the address is a port's."""
    if not address.startswith("unix:"):
        return None
    try:
        return os.stat(address.removeprefix("unix:"))
    except OSError:
        return None


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _write_whole(path: Path, text: str) -> None:
    # a reader must never see half of it
    partial = path.with_name(path.name + ".part")
    partial.write_text(text)
    partial.replace(path)
