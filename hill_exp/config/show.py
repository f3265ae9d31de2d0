"""What a person is shown beside the picture, its labels and the images: the same for a simulated and a real one.

Each part can be withheld by condition, so that what information helps is a question that can be asked.
"""

from __future__ import annotations

from hill_exp.config.schema import Choice


class Show(Choice):
    """False: it is withheld."""

    predictions: bool  # the model's label of each point
    confidence: bool  # how sure the model is of it
    names: bool  # the name of each class, where most of its colour lies
    neighbours: bool  # of each point, those nearest to it in the latent space
    turns: bool  # of turns before: where points were dropped, and which have followed
    lesson: bool  # before an edit is handed over: which of the moved points would teach nothing


EVERYTHING = Show(**dict.fromkeys(Show.model_fields, True))
