"""``python -m weftwork_chaincode.develop``: serves what it is told to, until its input ends."""

import asyncio
import contextlib
import importlib
import logging
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from weftwork_chaincode.config import from_file
from weftwork_chaincode.develop.failure import failure_of
from weftwork_chaincode.server import Server

_DEBUGGER = "127.0.0.1"
# The process of the code before holds the debugger's port until it has ended.
_PORT_TIMEOUT = 20.0
_LOOK = 200  # milliseconds


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the process is to serve.

    Attributes:
        config: the server's configuration file.
        folder: the folder that the code is imported from.
        sockets: for each socket where it is bound, the place that it takes, and where what was
            there is kept.
        debug: the port where a debugger is waited for; None: for none.
    """

    config: str
    folder: str
    sockets: tuple[tuple[str, str, str], ...]
    debug: int | None = None


class _Reports:
    """What the process tells its owner; whatever else is printed goes to standard error."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)

    def tell(self, **fields: Any) -> None:
        """One line."""
        with contextlib.suppress(BrokenPipeError):
            self._out.write(msgspec.json.encode(fields) + b"\n")


def main() -> int:
    """Waits for its order and follows it; 2 where the code does not load."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # its owner ends it
    reports = _Reports()
    form = logging.Formatter(
        "%(asctime)s.%(msecs)03d UTC %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S"
    )
    form.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(form)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    line = sys.stdin.buffer.readline()
    if not line:
        return 0
    order = msgspec.json.decode(line, type=Order)
    # Bytecode of a file that is edited twice within a second would be taken for that of the second.
    sys.dont_write_bytecode = True
    sys.pycache_prefix = os.devnull
    sys.path.insert(0, order.folder)
    importlib.invalidate_caches()
    try:
        server = Server(from_file(order.config))
    except BaseException as error:  # whatever a module raises at import, SystemExit included
        reports.tell(failed=failure_of(error, Path(order.folder)))
        return 2
    return asyncio.run(_serve(server, order, reports))


async def _serve(server: Server, order: Order, reports: _Reports) -> int:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    try:
        await server.start()
    except Exception as error:
        reports.tell(failed=failure_of(error, Path(order.folder)))
        return 2
    reports.tell(loaded=True)
    told = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    taken: list[tuple[str, str, os.stat_result]] = []
    if await told.readline():
        for new, place, spare in order.sockets:
            taken.append((place, spare, os.stat(new)))
            _keep(place, spare)
            os.replace(new, place)
        reports.tell(serves=True)
        if order.debug is not None:
            with _ending(taken):
                _await_debugger(order.debug, reports)
        ends = [loop.create_task(over.wait()), loop.create_task(told.read())]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in ends:
            task.cancel()
    for place, spare, own in taken:
        _give_back(place, spare, own)
    return 0 if await server.stop() else 1


def _keep(place: str, spare: str) -> None:
    """Keeps what listens at a place under another name; what is kept already stays."""
    with contextlib.suppress(FileExistsError, FileNotFoundError):
        os.link(place, spare)


def _give_back(place: str, spare: str, own: os.stat_result) -> None:
    """Puts back what was kept, unless code that is newer than this has the place."""
    with contextlib.suppress(OSError):
        if os.path.samestat(os.stat(place), own):
            os.replace(spare, place)


@contextlib.contextmanager
def _ending(taken: Sequence[tuple[str, str, os.stat_result]]) -> Generator[None]:
    """Ends the process with its owner, too, while the body keeps the event loop from seeing that.

    Nothing has been served by then that would have to end first.
    """
    over = threading.Event()

    def watch() -> None:
        poll = select.poll()
        poll.register(sys.stdin.fileno(), 0)  # told of its end without anything being read
        while not over.is_set():
            if poll.poll(_LOOK):
                for place, spare, own in taken:
                    _give_back(place, spare, own)
                os._exit(0)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _await_debugger(port: int, reports: _Reports) -> None:
    """Answers no transaction before a debugger is there."""
    debugger = cast(Any, importlib.import_module("debugpy"))
    deadline = time.monotonic() + _PORT_TIMEOUT
    while True:
        try:
            debugger.listen((_DEBUGGER, port))
            break
        except (OSError, RuntimeError) as error:
            if time.monotonic() > deadline:
                reports.tell(undebugged=str(error))
                return
            time.sleep(0.1)
    reports.tell(waits=port)
    debugger.wait_for_client()


if __name__ == "__main__":
    sys.exit(main())
