"""Administration from code, sync: packages, definitions, channels, orderers, discovery."""

from weftwork._sync.admin import *  # noqa: F403  # its __all__ is the one list of names
from weftwork._sync.admin import __all__ as __all__
