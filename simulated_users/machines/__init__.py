"""Rivals without a person: machines that name canvas points by what the model, its inputs and the observed labels say.

They see no true label, ask nobody, and cost no time of a person's. Each is a few lines around scikit-learn.
"""

from simulated_users.machines.base import Machine

__all__ = ["Machine"]
