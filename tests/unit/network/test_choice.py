"""Which back end a network takes, why, and what a state remembers of it."""

import shutil
from pathlib import Path

import pytest

from weftwork_network.choice import choose, keep, kept_choice
from weftwork_network.errors import EngineError, ImageError, NetworkError
from weftwork_network.image_names import ImageNames

NAMES = ImageNames(
    peer="weftwork/peer:3.1.1-1", orderer="orderer:1", ca="", python="python:1", runtime="rt:1"
)


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts an engine's command line on an otherwise empty PATH; it holds images or not."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))

    def make(*, answers: bool = True, images: bool = True) -> None:
        script = "#!/bin/sh\n"
        if not answers:
            script += "echo 'Cannot connect to the engine' >&2; exit 1\n"
        found = "exit 0" if images else "echo 'Error: No such image: x' >&2; exit 1"
        script += f'case "$1" in version) echo 27.0 ;; image) {found} ;; esac\n'
        (programs / "docker").write_text(script)
        (programs / "docker").chmod(0o755)

    return make


def test_without_an_engine_processes(docker, state) -> None:
    found = choose(state, NAMES, None)
    assert found.kept.backend == "process"
    assert "no docker" in str(found)


def test_an_engine_that_does_not_answer_is_told(docker, state) -> None:
    docker(answers=False)
    found = choose(state, NAMES, None)
    assert found.kept.backend == "process"
    assert "Cannot connect to the engine" in found.why


def test_an_engine_without_the_images_is_told_with_what_builds_them(docker, state) -> None:
    docker(images=False)
    found = choose(state, NAMES, None)
    assert found.kept.backend == "process"
    assert "weftwork/peer:3.1.1" in found.why
    assert "weftwork network images" in found.why


def test_an_engine_with_the_images_is_taken(docker, state) -> None:
    docker()
    found = choose(state, NAMES, None)
    assert found.kept.backend == "container"
    assert str(found) == "containers on docker 27.0 (an engine answers and has the images)"


def test_what_is_asked_for_goes_first(docker, state) -> None:
    docker()
    assert choose(state, NAMES, "process").kept.backend == "process"


def test_containers_asked_for_and_not_to_be_had(docker, state) -> None:
    with pytest.raises(EngineError, match="no docker"):
        choose(state, NAMES, "container")
    docker(images=False)
    with pytest.raises(ImageError, match="weftwork network images"):
        choose(state, NAMES, "container")


def test_no_back_end_of_that_name(docker, state) -> None:
    with pytest.raises(NetworkError, match="BACKEND=podman is no back end; take process or"):
        choose(state, NAMES, "podman")


def test_a_state_keeps_its_back_end(docker, state) -> None:
    docker()
    first = choose(state, NAMES, None)
    keep(state, first.kept)
    assert choose(state, NAMES, None).kept == first.kept
    with pytest.raises(NetworkError, match=r"belongs to containers.*weftwork network clean"):
        choose(state, NAMES, "process")


def test_a_state_from_before_there_was_a_choice_is_of_processes(docker, state) -> None:
    docker()
    state.created.parent.mkdir(parents=True)
    state.created.write_text("{}")
    assert choose(state, NAMES, None).kept.backend == "process"


def test_a_copy_of_a_state_is_not_taken_for_it(docker, state, tmp_path: Path) -> None:
    from weftwork_network.state import State

    docker()
    keep(state, choose(state, NAMES, None).kept)
    other = State(tmp_path / "elsewhere" / ".weftwork")
    shutil.copytree(state.folder, other.folder)
    with pytest.raises(NetworkError, match="is a copy of"):
        kept_choice(other)
    shutil.rmtree(state.folder)  # then it was moved
    moved = kept_choice(other)
    assert moved is not None
    assert moved.folder == str(other.folder)
