"""A real Prometheus watches the real network: every node, every alert, every panel has its data."""

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import weftwork
from tests.integration.test_network_life import start
from weftwork.departments import Energy
from weftwork_network import Network
from weftwork_network.demo.cast import Cast
from weftwork_network.monitoring import DASHBOARD, RULES, folder_of

PROMETHEUS = shutil.which("prometheus")

# Fabric tells of these only once what they count has happened.
ONLY_WHEN_IT_HAPPENS = {
    "chaincode_launch_failures",
    "chaincode_launch_timeouts",
    "consensus_etcdraft_proposal_failures",
    "gossip_privdata_fetch_duration_count",
}
ANSWERED = "max_over_time(up[5m]) == 1"
ONLY_UNDER_BFT = re.compile(r"consensus_(BFT|smartbft)_")

pytestmark = pytest.mark.skipif(
    PROMETHEUS is None,
    reason="no prometheus here: apt-get install --no-install-recommends prometheus",
)


class Prometheus:
    """A Prometheus that runs, asked over its API."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"

    def get(self, path: str, **words: str) -> Any:
        url = f"{self._base}{path}?{urllib.parse.urlencode(words)}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(url, timeout=5) as answer:
                return json.load(answer).get("data")
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{words}: {error.read().decode()}") from None

    def ask(self, expression: str) -> list[Any]:
        return self.get("/api/v1/query", query=expression)["result"]

    def ready(self) -> bool:
        """Whether each target has answered once: on a busy machine one may be late now and then."""
        try:
            targets = self.get("/api/v1/targets")["activeTargets"]
        except OSError:
            return False
        return bool(targets) and len(self.ask(ANSWERED)) == len(targets)


@pytest.fixture(scope="module")
def watched(network: Network, cast: Cast, tmp_path_factory: Any) -> Iterator[Prometheus]:
    """The shared network with some traffic, watched for some seconds."""
    command = start(network.project.folder, "metrics", "--json")
    told, words = command.communicate(timeout=60)
    assert command.returncode == 0, words
    assert json.loads(told)["targets"] >= len(network.topology.nodes)
    folder = folder_of(network.state)
    configuration = yaml.safe_load((folder / "prometheus.yml").read_text())
    configuration["global"] = {"scrape_interval": "2s", "evaluation_interval": "2s"}
    quick = folder / "quick.yml"
    quick.write_text(yaml.safe_dump(configuration))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    data = tmp_path_factory.mktemp("prometheus")
    assert PROMETHEUS is not None
    process = subprocess.Popen(
        [
            PROMETHEUS,
            f"--config.file={quick}",
            f"--storage.tsdb.path={data}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ],
        stderr=(data / "log").open("w"),
    )
    found = Prometheus(port)
    try:
        deadline = time.monotonic() + 60
        while not found.ready():
            assert process.poll() is None, (data / "log").read_text()
            if time.monotonic() > deadline:
                down = [
                    (each["labels"]["node"], each["lastError"])
                    for each in found.get("/api/v1/targets")["activeTargets"]
                    if each["health"] != "up"
                ]
                raise AssertionError(f"not up: {down}")
            time.sleep(0.3)
        _traffic(network)
        yield found
    finally:
        process.terminate()
        process.wait(10)
        quick.unlink()


def _traffic(network: Network) -> None:
    """Some seconds of transactions, one of them refused."""
    with weftwork.connect(network.profile("Energy"), user="meter-operator") as gateway:
        energy = Energy(gateway.network(network.channel))
        began = time.monotonic()
        while time.monotonic() - began < 6:
            energy.register_meter(f"watched-{time.monotonic_ns()}")
        with pytest.raises(weftwork.EndorseError):
            gateway.network(network.channel).contract("electricity").submit("no_such_function")
    time.sleep(5)  # two scrapes and an evaluation


def panels(network: Network) -> list[tuple[str, str]]:
    """Title and query of everything that the dashboard shows."""
    dashboard = json.loads((folder_of(network.state) / DASHBOARD).read_text())
    return [
        (panel["title"], target["expr"])
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    ]


def plain(query: str) -> str:
    """A panel's query with its variables at `All`."""
    return re.sub(r"\$(channel|department)", ".*", query)


