"""Endorsers differ in hash seed, time zone and locale; their bytes must not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAM = """
from tests.unit.model.shapes import FULL
from weftwork_model import digest, encode
names = {"b", "a", "c", "\\u00e9", "\\uffff", "\\U0001f600"}
print(digest(FULL), encode({name: 1 for name in names}).hex())
"""


def run(**environment: str) -> str:
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONPATH": path, "PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "2", "TZ": "Asia/Shanghai"},
        {"PYTHONHASHSEED": "3", "LC_ALL": "C", "PYTHONUTF8": "0"},
        {"PYTHONOPTIMIZE": "2"},
    ],
    ids=str,
)
def test_bytes_do_not_depend_on_the_environment(environment: dict[str, str]) -> None:
    assert run(**environment) == run(PYTHONHASHSEED="0", TZ="UTC")
