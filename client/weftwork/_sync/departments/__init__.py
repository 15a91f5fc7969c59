"""Typed clients of the departments: one class each, one method per transaction function."""

# Generated from weftwork/aio/departments/__init__.py by scripts/unasync.py: change that one.

from weftwork._sync.departments.base import Department
from weftwork._sync.departments.civic import Civic
from weftwork._sync.departments.energy import Energy
from weftwork._sync.departments.logistics import Logistics
from weftwork._sync.departments.property import Property

__all__ = ["Civic", "Department", "Energy", "Logistics", "Property"]
