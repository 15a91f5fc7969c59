"""What behave does around the scenarios; `python -m tests.scenario` starts it with its userdata."""

import traceback
from pathlib import Path
from typing import Any

from tests.scenario.driving import DRIVERS
from tests.scenario.network import Stage
from tests.scenario.world import World


def before_all(context: Any) -> None:
    """Opens the network that runs, and the client that is asked for."""
    given = context.config.userdata
    context.stage = Stage(Path(given["network"]), Path(given["gateway"]))
    context.stage.check_names()
    context.driver = DRIVERS[given["client"]]()


def before_scenario(context: Any, scenario: Any) -> None:
    """Begins anew."""
    context.world = World(context.stage, context.driver)


def after_step(context: Any, step: Any) -> None:
    """Notes in full why a step has failed."""
    if step.exception is not None:
        where = f"{step.location} {context.scenario.name}: {step.name}"
        why = "".join(traceback.format_exception(step.exception))
        with Path(context.config.userdata["failures"]).open("a", encoding="utf-8") as file:
            file.write(f"{where}\n{why}\n")


def after_scenario(context: Any, scenario: Any) -> None:
    """Closes what the scenario opened."""
    context.world.close()


def after_all(context: Any) -> None:
    """Closes the rest."""
    context.driver.end()
    context.stage.close()
