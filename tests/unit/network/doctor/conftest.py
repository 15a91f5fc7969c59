"""A site as the checks see it: the sample project, with nodes in whatever state a test wants."""

from collections.abc import Callable
from pathlib import Path

import pytest

from weftwork_network.doctor.site import Site
from weftwork_network.project import open_project
from weftwork_network.state import State
from weftwork_network.status import NetworkStatus, NodeStatus

MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(folder: Path) -> MakeSite:
    """Makes a site of the folder's files; `nodes` overrides fields of rows by node."""

    def make(state: str = "running", nodes: dict[str, dict[str, object]] | None = None) -> Site:
        project = open_project(folder)
        rows: list[NodeStatus] = []
        for node in project.topology.nodes:
            row = {
                "node": node.id,
                "department": node.department,
                "kind": node.kind,
                "state": state,
                "pid": 1 if state == "running" else None,
                "version": "3.1.1" if state == "running" else "",
                "heights": {"crosswork": 9}
                if state == "running" and node.kind != "chaincode"
                else {},
                "leader": False,
                "ports": node.ports,
            }
            rows.append(NodeStatus(**{**row, **(nodes or {}).get(node.id, {})}))  # type: ignore[arg-type]
        status = NetworkStatus(project.topology.channel, tuple(rows))
        return Site(project, State(project.state_folder), status, containers=False)

    return make


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    """All nodes run."""
    return make_site()


@pytest.fixture
def idle(make_site: MakeSite) -> Site:
    """No node runs."""
    return make_site("stopped")
