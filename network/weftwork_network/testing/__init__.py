"""A real Fabric network for an integrator's own tests, as processes or in containers.

    from weftwork_network.testing import FabricNetwork

    with FabricNetwork() as network:
        gateway = network.connect("Logistics", user="clerk")

Nothing else of this package is imported by the rest of Weftwork. For fixtures, one line in the
top conftest.py: ``pytest_plugins = ["weftwork_network.testing.fixtures"]``.
"""

from weftwork_network.testing.fabric_network import FabricNetwork

__all__ = ["FabricNetwork"]
