"""Every function of the departments' contracts as a method: written by scripts/departments.py."""

# Generated from weftwork/aio/departments/typed/__init__.py by scripts/unasync.py: change that one.
