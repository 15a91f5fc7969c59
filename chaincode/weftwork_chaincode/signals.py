"""Signals of a serving process, on systems whose event loop takes them and on those without."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Generator, Mapping


@contextlib.contextmanager
def handling(handlers: Mapping[str, Callable[[], object]]) -> Generator[None]:
    """Has functions called on the running event loop while the body runs.

    Args:
        handlers: by the signal's name; one that this system does not have is left out.
    """
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as undo:
        for name, handler in handlers.items():
            number = getattr(signal, name, None)
            if number is None:
                continue
            try:
                loop.add_signal_handler(number, handler)
                undo.callback(loop.remove_signal_handler, number)
            except NotImplementedError:  # Windows
                undo.callback(signal.signal, number, _plain(loop, number, handler))
        yield


def _plain(
    loop: asyncio.AbstractEventLoop, number: int, handler: Callable[[], object]
) -> signal.Handlers:
    def take(signum: int, frame: object) -> None:
        loop.call_soon_threadsafe(handler)

    before = signal.signal(number, take)
    return before if isinstance(before, signal.Handlers) else signal.SIG_DFL
