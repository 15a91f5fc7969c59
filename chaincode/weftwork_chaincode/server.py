"""One process that serves contracts to peers: a listener each, one event loop, a clean end."""

import asyncio
import functools
import importlib
import logging
import os
import signal
import sys
from pathlib import Path

from weftwork_chaincode.config import ChaincodeConfig, Settings, split_address
from weftwork_chaincode.contract import Contract
from weftwork_chaincode.digest import code_digest
from weftwork_chaincode.dispatch import Dispatcher
from weftwork_chaincode.errors import ConfigError
from weftwork_chaincode.h2_transport import H2Listener
from weftwork_chaincode.meter import Meter
from weftwork_chaincode.observing import operations_endpoint
from weftwork_chaincode.session import Handler, Session
from weftwork_chaincode.transport import Connection, Listener
from weftwork_chaincode.version import Versioned

_log = logging.getLogger("weftwork_chaincode")


class Service:
    """One chaincode: its listener, and a session for each peer that has connected."""

    def __init__(
        self,
        config: ChaincodeConfig,
        handler: Handler,
        settings: Settings,
        meter: Meter | None = None,
    ) -> None:
        self.config = config
        self.meter = meter or Meter()
        self._handler = handler
        self._sessions: set[Session] = set()
        host, port = split_address(config.address)
        tls = settings.tls.context() if settings.tls is not None else None
        self.listener: Listener = H2Listener(self._accept, host, port, tls)

    def _accept(self, connection: Connection) -> Session:
        session = Session(connection, self.config.package_id, self._handler, self.meter)
        self._sessions.add(session)
        session.on_lost(self._sessions.discard)
        return session

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

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._services = [_service(each, settings) for each in settings.server.chaincodes]
        self._unwell: dict[str, str] = {"chaincodes": "they do not listen yet"}
        self._operations = operations_endpoint(
            settings, [(each.config, each.meter) for each in self._services], lambda: self._unwell
        )

    @property
    def addresses(self) -> dict[str, str]:
        """Chaincode name → ``host:port`` as bound."""
        return {service.config.name: service.listener.address for service in self._services}

    @property
    def operations_address(self) -> str | None:
        """``host:port`` of the operations endpoint as bound; None where there is none."""
        return self._operations.address if self._operations is not None else None

    async def start(self) -> None:
        """Binds every address, then writes the ready file; ConfigError names one that is taken."""
        await self._start_operations()
        started: list[Service] = []
        for service in self._services:
            try:
                await service.listener.start()
            except OSError as error:
                for other in started:
                    await other.listener.close()
                await self._stop_operations()
                raise ConfigError(
                    f"{service.config.name}: cannot listen on {service.config.address}: "
                    f"{os.strerror(error.errno) if error.errno else error}"
                ) from error
            started.append(service)
        for name, address in self.addresses.items():
            security = "TLS" if self._settings.tls is not None else "PLAINTEXT"
            _log.info("%s listens on %s (%s)", name, address, security)
        self._unwell = {}
        if self._settings.server.ready_file:
            _write_whole(Path(self._settings.server.ready_file), f"{os.getpid()}\n")

    async def stop(self) -> bool:
        """Drains and closes everything; False where transactions had to be cut off."""
        if self._settings.server.ready_file:
            _remove(Path(self._settings.server.ready_file))
        self._unwell = {"chaincodes": "they are being stopped"}
        timeout = self._settings.server.drain_seconds
        ended = await asyncio.gather(*(service.stop(timeout) for service in self._services))
        await self._stop_operations()
        return all(ended)

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
        """Serves until SIGTERM or SIGINT, then drains; what :meth:`stop` returns."""
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        try:
            await self.start()
            await stopping.wait()
            _log.info("stopping")
            return await self.stop()
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


def _service(chaincode: ChaincodeConfig, settings: Settings) -> Service:
    contract = load_contract(chaincode, settings)
    approved = chaincode.code_sha256 if not settings.server.dev else None
    digest = functools.cache(lambda: approved or code_digest(chaincode.contract))
    handler = Versioned(Dispatcher(contract), chaincode.contract, digest)
    return Service(chaincode, handler, settings, Meter(contract.functions))


def load_contract(chaincode: ChaincodeConfig, settings: Settings) -> Contract:
    """Imports a contract and makes its one instance; ConfigError where that cannot be done.

    Where the configuration names the approved code's digest and this code has another, it is
    refused, except for development.
    """
    where = f"{chaincode.name}: {chaincode.contract}"
    if chaincode.code_sha256 and not settings.server.dev:
        found = code_digest(chaincode.contract)
        if found != chaincode.code_sha256:
            raise ConfigError(
                f"{where}: this code has digest {found[:16]}…, approved is "
                f"{chaincode.code_sha256[:16]}…: install and approve its package, or say dev: true"
            )
    module_name, _, class_name = chaincode.contract.partition(":")
    try:
        found_class = getattr(importlib.import_module(module_name), class_name, None)
    except Exception as error:  # whatever a module raises at import, one line says so
        raise ConfigError(f"{where}: {type(error).__name__}: {error}") from error
    if not (isinstance(found_class, type) and issubclass(found_class, Contract)):
        raise ConfigError(f"{where}: {class_name} is no Contract in {module_name}")
    return found_class()


def serve(settings: Settings) -> int:
    """Runs a server to its end; the process's exit status."""
    try:
        server = Server(settings)
        with asyncio.Runner() as runner:
            return 0 if _run_to_the_end(runner.get_loop(), server) else 1
    except ConfigError as error:
        print(f"weftwork_chaincode: {error}", file=sys.stderr)
        return 2


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


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _write_whole(path: Path, text: str) -> None:
    # a reader must never see half of it
    partial = path.with_name(path.name + ".part")
    partial.write_text(text)
    partial.replace(path)
