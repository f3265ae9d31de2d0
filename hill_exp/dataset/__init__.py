"""Where images come from, and what of them one participant gets: one set a file."""

from hill_exp.dataset.base import Dataset

__all__ = ["Dataset"]
