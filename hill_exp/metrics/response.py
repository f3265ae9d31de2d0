"""Did the latents follow the edit?"""

from __future__ import annotations

import numpy as np

from hill_exp.company import company
from hill_exp.types import Edit, Floats

COMPANY = 10  # points not attended to nearest to each drop, and to where it was taken from


def embedding_response(before: Floats, after: Floats, shown: Floats, edit: Edit) -> float:
    """How far the latents followed one edit, in the latent space; in [-2, 2].

    The correlation of the latents' distances with those of the edited layout, after the epochs under the edit minus
    before them: 0 is no answer, above 0 follows the edit. Over the pairs of a moved point with another one, with one
    that was looked at and left, or with one of its company (hill_exp.company). It asks of no teacher how it meant the
    edit, so it compares them all; the term is that of Hinterreiter et al. 2020, who judge the response by eye.
    before, after (N, d); shown (N, 2): the layout before the edit. NaN with fewer than three pairs, or where all
    distances are equal.
    """
    members = company(shown, edit, COMPANY) | (edit.looked & ~edit.moved)
    pairs = (members & edit.moved[:, None]) | np.triu(edit.moved[:, None] & edit.moved, 1)
    i, j = np.nonzero(pairs)
    if len(i) < 3:
        return float("nan")
    wanted, then, now = (np.linalg.norm(of[i] - of[j], axis=1) for of in (edit.positions, before, after))
    return _correlation(now, wanted) - _correlation(then, wanted)


def _correlation(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / scale if scale > 0 else float("nan")
