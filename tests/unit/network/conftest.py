"""A project folder as `init` writes it, and ways to change one of its lines."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from weftwork_network.project import Project, open_project
from weftwork_network.starter import write_project
from weftwork_network.state import State

Change = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project folder with both files; the definition is the tests' own, to be broken at will."""
    write_project(tmp_path / "project", base_port=24000)
    shutil.copy(Path(__file__).with_name("sample.yaml"), tmp_path / "project" / "network.yaml")
    return tmp_path / "project"


@pytest.fixture
def project(folder: Path) -> Project:
    return open_project(folder)


@pytest.fixture
def state(folder: Path) -> State:
    return State(folder.resolve() / ".weftwork")


@pytest.fixture
def change(folder: Path) -> Change:
    """Replaces a text in one of the two files; it must be there."""

    def replace(old: str, new: str, *, file: str = "network.yaml", count: int = 1) -> Path:
        path = folder / file
        text = path.read_text()
        assert old in text, old
        path.write_text(text.replace(old, new, count))
        return folder

    return replace
