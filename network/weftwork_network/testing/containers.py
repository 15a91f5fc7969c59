"""A test network's containers as `testcontainers` knows them: compose, labels, containers."""

import os
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from weftwork.errors import MissingExtraError
from weftwork_network.engine import PROJECT_LABEL, need_engine
from weftwork_network.errors import EngineError

try:
    from docker.errors import DockerException
    from docker.models.containers import Container
    from testcontainers.compose import ComposeContainer, DockerCompose
    from testcontainers.compose.compose import PublishedPortModel
    from testcontainers.core.docker_client import DockerClient
    from testcontainers.core.exceptions import ContainerIsNotRunning
    from testcontainers.core.labels import create_labels
    from testcontainers.core.network import Network
except ImportError as error:
    raise MissingExtraError("a test network of containers", "testing") from error

_SERVICE_LABEL = "com.docker.compose.service"
_HERE = ("localhost", "127.0.0.1")


def labels() -> dict[str, str]:
    """What marks this session's containers, networks and volumes as testcontainers' own.

    Its reaper, where one runs in the session, and whatever else goes by these labels, knows them.
    """
    return create_labels("", None)


def check_engine() -> None:
    """Sees to it that an engine answers and that what it publishes is to be reached.

    Raises:
        EngineError: otherwise, in words.
    """
    need_engine(compose=True)
    client = _client()
    host = client.host()
    client.client.close()
    if host not in _HERE:
        raise EngineError(
            f"the engine ({os.environ.get('DOCKER_HOST', 'the default socket')}) publishes ports "
            f"on {host}, and a test network's are on 127.0.0.1 alone; run the tests where the "
            "engine is, or as processes"
        )


class Compose(DockerCompose):
    """testcontainers' compose for a network's own compose file, on either compose program.

    testcontainers calls `docker compose` only, and asks it about containers in a form that the
    older program lacks. This one calls whichever is there, and asks the engine.
    """

    def __init__(self, file: Path, project: str) -> None:
        super().__init__(context=str(file.parent), compose_file_name=file.name, wait=False)
        self.project = project
        """The compose project's name."""

    @cached_property
    def compose_command_property(self) -> list[str]:
        """The command and what it is always told."""
        words = [*need_engine(compose=True).compose_program, "--project-name", self.project]
        return [*words, "--file", str(Path(self.context) / "compose.yaml")]

    def get_containers(self, include_all: bool = False) -> list[ComposeContainer]:
        """The network's containers, as testcontainers describes them.

        Args:
            include_all: those too that do not run.
        """
        client = _client().client
        try:
            label = f"{PROJECT_LABEL}={self.project}"
            found = client.containers.list(all=include_all, filters={"label": label})
            return [self._described(each) for each in found]
        finally:
            client.close()

    def _described(self, container: Container) -> ComposeContainer:
        attributes = container.attrs
        state: dict[str, Any] = attributes["State"]
        ports: dict[str, list[dict[str, str]] | None] = attributes["NetworkSettings"]["Ports"]
        described = ComposeContainer(
            ID=container.id,
            Name=container.name,
            Command=" ".join([attributes["Path"], *attributes["Args"]]),
            Project=self.project,
            Service=attributes["Config"]["Labels"][_SERVICE_LABEL],
            State=state["Status"],
            Health=state["Health"]["Status"] if "Health" in state else "",
            ExitCode=state["ExitCode"],
            Publishers=cast(
                list[PublishedPortModel],
                [
                    {
                        "URL": binding["HostIp"],
                        "TargetPort": int(port.partition("/")[0]),
                        "PublishedPort": int(binding["HostPort"]),
                        "Protocol": port.partition("/")[2],
                    }
                    for port, bindings in ports.items()
                    for binding in bindings or ()
                ],
            ),
        )
        described._docker_compose = self  # pyright: ignore[reportPrivateUsage]
        return described


class ChannelNetwork(Network):
    """The engine's network that orderers and peers are on, for containers of the tests' own.

    DockerContainer("app").with_network(fabric.channel_network)
    """

    def __init__(self, project: str) -> None:
        super().__init__()
        self.name = f"{project}_channel"

    def create(self) -> "ChannelNetwork":
        """Nothing: the network's own start makes it."""
        return self

    def remove(self) -> None:
        """Nothing: the network's own end removes it."""


def container(compose: Compose, service: str) -> Container:
    """A service's container, as docker's own library describes it.

    Raises:
        KeyError: there is none.
    """
    try:
        found = compose.get_container(service, include_all=True)
    except ContainerIsNotRunning:
        raise KeyError(service) from None
    return _client().client.containers.get(found.ID or "")


def _client() -> DockerClient:
    try:
        client = DockerClient()
        cast(Any, client.client).ping()
    except DockerException as error:
        raise EngineError(f"the engine does not answer testcontainers: {error}") from error
    return client
