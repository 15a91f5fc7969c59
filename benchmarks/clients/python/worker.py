"""A worker of the client benchmark: reads tasks as JSON lines, runs them, answers with figures."""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Settings = dict[str, str]
Task = dict[str, Any]


def settings() -> Settings:
    """Where the network is and who calls, as the benchmark wrote it."""
    found: Settings = json.loads(Path(sys.argv[1]).read_text())
    return found


def content(given: Settings, name: str) -> bytes:
    """A file that the settings name."""
    return Path(given[name]).read_bytes()


def arguments(task: Task, number: int) -> tuple[str, ...]:
    """Function and arguments of a task's call."""
    if task["kind"] == "evaluate":
        return "read", f"row{number % 100:06}"
    return "put", f"{task['mark']}{number}", "v" * 100


def cpu() -> float:
    """Seconds of processor time that this process has had, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def say(answer: Task) -> None:
    print(json.dumps(answer), flush=True)


class Round:
    """One task under way: who calls takes the next number, and says how long it took."""

    def __init__(self, line: str) -> None:
        self.task: Task = json.loads(line)
        self.numbers = iter(range(self.task["count"]))
        self._each: list[float] = []
        self._lost: list[str] = []
        self._spent, self._began = cpu(), time.perf_counter()

    @contextmanager
    def timed(self) -> Iterator[None]:
        """One call; one that fails is lost, and the round goes on."""
        began = time.perf_counter()
        try:
            yield
        except Exception as error:
            self._lost.append(repr(error)[:300])
        else:
            self._each.append((time.perf_counter() - began) * 1000)

    def end(self) -> None:
        seconds, spent = time.perf_counter() - self._began, cpu() - self._spent
        lost = self._lost
        say(
            {
                "ms": self._each,
                "lost": len(lost),
                "first": lost[:1],
                "seconds": seconds,
                "cpu": spent,
            }
        )


async def serve(call: Callable[[str, tuple[str, ...]], Awaitable[object]]) -> None:
    """Runs tasks whose calls are awaited, as many at a time as each says."""
    say({"ready": True})
    loop = asyncio.get_running_loop()

    async def one(under_way: Round) -> None:
        task = under_way.task
        for number in under_way.numbers:
            given = arguments(task, number)
            with under_way.timed():
                await call(task["kind"], given)

    while line := await loop.run_in_executor(None, sys.stdin.readline):
        under_way = Round(line)
        await asyncio.gather(*[one(under_way) for _ in range(under_way.task["in_flight"])])
        under_way.end()


def serve_threads(call: Callable[[str, tuple[str, ...]], object]) -> None:
    """Runs tasks whose calls block, a thread for each that is in flight."""
    say({"ready": True})

    def one(under_way: Round) -> None:
        task = under_way.task
        for number in under_way.numbers:
            given = arguments(task, number)
            with under_way.timed():
                call(task["kind"], given)

    for line in sys.stdin:
        under_way = Round(line)
        in_flight = under_way.task["in_flight"]
        with ThreadPoolExecutor(in_flight) as threads:
            for future in [threads.submit(one, under_way) for _ in range(in_flight)]:
                future.result()
        under_way.end()
