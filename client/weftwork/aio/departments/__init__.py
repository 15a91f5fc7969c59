"""Typed clients of the departments: one class each, one method per transaction function."""

from weftwork.aio.departments.base import Department
from weftwork.aio.departments.civic import Civic
from weftwork.aio.departments.energy import Energy
from weftwork.aio.departments.logistics import Logistics
from weftwork.aio.departments.property import Property

__all__ = ["Civic", "Department", "Energy", "Logistics", "Property"]
