"""Company: those beside whom a person put a point, and those from whom it was taken away."""

from __future__ import annotations

import numpy as np

from hill_exp.types import Bools, Edit, Floats, Lesson


def company(shown: Floats, edit: Edit, k: int) -> Bools:
    """(N, N) who of those that were not attended to is in the company of each point that was; rows of others are empty.

    What was not looked at is a statement only as far as it lies beside what was: the `k` nearest to where a point was
    left, the `k` nearest to where it was taken from, and those as near as the k-th. shown (N, 2): the layout before
    the edit.
    """
    from scipy.spatial.distance import cdist

    attended, rest = np.flatnonzero(edit.looked), np.flatnonzero(~edit.looked)
    members = np.zeros((len(shown), len(shown)), dtype=bool)
    if k := min(k, len(rest)):
        for places in (edit.positions, shown):
            apart = cdist(places[attended], edit.positions[rest])
            members[np.ix_(attended, rest)] |= apart <= np.partition(apart, k - 1, axis=1)[:, k - 1 : k]
    return members


def company_distances(lesson: Lesson, k: int) -> Floats:
    """(N, N) how far each point that was attended to was left from its company, in layout units, on the layout on
    which that was last done; inf for all others."""
    from scipy.spatial.distance import cdist

    distances = np.full((len(lesson.held), len(lesson.held)), np.inf)
    for number, edited in enumerate(lesson.edits):
        rows = np.flatnonzero(lesson.last == number)
        members = company(edited.shown, edited.edit, k)[rows] & ~lesson.held
        places = edited.edit.positions
        distances[rows] = np.where(members, cdist(places[rows], places), np.inf)
    return distances
