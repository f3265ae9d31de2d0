"""How latents become a picture: one projection a file. The picture keeps its place, size and turn between turns."""

from hill_exp.projection.base import Projection

__all__ = ["Projection"]
