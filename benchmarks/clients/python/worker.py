"""A worker of the client benchmark: reads tasks as JSON lines, runs them, answers with figures."""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
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


async def serve(call: Callable[[str, tuple[str, ...]], Awaitable[object]]) -> None:
    """Runs tasks whose calls are awaited, as many at a time as each says."""
    say({"ready": True})
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = json.loads(line)
        numbers = iter(range(task["count"]))
        each: list[float] = []
        lost: list[str] = []

        async def one(
            task: Task = task,
            numbers: Any = numbers,
            each: list[float] = each,
            lost: list[str] = lost,
        ) -> None:
            for number in numbers:
                given = arguments(task, number)
                began = time.perf_counter()
                try:
                    await call(task["kind"], given)
                except Exception as error:
                    lost.append(repr(error)[:300])
                else:
                    each.append((time.perf_counter() - began) * 1000)

        spent, began = cpu(), time.perf_counter()
        await asyncio.gather(*[one() for _ in range(task["in_flight"])])
        _answer(each, lost, time.perf_counter() - began, cpu() - spent)


def serve_threads(call: Callable[[str, tuple[str, ...]], object]) -> None:
    """Runs tasks whose calls block, a thread for each that is in flight."""
    say({"ready": True})
    for line in sys.stdin:
        task = json.loads(line)
        numbers = iter(range(task["count"]))
        each: list[float] = []
        lost: list[str] = []

        def one(
            task: Task = task,
            numbers: Any = numbers,
            each: list[float] = each,
            lost: list[str] = lost,
        ) -> None:
            for number in numbers:
                given = arguments(task, number)
                began = time.perf_counter()
                try:
                    call(task["kind"], given)
                except Exception as error:
                    lost.append(repr(error)[:300])
                else:
                    each.append((time.perf_counter() - began) * 1000)

        spent, began = cpu(), time.perf_counter()
        with ThreadPoolExecutor(task["in_flight"]) as threads:
            for future in [threads.submit(one) for _ in range(task["in_flight"])]:
                future.result()
        _answer(each, lost, time.perf_counter() - began, cpu() - spent)


def _answer(each: list[float], lost: list[str], seconds: float, spent: float) -> None:
    say({"ms": each, "lost": len(lost), "first": lost[:1], "seconds": seconds, "cpu": spent})
