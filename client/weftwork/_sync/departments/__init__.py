"""Typed clients of the departments: one class each, one method per transaction function."""

# Generated from weftwork/aio/departments/__init__.py by scripts/unasync.py: change that one.

from weftwork._sync.departments.base import Department
from weftwork._sync.departments.logistics import Logistics

__all__ = ["Department", "Logistics"]
