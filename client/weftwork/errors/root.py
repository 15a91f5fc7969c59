"""The root of what goes wrong."""


class WeftworkError(Exception):
    """Any failure that this package understands and reports."""
