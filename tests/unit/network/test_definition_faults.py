# ruff: noqa: E501 - tables of cases read best with a case a line
"""Every way a network.yaml can be wrong: told with its line and what to do, all at once."""

from pathlib import Path

import pytest

from weftwork_network.errors import DefinitionError
from weftwork_network.project import open_project, read_definition


def faults(folder: Path) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        open_project(folder)
    return [f"{Path(fault.file).name}:{fault.line}: {fault.text}" for fault in caught.value.faults]


def line_of(folder: Path, text: str) -> int:
    lines = (folder / "network.yaml").read_text().splitlines()
    return next(at for at, line in enumerate(lines, start=1) if text in line)


CASES = [
    ("fabric: \"3.1\"", "fabric: \"9.9\"", "fabric", "'9.9' is not known; write 2.5, 3.1"),
    ("fabric: \"3.1\"", "fabric: 3.1", "fabric", "expected '2.5' or '3.1', found the number 3.1"),
    ("ordering: raft", "ordering: kafka", "ordering", "'kafka' is not known; write bft, raft"),
    ("base_port: 24000", "base_port: yes", "base_port", "expected a whole number, found 'true'"),
    ("base_port: 24000", "base_port: 80", "base_port", "80 is out of range; write 1024 to 64000"),
    ("base_port: 24000", "bas_port: 24000", "bas_port", "unknown field 'bas_port'; did you mean 'base_port'?"),
    ("name: crosswork", "name: Cross Work", "name: Cross Work", "channel name 'Cross Work' is not allowed"),
    ("name: Energy\n", "name: 4\n", "name: 4", "departments[1].name: expected text, found the number 4"),
    ("name: Energy\n", "name: logistics\n", "name: logistics\n", "two departments with department 'logistics'"),
    ("name: Energy\n", "name: Orderer\n", "name: Orderer", "'Orderer' is a word of Fabric's own"),
    ("name: Energy\n", "name: En-ergy\n", "name: En-ergy", "department name 'En-ergy' is not allowed"),
    ("mspid: EnergyMSP", "mspid: LogisticsMSP", "", "two departments with MSP id 'LogisticsMSP', the first on line"),
    ("mspid: EnergyMSP", "mspid: Energy MSP", "mspid: Energy MSP", "MSP id 'Energy MSP' is not allowed"),
    ("domain: energy.example", "domain: logistics.example", "", "two departments with domain 'logistics.example'"),
    ("domain: energy.example", "domain: Energy!", "domain: Energy!", "'Energy!' is no domain"),
    ("peers: 1\n", "peers: one\n", "peers: one", "expected a whole number or a list, found 'one'"),
    ("peers: 1\n", "peers: 9\n", "peers: 9", "9 is out of range; write 0 to 4"),
    ("peers: 1\n", "peers: [{name: chaincode}]\n", "peers: [{", "'chaincode' names a chaincode process"),
    ("peers: 1\n", "peers: [{name: p}, {name: p}]\n", "peers: [{", "Logistics has two nodes 'p'"),
    ("peers: 1\n", "peers: [{name: P0}]\n", "peers: [{", "node name 'P0' is not allowed"),
    ("name: clerk\n", "name: admin\n", "name: admin", "'admin' is always there"),
    ("name: auditor\n", "name: officer\n", "", "Civic has two users 'officer'"),
    ("name: clerk\n", "name: the clerk\n", "name: the clerk", "user name 'the clerk' is not allowed"),
    ("{role: clerk}", "{role: 7}", "{role: 7}", "users[0].attributes.role: expected text, found the number 7"),
    ("authority: Energy", "authority: Energi", "authority: Energi", "no department 'Energi'; did you mean 'Energy'?"),
    ("authority: Energy", "policy: OR('EnergyMSP.member')", "OR('EnergyMSP.member')", "write 'EnergyMSP.peer'"),
    ("authority: Energy", "policy: OR('EnergiMSP.peer')", "OR('EnergiMSP.peer')", "policy names nobody: no MSP 'EnergiMSP'; did you mean 'EnergyMSP'?"),
    ("authority: Energy", "policy: AND('EnergyMSP.peer'", "AND('EnergyMSP.peer'", "policy not understood: expected ')'"),
    ("authority: Energy", "policy: OutOf(3, 'EnergyMSP.peer')", "OutOf(3", "OutOf asks for 3 of 1"),
    ("    authority: Energy\n", "", "", "chaincode 'electricity' needs `authority` or `policy`"),
    ("name: electricity", "name: qscc", "name: qscc", "'qscc' is a chaincode of Fabric's own"),
    ("name: electricity", "name: e--x", "name: e--x", "chaincode name 'e--x' is not allowed"),
    ("name: electricity", "name: logistics", "", "two chaincodes 'logistics'"),
    ("contract:Electricity", "contract.Electricity", "contract.Electricity", "names no class; write package.module:Class"),
    ("members: [Energy, Civic]", "members: [Energy, Civc]", "[Energy, Civc]", "no department 'Civc'; did you mean 'Civic'?"),
    ("name: bills, members: [Energy, Civic]", "name: bills", "name: bills,", "collection 'bills' has no member"),
    ("name: bills, members", "name: readings, members", "", "two collections 'readings' in electricity"),
    ("name: bills, members", "name: _x, members", "name: _x", "collection name '_x' is not allowed"),
    ("name: bills, members", "name: bills, each: department, members", "each: department, members", "drop `members`"),
    ("required: 0}", "required: 2, maximum: 1}", "required: 2", "maximum 1 is less than required 2"),
    ("each: department}", "each: peer}", "each: peer", "'peer' is not known; write department"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "where", "said"), CASES, ids=[case[3][:40] for case in CASES]
)
def test_each_fault_names_line_and_cure(folder, change, old, new, where, said) -> None:
    change(old, new)
    told = faults(folder)
    matching = [line for line in told if said in line]
    assert matching, told
    if where:
        assert matching[0].startswith(f"network.yaml:{line_of(folder, where.strip())}: ")


