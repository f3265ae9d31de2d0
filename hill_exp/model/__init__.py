"""What is trained: images to latents, latents to logits; one encoder a file."""

from hill_exp.model.base import InputShape, Model

__all__ = ["InputShape", "Model"]