def test_every_node_answers_with_its_own_labels(network: Network, watched: Prometheus) -> None:
    up = {each["metric"]["node"]: each for each in watched.ask(ANSWERED)}
    assert set(up) == {node.id for node in network.topology.nodes}
    for node in network.topology.nodes:
        labels = up[node.id]["metric"]
        assert (labels["department"], labels["kind"]) == (node.department, node.kind)


def test_every_panel_shows_something(network: Network, watched: Prometheus) -> None:
    found = panels(network)
    assert len(found) > 20
    empty = [title for title, query in found if not watched.ask(plain(query))]
    assert empty == []


def test_every_metric_that_rules_and_panels_name_is_there(
    network: Network, watched: Prometheus
) -> None:
    known = set(watched.get("/api/v1/label/__name__/values"))
    rules = yaml.safe_load((folder_of(network.state) / RULES).read_text())
    queries = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    queries += [query for _, query in panels(network)]
    named = {name for query in queries for name in metric_names(query)}
    assert len(named) > 25
    assert {
        name for name in named - known - ONLY_WHEN_IT_HAPPENS if not ONLY_UNDER_BFT.match(name)
    } == set()


def metric_names(query: str) -> set[str]:
    """The names of metrics in a query: words that are no function, no label and no text."""
    bare = re.sub(r'"[^"]*"', "", query)
    bare = re.sub(r"\{[^}]*\}", "", bare)
    bare = re.sub(r"\b(by|on|without|group_left|group_right|ignoring)\s*\([^)]*\)", "", bare)
    return {word for word in re.findall(r"[a-zA-Z_:][\w:]*", bare) if "_" in word} - {
        "histogram_quantile"
    }


def test_all_rules_are_evaluated_and_nothing_is_wrong_with_a_network_that_is_well(
    watched: Prometheus,
) -> None:
    rules = [rule for group in watched.get("/api/v1/rules")["groups"] for rule in group["rules"]]
    assert [(rule["name"], rule["lastError"]) for rule in rules if rule["health"] == "err"] == []
    firing = {rule["name"] for rule in rules if rule.get("state") == "firing"}
    assert firing <= {"ChaincodeIsSlow", "CommitIsSlow", "EndorsementIsSlow", "DiskFills"}
    assert watched.ask("weftwork:certificate_days_left > 300")


def test_a_node_that_is_killed_is_told(
    network: Network, watched: Prometheus, tmp_path: Path
) -> None:
    network.kill_node("property-chaincode")
    try:
        deadline = time.monotonic() + 40
        while not watched.ask('ALERTS{alertname="NodeDown",node="property-chaincode"}'):
            assert time.monotonic() < deadline
            time.sleep(0.5)
    finally:
        network.start_node("property-chaincode")
        deadline = time.monotonic() + 40
        while not network.status().healthy:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def test_the_scraping_certificate_does_not_open_the_orderers_admin_endpoint(
    network: Network,
) -> None:
    import ssl

    member = network.topology.member("Energy")
    folder = network.state.monitor(member)

    def opens(port: int) -> bool:
        context = ssl.create_default_context(cafile=str(folder / "nodes-ca.crt"))
        context.load_cert_chain(folder / "client.crt", folder / "client.key")
        try:
            with (
                socket.create_connection(("127.0.0.1", port), 5) as plain_socket,
                context.wrap_socket(plain_socket, server_hostname="127.0.0.1") as tls,
            ):
                tls.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return bool(tls.recv(1))
        except OSError:
            return False

    ports = member.orderers[0].ports
    assert opens(ports["operations"])
    assert not opens(ports["admin"])
