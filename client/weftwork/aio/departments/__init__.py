"""Typed clients of the departments: one class each, one method per transaction function."""

from weftwork.aio.departments.base import Department
from weftwork.aio.departments.logistics import Logistics

__all__ = ["Department", "Logistics"]
