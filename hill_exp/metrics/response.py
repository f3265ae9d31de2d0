"""Did the latents follow the edit?"""

from __future__ import annotations

import numpy as np

from hill_exp.types import Edit, Floats


def embedding_response(before: Floats, after: Floats, edit: Edit) -> float:
    """How far the latents followed one edit, on the moved points, in the latent space; in [-2, 2].

    The correlation of the pairwise distances of the moved points' latents with those of their places in the edited
    layout, after the epochs under the edit minus before them: 0 is no answer, above 0 follows the edit. It asks of
    no teacher how it meant the edit, so it compares them all; the term is that of Hinterreiter et al. 2020, who
    judge the response by eye. before, after (N, d). NaN with fewer than three moved points, or where all distances
    are equal.
    """
    from scipy.spatial.distance import pdist

    if edit.moved.sum() < 3:
        return float("nan")
    wanted = pdist(edit.positions[edit.moved])
    return _correlation(pdist(after[edit.moved]), wanted) - _correlation(pdist(before[edit.moved]), wanted)


def _correlation(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / scale if scale > 0 else float("nan")
