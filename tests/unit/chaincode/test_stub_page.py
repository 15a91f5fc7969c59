"""docs/stub.md names all of the stub, and nothing else."""

import re
from pathlib import Path

import weftwork_chaincode
from weftwork_chaincode import ClientIdentity, Stub, errors

PAGE = (Path(__file__).parents[3] / "docs" / "stub.md").read_text()
# What the session asks of it, and what a dispatcher sets.
INNER = {
    "proposal", "event", "failed_call", "has_private_values", "has_written", "written", "flush",
    "refuse_private",
}  # fmt: skip
ATTRIBUTES = {"args", "decorations"}  # set when it is made


def column(title, number):
    section = PAGE.split(title, 1)[1].split("\n\n## ")[0]
    cells = [row.split("|")[number] for row in re.findall(r"^\|.*\|$", section, re.MULTILINE)[2:]]
    return {word for cell in cells for word in re.findall(r"`(\w+)`", cell)}


def public(kind):
    return {name for name in dir(kind) if not name.startswith("_")}


def test_every_name_of_the_stub_is_told_and_exists():
    told = column("# The stub", 2)
    of_client = {"id", "mspid"} | public(ClientIdentity)
    elsewhere = {"cid", "statebased", "KeyEndorsementPolicy", "all_of", "any_of", "out_of"}
    assert public(Stub) - INNER <= told
    assert told <= public(Stub) | ATTRIBUTES | of_client | elsewhere
    assert of_client <= told


def test_every_refusal_is_an_error_that_can_be_imported():
    told = column("## What is refused", 1)
    assert all(issubclass(getattr(errors, name), errors.ChaincodeError) for name in told)
    assert all(hasattr(weftwork_chaincode, name) for name in told)
    assert len(told) == 9
