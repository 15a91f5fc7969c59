"""network.yaml and configtx.yaml as files: whatever stands there is told in a line, never a trace.

Nothing is made of a project whose files are wrong.
"""

import copy
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from weftwork_network.configtx import effective_configtx
from weftwork_network.errors import DefinitionError
from weftwork_network.faults import Faults
from weftwork_network.marks import MOST_VALUES, read_marked
from weftwork_network.project import LARGEST_FILE, open_project
from weftwork_network.state import State

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, after in zip("abcdefghij", "bcdefghijk", strict=True)
)
MERGES = "a: &a {x: 1}\n" + "".join(
    f"{after}: &{after} {{<<: [{', '.join([f'*{before}'] * 9)}], {after}: 1}}\n"
    for before, after in zip("abcdefghij", "bcdefghijk", strict=True)
)
TEXTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file is empty; `weftwork network init`"),
    "comments alone": (b"# nothing\n\n", "the file is empty"),
    "a tab": (b"channel:\n\tname: x\n", ":2: not YAML: found character '\\t'"),
    "a duplicate key": (b"base_port: 1\nbase_port: 2\n", ":2: 'base_port' stands twice, first on"),
    "two documents": (b"a: 1\n---\nb: 2\n", ":2: not YAML: but found another document; keep one"),
    "not UTF-8": ("a: 1\nname: Straße".encode("latin-1"), ":2: not UTF-8 at byte "),
    "UTF-16": ("a: 1".encode("utf-16"), ":1: not UTF-8 at byte 0; save it as UTF-8"),
    "a NUL": (b"a: 1\nb: \0\n", ":2: not YAML: character U+0000 has no place in it"),
    "a list": (b"- a\n", ":1: expected a mapping"),
    "a word": (b"network\n", ":1: expected a mapping"),
    "a colon in a text": (b"name: a: b\n", ":1: not YAML: mapping values are not allowed here; "),
    "an open bracket": (b"departments: [a\n", "not YAML: expected ',' or ']'"),
    "an open quote": (b'name: "a\n', "close the quote or bracket"),
    "an unknown reference": (b"a: *b\n", "write an anchor (&name) before its reference"),
    "a reference to itself": (b"a: &a [*a]\n", "inside of what it stands for; take it out"),
    "a merge of itself": (b"a: &a\n  <<: *a\n", "inside of what it stands for; take it out"),
    "a merge of a text": (b"a: &a x\nb:\n  <<: *a\n", "`<<` takes a mapping"),
    "references without end": (LAUGHS.encode(), f"stand for more than {MOST_VALUES} values"),
    "merges without end": (MERGES.encode(), "unknown field"),
    "a tag": (b"a: !vault x\n", ":1: not YAML: could not determine a constructor"),
    "a Python tag": (b"a: !!python/object/apply:os.system [x]\n", "has no place here; take it out"),
    "a number that is none": (b"base_port: 0b_\n", ":1: '0b_' cannot be read; quote it"),
    "a number without end": (b"base_port: " + b"9" * 5000, "cannot be read; quote it"),
    "a date that is none": (b"fabric: 2001-13-45\n", ":1: fabric: '2001-13-45' is not known"),
    "deep": (b"[" * 5000, "nested too deeply to be read"),
    "a key that is a list": (b"? [a]\n: b\n", ":1: a key must be a plain word"),
    "a line feed in a name": (b'"a\\nb": 1\n', r"unknown field 'a\nb'"),
    "a terminal's escape": (b'"a\\e[2Jb": 1\n', r"unknown field 'a\x1b[2Jb'"),
    "large": (b"a: 1\n" * (10 * 2**20 // 5), f"is larger than {LARGEST_FILE // 1024} KiB"),
}
# What is said of these goes by the model of network.yaml.
OF_THE_MODEL = (
    *("a list", "a word", "merges without end", "a date that is none"),
    *("a line feed in a name", "a terminal's escape"),
)


def told(folder: Path) -> list[str]:
    """What is said of a project's files, as a start would say it; nothing may be made."""

    def read() -> None:
        project = open_project(folder)
        effective_configtx(project, State(project.state_folder))

    with pytest.raises(DefinitionError) as caught:
        read()
    for fault in caught.value.faults:
        assert str(fault).isprintable(), fault
        assert "; " in fault.text, f"this says nothing of what to do: {fault}"
        assert len(str(fault)) < 1200
    assert not (folder / ".weftwork").exists()
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize("name", ["network.yaml", "configtx.yaml"])
@pytest.mark.parametrize("what", list(TEXTS))
def test_texts(folder: Path, what: str, name: str) -> None:
    content, said = TEXTS[what]
    (folder / name).write_bytes(content)
    lines = told(folder)
    assert all(name in line for line in lines)
    if name == "network.yaml" or what not in OF_THE_MODEL:
        assert any(said in line for line in lines), lines


@pytest.mark.parametrize("name", ["network.yaml", "configtx.yaml"])
@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("folder", "is no file; put a file there"),
        ("circle", "its links go in a circle: put the file itself there"),
        ("nothing", "it is a link to nothing"),
        ("pipe", "is no file; put a file there"),
        ("missing", ""),
    ],
)
def test_what_is_no_file(folder: Path, name: str, what: str, said: str) -> None:
    file = folder / name
    file.unlink()
    if what == "folder":
        file.mkdir()
    elif what == "circle":
        file.symlink_to("other")
        (folder / "other").symlink_to(file)
    elif what == "nothing":
        file.symlink_to("nowhere")
    elif what == "pipe":
        os.mkfifo(file)
    else:
        said = "network init"
    (line,) = told(folder)
    assert said in line
    assert name in line


