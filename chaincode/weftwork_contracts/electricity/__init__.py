"""Electricity: meters, tariffs, anchored readings, bills that anybody can recompute."""