def test_all_faults_are_told_at_once_in_the_order_of_lines(folder, change) -> None:
    change("base_port: 24000", "base_port: 80")
    change("name: crosswork", "name: X")
    change("mspid: EnergyMSP", "mspid: LogisticsMSP")
    change("authority: Civic", "authority: Civc")
    told = faults(folder)
    assert len(told) == 4
    numbers = [int(line.split(":")[1]) for line in told]
    assert numbers == sorted(numbers)


def test_a_department_that_cannot_be_read_is_not_said_to_be_unknown_elsewhere(
    folder, change
) -> None:
    change("  - name: Energy\n", "  - nmae: Energy\n")
    told = faults(folder)
    assert any("unknown field 'nmae'; did you mean 'name'?" in line for line in told)
    assert any("field 'name' is missing" in line for line in told)
    assert not any("no department" in line for line in told)


def test_no_orderer_at_all(folder) -> None:
    path = folder / "network.yaml"
    path.write_text(path.read_text().replace("    orderers: 1\n", ""))
    assert any("no department runs an orderer" in line for line in faults(folder))


def test_a_port_used_twice_names_both_uses_and_the_line(folder, change) -> None:
    ports = "[{name: peer0, ports: {listen: 24111, chaincode: 24901, operations: 24902}}]"
    change("peers: 1\n", f"peers: {ports}\n")
    told = faults(folder)
    assert told == [
        f"network.yaml:{line_of(folder, 'domain: energy.example') + 1}: port 24111 is "
        "logistics-peer0's listen port and energy-peer0's listen port; change one"
    ]


def test_a_duplicate_key_and_broken_syntax(folder, change) -> None:
    change("ordering: raft", "ordering: raft\nordering: raft")
    assert any("'ordering' stands twice, first on line" in line for line in faults(folder))
    change("ordering: raft\nordering: raft", "ordering: [raft")
    assert any("not YAML" in line for line in faults(folder))


def test_empty_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "network.yaml").write_text("")
    with pytest.raises(DefinitionError, match="the file is empty"):
        read_definition(tmp_path / "network.yaml")
    with pytest.raises(
        DefinitionError, match=r"no network\.yaml here; run `weftwork network init`"
    ):
        open_project(tmp_path / "nowhere")


def test_every_field_with_a_value_of_the_wrong_type(folder) -> None:
    """Whatever stands in a field's place, there is a fault and no traceback."""
    text = (folder / "network.yaml").read_text().splitlines()
    for at, line in enumerate(text):
        if ":" not in line or line.lstrip().startswith("#"):
            continue
        key = line.split(":")[0]
        if key.strip() in ("- name", "name", "contract", "mspid", "domain", "role", "authority"):
            wrong = "[1]"
        elif key.strip() in ("channel", "departments", "chaincodes", "users", "collections"):
            continue
        elif key.strip().startswith("- {"):
            key, wrong = f"{key.split('{')[0]}x", "{a: [1]}"
        else:
            wrong = "{a: [1]}"
        (folder / "network.yaml").write_text(
            "\n".join([*text[:at], f"{key}: {wrong}", *text[at + 1 :]])
        )
        assert any(f"network.yaml:{at + 1}: " in fault for fault in faults(folder)), line
