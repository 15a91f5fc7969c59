"""Names that are texts and yet no names: every text of the config model with what it may not be.

A field that is added to the model must be given its rules here, or a reason why it has none.
"""

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec import inspect

from weftwork_network.definition import Definition
from weftwork_network.errors import DefinitionError
from weftwork_network.project import read_definition

SAMPLE = Path(__file__).with_name("sample.yaml").read_text(encoding="utf-8")
LONG = "x" * 300

Where = tuple[str | int, ...]
D1: Where = ("departments", 1)  # Energy
C1: Where = ("chaincodes", 1)  # electricity
COLLECTION: Where = (*C1, "collections", 1)  # bills

# By model and field: where it stands in the sample, a wrong value, what is said of it.
RULES: dict[str, list[tuple[Where, Any, str]]] = {
    "Department.name": [
        ((*D1, "name"), "LOGISTICS", "two departments with department 'LOGISTICS'"),
        ((*D1, "name"), "En ergy", "department name 'En ergy' is not allowed"),
        ((*D1, "name"), "../up", "department name '../up' is not allowed"),
        ((*D1, "name"), "4ever", "is not allowed; use letters and digits, a letter first"),
        ((*D1, "name"), "Straße", "is not allowed"),
        ((*D1, "name"), "Energy\n", "is not allowed"),
        ((*D1, "name"), LONG, "is not allowed"),
        ((*D1, "name"), "Application", "'Application' is a word of Fabric's own"),
        ((*D1, "name"), "Orderer", "'Orderer' is a word of Fabric's own"),
        ((*D1, "name"), "Channel", "'Channel' is a word of Fabric's own"),
        ((*D1, "name"), "CivicMSP", "'CivicMSP' is the MSP id of Civic; choose another name"),
    ],
    "Department.mspid": [
        ((*D1, "mspid"), "LogisticsMSP", "two departments with MSP id 'LogisticsMSP'"),
        ((*D1, "mspid"), "logisticsmsp", "two departments with MSP id 'logisticsmsp'"),
        ((*D1, "mspid"), "Energy_MSP", "MSP id 'Energy_MSP' is not allowed"),
        ((*D1, "mspid"), LONG, "is not allowed"),
    ],
    "Department.domain": [
        ((*D1, "domain"), "logistics.example", "two departments with domain"),
        ((*D1, "domain"), "Energy.example", "is no domain; write one such as energy.example"),
        ((*D1, "domain"), "energy..example", "is no domain"),
        ((*D1, "domain"), "-energy.example", "is no domain"),
        ((*D1, "domain"), f"{'x' * 60}.example", "and a certificate holds 64; shorten it"),
    ],
    "Peer.name": [
        ((*D1, "peers"), [{"name": "Peer0"}], "node name 'Peer0' is not allowed"),
        ((*D1, "peers"), [{"name": "p.0"}], "node name 'p.0' is not allowed"),
        ((*D1, "peers"), [{"name": "ca"}], "'ca' names the department's CA"),
        ((*D1, "peers"), [{"name": "chaincode"}], "names a chaincode process"),
        ((*D1, "peers"), [{"name": "p"}, {"name": "p"}], "Energy has two nodes 'p'"),
    ],
    "Orderer.name": [
        ((*D1, "orderers"), [{"name": "peer0"}], "Energy has two nodes 'peer0'"),
        ((*D1, "orderers"), [{"name": "o_0"}], "node name 'o_0' is not allowed"),
    ],
    "User.name": [
        ((*D1, "users", 0, "name"), "admin", "'admin' is always there and needs no line"),
        ((*D1, "users", 0, "name"), "Admin", "'Admin' is always there and needs no line"),
        ((*D1, "users", 0, "name"), "../clerk", "user name '../clerk' is not allowed"),
        ((*D1, "users", 0, "name"), "BILLING", "Energy has two users 'billing'"),
        ((*D1, "users", 0, "name"), "x" * 60, "and a certificate holds 64; shorten it"),
    ],
    "User.attributes": [
        ((*D1, "users", 0, "attributes"), {"hf.Revoker": "1"}, "'hf.Revoker' is a Fabric CA's own"),
    ],
    "Channel.name": [
        (("channel", "name"), "Crosswork", "channel name 'Crosswork' is not allowed"),
        (("channel", "name"), "cross_work", "channel name 'cross_work' is not allowed"),
        (("channel", "name"), "1st", "is not allowed; use a-z, 0-9, '.' and '-', a letter first"),
        (("channel", "name"), "x" * 250, "is not allowed"),
        (("channel", "name"), "crosswork\n", "is not allowed"),
    ],
    "Channel.departments": [
        (("channel", "departments"), ["Energi"], "no department 'Energi'; did you mean 'Energy'?"),
    ],
    "Channel.orderers": [
        (("channel", "orderers"), ["Nobody"], "no department 'Nobody'; known here: "),
    ],
    "Chaincode.name": [
        *(
            ((*C1, "name"), name, f"'{name}' is a chaincode of Fabric's own; rename yours")
            for name in ("lscc", "qscc", "cscc", "escc", "vscc", "_lifecycle", "LSCC")
        ),
        ((*C1, "name"), "Logistics", "two chaincodes 'Logistics'; rename one"),
        ((*C1, "name"), "-x", "chaincode name '-x' is not allowed"),
        ((*C1, "name"), "x--y", "chaincode name 'x--y' is not allowed"),
        ((*C1, "name"), "x.y", "chaincode name 'x.y' is not allowed"),
        ((*C1, "name"), "x" * 64, "is not allowed; use up to 63 letters"),
    ],
    "Chaincode.contract": [
        ((*C1, "contract"), "electricity", "names no class; write package.module:Class"),
        ((*C1, "contract"), "os; x:Y", "names no class"),
        ((*C1, "contract"), "../x:Y", "names no class"),
    ],
    "Chaincode.authority": [
        ((*C1, "authority"), "Enrgy", "no department 'Enrgy'; did you mean 'Energy'?"),
    ],
    "Chaincode.policy": [
        ((*C1, "policy"), "OR('EnergyMSP.peer')", "needs `authority` or `policy`; write one of"),
        ((*C1, "policy"), "OR('NobodyMSP.peer')", "policy names nobody: no MSP 'NobodyMSP'"),
        ((*C1, "policy"), "OR('EnergyMSP.client')", "write 'EnergyMSP.peer'"),
        ((*C1, "policy"), "OR()", "policy not understood: expected"),
        ((*C1, "policy"), "OutOf(9, 'EnergyMSP.peer')", "OutOf asks for 9 of 1; write 1 to 1"),
        ((*C1, "policy"), f"OutOf({'9' * 5000}, 'EnergyMSP.peer')", "OutOf asks for 9"),
        ((*C1, "policy"), "AND(" * 5000, "it is nested too deeply; take levels out"),
    ],
    "Chaincode.channels": [
        ((*C1, "channels"), ["crossword"], "crossword"),
    ],
    "Chaincode.departments": [
        ((*C1, "departments"), ["Energi"], "no department 'Energi'; did you mean 'Energy'?"),
    ],
    "Collection.name": [
        ((*COLLECTION, "name"), "_implicit_org_EnergyMSP", "no '_' first"),
        ((*COLLECTION, "name"), "bills!", "collection name 'bills!' is not allowed"),
        ((*COLLECTION, "name"), "readings", "two collections 'readings' in electricity"),
        ((*COLLECTION, "name"), "consent_EnergyMSP", "two collections 'consent_EnergyMSP'"),
        ((*COLLECTION, "name"), "x" * 400 + "!", "is not allowed"),  # and not after an age
    ],
    "Collection.members": [
        ((*COLLECTION, "members"), [], "collection 'bills' has no member"),
        ((*COLLECTION, "members"), ["Civc"], "no department 'Civc'; did you mean 'Civic'?"),
    ],
    "Collection.policy": [
        ((*COLLECTION, "policy"), "OR('NobodyMSP.peer')", "policy names nobody"),
    ],
}
for use in ("peer", "orderer", "ca"):
    RULES[f"Images.{use}"] = [
        (("images",), {use: "no image!"}, "'no image!' is no image's name; write e.g. registry/"),
    ]
