"""hill_exp: a user study of Human-in-the-Latent-Loop training that anyone can rerun."""

__version__ = "0.1.0"
