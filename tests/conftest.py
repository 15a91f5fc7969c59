"""Tests run on plain processes, whatever engine this machine has, unless they ask for another."""

import os

os.environ.setdefault("BACKEND", "process")
