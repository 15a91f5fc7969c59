"""A Fabric CA's client, sync: enroll, register, revoke."""

from weftwork._sync.ca import *  # noqa: F403  # its __all__ is the one list of names
from weftwork._sync.ca import __all__ as __all__
