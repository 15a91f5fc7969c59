"""Schema and reader say the same: what the one refuses for its shape, the other refuses too."""

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.unit.network.test_definition_faults import CASES
from weftwork_network.definition import Definition
from weftwork_network.faults import Faults
from weftwork_network.marks import read_marked
from weftwork_network.reading import read_model
from weftwork_network.releases import data_folder
from weftwork_network.schema import network_schema
from weftwork_network.starter import write_project

SAMPLE = Path(__file__).with_name("sample.yaml").read_text(encoding="utf-8")
MORE = [
    ("peers: 1\n", "peers: [{name: p, ports: {listen: 0, chaincode: 2, operations: 3}}]\n"),
    ("peers: 1\n", "peers: [{name: p, ports: {listen: 1}}]\n"),
    ("mspid: EnergyMSP", "mspid: ''"),
    ("mspid: EnergyMSP", "mspid: [EnergyMSP]"),
    ("  profile: Crosswork\n", ""),
    ("channel:\n  name: crosswork\n  profile: Crosswork\n", "channel: crosswork\n"),
    ("required: 0}", "required: -1}"),
    ("required: 0}", "required: true}"),
    ("required: 0}", "required: 0, member_only_read: 1}"),
]


def shape_faults(text: str) -> list[str]:
    """What the reader alone refuses, before any rule beyond types."""
    faults = Faults("network.yaml")
    root = read_marked(text, faults)
    assert root is not None
    read_model(root, Definition, faults)
    return [fault.text for fault in faults.found]


def refused(text: str) -> bool:
    return not Draft202012Validator(network_schema()).is_valid(yaml.safe_load(text))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(network_schema())


@pytest.mark.parametrize("text", [SAMPLE, (data_folder() / "network.yaml").read_text()])
def test_files_that_are_right_validate(text: str) -> None:
    Draft202012Validator(network_schema()).validate(yaml.safe_load(text))


CHANGES = [(old, new) for old, new, *_ in CASES] + MORE


@pytest.mark.parametrize(
    ("old", "new"), CHANGES, ids=[new[:40] or old[:40] for old, new in CHANGES]
)
def test_schema_and_reader_refuse_the_same_shapes(old: str, new: str) -> None:
    assert old in SAMPLE
    text = SAMPLE.replace(old, new, 1)
    assert refused(text) == bool(shape_faults(text)), shape_faults(text)


def test_every_field_of_every_model_is_described() -> None:
    for name, model in network_schema()["$defs"].items():
        assert model["description"], name
        assert "Attributes" not in model["description"]
        for field, member in model["properties"].items():
            assert member.get("description"), f"{name}.{field}"


def test_init_writes_it_where_the_first_line_says(tmp_path: Path) -> None:
    write_project(tmp_path)
    first = (tmp_path / "network.yaml").read_text().splitlines()[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert named != first
    assert (tmp_path / named).read_bytes() == (data_folder() / named).read_bytes()


def test_in_the_repository_the_first_line_leads_to_it() -> None:
    file = Path(__file__).parents[3] / "network" / "network.yaml"
    named = file.read_text().splitlines()[0].partition("$schema=")[2]
    assert (file.parent / named).resolve() == (data_folder() / named).resolve()
