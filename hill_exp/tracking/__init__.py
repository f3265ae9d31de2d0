"""Where else the results go, beside the store: one tracker a file."""

from hill_exp.tracking.base import Run, Tracker

__all__ = ["Run", "Tracker"]