def test_a_project_folder_that_is_a_circle_of_links(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(DefinitionError, match=r"circle|no network"):
        open_project(tmp_path / "a")


READ_AS_NOBODY = """
import os, sys
from weftwork.cli.app import run
run(["network", "--help"])  # loads what somebody else may not be allowed to read either
os.setgid(65534); os.setuid(65534)
sys.exit(run(["network", "up", "-C", sys.argv[1]]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read")
def test_a_file_that_may_not_be_read(folder: Path) -> None:
    folder.chmod(0o755)
    for parent in folder.parents:
        if parent.is_relative_to("/tmp") and parent != Path("/tmp"):
            parent.chmod(0o755)
    (folder / "network.yaml").chmod(0o600)
    words = [sys.executable, "-c", READ_AS_NOBODY, str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "network.yaml: cannot be read: Permission denied; give yourself the right" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_command_itself(folder: Path) -> None:
    """A sample through the real command: a line for each fault, exit 1, nothing made."""
    samples = ["a tab", "references without end", "large", "not UTF-8"]
    for what in samples:
        content, said = TEXTS[what]
        (folder / "network.yaml").write_bytes(content)
        words = [sys.executable, "-m", "weftwork", "network", "up", "-C", str(folder)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr
        assert done.stderr.startswith("weftwork: ")
        assert done.stderr.count("\n") == 1, done.stderr
        assert not (folder / ".weftwork").exists()


def test_merged_keys_are_as_yaml_has_them() -> None:
    """What is written goes before what is merged, an earlier source before a later one."""
    text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  <<: [*a, *b]\n  z: 5\n"
    faults = Faults("f")
    root = read_marked(text, faults)
    assert root is not None
    assert not faults.found
    assert root.plain() == yaml.safe_load(text)


WRONG: list[Any] = [None, "", "words", 7, -1, 1.5, True, [], [[1]], {}, {"x": {"y": 1}}]


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    below: list[tuple[str | int, Any]] = []
    if isinstance(value, dict | list):
        below = list(value.items() if isinstance(value, dict) else enumerate(value))
    found: list[tuple[str | int, ...]] = []
    for step, member in below:
        found += [(*path, step), *places(member, (*path, step))]
    return found


def test_every_value_of_configtx_wrong_in_turn(folder: Path) -> None:
    """As far as it is read here: whatever stands in a value's place, at most faults come of it."""
    file = folder / "configtx.yaml"
    text = file.read_text()
    project = open_project(folder)
    state = State(project.state_folder)
    chance = random.Random(1)
    refused = 0
    silent: set[str] = set()
    profile = project.topology.channels[0].profile
    written = {"Profiles": {profile: yaml.safe_load(text)["Profiles"][profile]}}
    # Of the members of a list one is tried: the others are read by the same lines.
    alike = {tuple(0 if isinstance(step, int) else step for step in p): p for p in places(written)}
    every = list(alike.values())
    for path in every:
        for wrong in [*chance.sample(WRONG, 2), "gone"]:
            made = copy.deepcopy(written)
            holder = made
            for step in path[:-1]:
                holder = holder[step]
            if wrong == "gone":
                del holder[path[-1]]
            else:
                holder[path[-1]] = wrong
            file.write_text(yaml.dump(made, Dumper=yaml.CSafeDumper))
            try:
                effective_configtx(project, state)
            except DefinitionError as error:
                refused += 1
                silent |= {str(f) for f in error.faults if "; " not in f.text}
    assert not silent, "these say nothing of what to do"
    assert refused > len(every) / 2
    assert not state.folder.exists()
