"""Nobody at the canvas: plain training for the same number of steps."""

from __future__ import annotations

from hill_exp import person as roles
from hill_exp.config import Choice


class Nobody(Choice, roles.Nobody):
    """Plain training."""
