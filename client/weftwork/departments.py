"""Typed clients of the departments, sync: one class each, one method per transaction function."""

from weftwork._sync.departments import *  # noqa: F403  # its __all__ is the one list of names
from weftwork._sync.departments import __all__ as __all__
