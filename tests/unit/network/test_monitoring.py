"""What Prometheus and Grafana are given: valid by their own tools, complete, held to examples."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
import yaml

from weftwork_network.certificates import CertificateStore
from weftwork_network.chaincode_operations import MOST_PORTS, operations_port
from weftwork_network.chaincode_servers import Unit
from weftwork_network.monitoring import (
    DASHBOARD,
    DATA,
    EXPIRY,
    RULES,
    folder_of,
    refresh_monitoring,
    write_monitoring,
)
from weftwork_network.serving import Service, Serving
from weftwork_network.state import write_json

PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None,
    reason="no promtool here: apt-get install --no-install-recommends prometheus",
)


def promtool(*words: str | Path) -> str:
    assert PROMTOOL is not None
    done = subprocess.run([PROMTOOL, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def service(name: str, files: str, slot: int, place: int) -> Service:
    return Service(name, "a:B", f"{name}_1:0", "0" * 64, files * 64, slot, place)


@pytest.fixture
def written(project, state) -> Path:
    """The files for a network whose departments serve two chaincodes of one code."""
    CertificateStore(state).ensure(project.topology)
    serving = Serving((service("one", "a", 0, 0), service("two", "a", 0, 1)))
    for member in project.topology.members:
        write_json(state.serving(member), msgspec.to_builtins(serving))
    write_monitoring(state, project.topology, project.topology.members, contained=False)
    return folder_of(state)


def targets(folder: Path, department: str) -> list[dict[str, object]]:
    return json.loads((folder / "targets" / f"{department}.json").read_text())


def rules() -> list[dict[str, str]]:
    groups = yaml.safe_load((DATA / RULES).read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


@needs_promtool
def test_the_configuration_is_one_for_prometheus(written: Path) -> None:
    promtool("check", "config", written / "prometheus.yml")
    promtool("check", "rules", written / "rules.yml", written / "certificates.yml")


@needs_promtool
def test_each_alert_fires_on_its_example_and_on_nothing_else(tmp_path: Path) -> None:
    text = Path(__file__).with_name("alerts.yml").read_text()
    cases = tmp_path / "alerts.yml"
    cases.write_text(text.replace("[RULES]", f"[{DATA / RULES}]"))
    promtool("test", "rules", cases)


def test_each_alert_has_an_example_and_says_what_to_do() -> None:
    text = Path(__file__).with_name("alerts.yml").read_text()
    alerts = [rule for rule in rules() if "alert" in rule]
    assert len(alerts) > 20
    for rule in alerts:
        name = rule["alert"]
        assert re.search(rf"\b{name}\b", text) or re.search(rf"{name[:3]}\w*\.\*", text), name
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"]
        assert rule["labels"]["severity"] in ("warning", "critical")


@needs_promtool
def test_every_panels_query_is_one(tmp_path: Path) -> None:
    dashboard = json.loads((DATA / DASHBOARD).read_text())
    queries = [
        re.sub(r"\$(channel|department)", ".*", target["expr"])
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    ]
    assert len(queries) > 20
    records = [{"record": f"panel:{at}", "expr": query} for at, query in enumerate(queries)]
    path = tmp_path / "panels.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": records}]}))
    promtool("check", "rules", path)


def test_the_dashboard_is_whole() -> None:
    dashboard = json.loads((DATA / DASHBOARD).read_text())
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["type"] == "row" or panel["description"]
    assert dashboard["uid"]
    assert {each["name"] for each in dashboard["templating"]["list"]} == {
        "datasource",
        "channel",
        "department",
    }


def test_every_node_is_a_target_of_its_own_department(project, written: Path) -> None:
    for member in project.topology.members:
        found = targets(written, member.folder)
        assert {each["labels"]["department"] for each in found} == {member.name}
        own = {node.id for node in project.topology.nodes if node.department == member.name}
        assert {each["labels"]["node"] for each in found} == own


def test_a_container_each_is_a_target_each(project, state, written: Path) -> None:
    topology = project.topology
    member = next(each for each in topology.members if each.chaincode_nodes)

    def units() -> int:
        return sum(
            each["labels"]["kind"] == "chaincode" for each in targets(written, member.folder)
        )

    assert units() == 1
    refresh_monitoring(state, topology, contained=True)
    assert units() == 2


def test_a_department_can_watch_its_own_nodes_alone(project, state, written: Path) -> None:
    member = project.topology.members[0]
    write_monitoring(state, project.topology, [member], contained=False)
    assert [path.stem for path in (written / "targets").iterdir()] == [member.folder]
    text = (written / "prometheus.yml").read_text() + (written / "certificates.yml").read_text()
    for other in project.topology.members[1:]:
        assert f"{other.folder}-" not in text
        assert f"/{other.folder}/" not in text


def test_refreshing_begins_nothing(project, state) -> None:
    refresh_monitoring(state, project.topology, contained=False)
    assert not folder_of(state).exists()


def test_every_certificate_has_its_days(project, written: Path) -> None:
    groups = yaml.safe_load((written / "certificates.yml").read_text())["groups"]
    found = {
        (rule["labels"]["node"], rule["labels"]["certificate"])
        for group in groups
        for rule in group["rules"]
        if rule["record"] == EXPIRY
    }
    for node in project.topology.peers:
        assert {(node.id, name) for name in ("identity", "tls", "operations")} <= found


def test_units_have_ports_of_their_own_and_none_of_another_node(project) -> None:
    topology = project.topology
    node = topology.chaincode_servers[0]
    ports = [operations_port(topology, Unit("u", node, (), slot)) for slot in range(40)]
    given = [port for port in ports if port is not None]
    assert given[0] == node.ports["operations"]
    assert len(set(given)) == len(given) <= MOST_PORTS
    others = {port for each in topology.nodes if each != node for port in each.ports.values()}
    assert not others & set(given)
