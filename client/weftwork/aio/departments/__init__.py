"""Typed clients of the departments: one class each, one method per transaction function."""

from weftwork.aio.departments.base import Department

__all__ = ["Department"]
