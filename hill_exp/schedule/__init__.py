"""When the person is asked, and how much one turn allows: one schedule a file."""

from hill_exp.schedule.base import Schedule

__all__ = ["Schedule"]
