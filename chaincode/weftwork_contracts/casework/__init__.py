"""Casework: cases that cross departments, finished by one atomic transaction."""
