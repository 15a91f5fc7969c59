"""Where it is defined."""

import os


def exported() -> list[str]:
    return [os.environ["NAME"]]  # bad: environment