RULES["Definition.publish"] = [
    (("publish",), "localhost", "'localhost' is no IPv4 address; write e.g. 192.0.2.7"),
    (("publish",), "256.0.0.1", "is no IPv4 address"),
]
NO_RULES = {
    "ProfileByOrdering.raft": "a key of configtx.yaml, held against that file",
    "ProfileByOrdering.bft": "a key of configtx.yaml, held against that file",
    "Channel.profile": "a key of configtx.yaml, held against that file",
    "Chaincode.folder": "a path; whether code is there is seen where it is imported",
}


def texts(kind: inspect.Type, seen: set[str], name: str = "") -> set[str]:
    """Every field of the model that is a text, or holds some."""
    match kind:
        case inspect.StructType(fields=fields, cls=cls):
            if cls.__name__ in seen:
                return set()
            seen.add(cls.__name__)
            below = [texts(f.type, seen, f"{cls.__name__}.{f.encode_name}") for f in fields]
            return set().union(*below)
        case inspect.ListType(item_type=item):
            return texts(item, seen, name)
        case inspect.DictType(key_type=key, value_type=item):
            return texts(key, seen, name) | texts(item, seen, name)
        case inspect.UnionType(types=types):
            return set().union(*[texts(each, seen, name) for each in types])
        case inspect.StrType():
            return {name}
        case _:
            return set()


