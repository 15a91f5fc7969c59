"""What another module exports."""

from .deeper import exported

__all__ = ["exported"]
