"""Every function of the departments' contracts as a method: written by scripts/departments.py."""
