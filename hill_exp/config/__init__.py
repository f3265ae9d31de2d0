"""The configuration: its schema, its files, and the sentences for what is wrong with it."""

from hill_exp.config.schema import OURS, TARGET, Choice, Infinite, build, is_ours, load, sources, validate
from hill_exp.config.sentences import unknown

__all__ = ["OURS", "TARGET", "Choice", "Infinite", "build", "is_ours", "load", "sources", "unknown", "validate"]