def test_no_text_of_the_model_is_forgotten() -> None:
    known = {name for name, rules in RULES.items() if rules} | set(NO_RULES)
    assert texts(inspect.type_info(Definition), set()) - known == set()


CASES = [(name, *case) for name, cases in RULES.items() for case in cases]


@pytest.mark.parametrize(
    ("name", "where", "value", "said"),
    CASES,
    ids=[f"{name}: {str(value)[:20]}" for name, _, value, _ in CASES],
)
def test_a_name_that_may_not_be(
    tmp_path: Path, name: str, where: Where, value: Any, said: str
) -> None:
    document = yaml.safe_load(SAMPLE)
    holder = document
    for step in where[:-1]:
        holder = holder[step]
    holder[where[-1]] = value
    file = tmp_path / "network.yaml"
    text = yaml.safe_dump(document, sort_keys=False, width=10000)
    file.write_text(text)
    began = time.monotonic()
    with pytest.raises(DefinitionError) as caught:
        read_definition(file)
    assert time.monotonic() - began < 20
    found = [fault for fault in caught.value.faults if said in fault.text]
    assert found, caught.value.faults
    for fault in caught.value.faults:
        assert "; " in fault.text or "did you mean" in fault.text
        assert "\n" not in str(fault)
        assert fault.line > 0
    part = str(where[0] if len(where) < 3 else where[2])
    assert part in text


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "null", "~", "1", "0x1F", "1.5"])
def test_words_that_yaml_takes_for_something_else(tmp_path: Path, word: str) -> None:
    """Said with its line, and that quotes make it a text."""
    file = tmp_path / "network.yaml"
    file.write_text(SAMPLE.replace("name: Energy\n", f"name: {word}\n"))
    with pytest.raises(DefinitionError) as caught:
        read_definition(file)
    line = SAMPLE.splitlines().index("  - name: Energy") + 1
    (told, *_) = [fault for fault in caught.value.faults if fault.line == line]
    assert told.text.startswith("departments[1].name: expected text, found ")
    if word in ("yes", "no", "on", "off"):
        assert "quote it if it is meant as text" in told.text


def test_such_a_word_in_quotes_is_a_name(tmp_path: Path) -> None:
    file = tmp_path / "network.yaml"
    text = SAMPLE.replace("name: Energy\n", 'name: "No"\n').replace("[Energy, ", '["No", ')
    file.write_text(text.replace("authority: Energy", 'authority: "No"'))
    written, _ = read_definition(file)
    assert written.departments[1].name == "No"
