"""Company: beside whom a person dropped a point, and from whom it was taken."""

from __future__ import annotations

import numpy as np
import pytest

from hill_exp.company import company, company_distances
from hill_exp.types import NO_CLASS, Edit, EditedLayout, Floats, Gesture, Layout, Lesson

LINE = np.stack([np.arange(8.0), np.zeros(8)], axis=1)  # a point at each of 0 to 7


def drop(point: int, x: float, shown: Floats = LINE, looked: list[int] | None = None) -> EditedLayout:
    marks = None if looked is None else np.isin(np.arange(len(shown)), looked)
    return EditedLayout(shown, Edit.of(shown, [Gesture(np.array([point]), np.array([[x, 0.0]]))], marks))


def lesson(*edits: EditedLayout, shown: Floats = LINE) -> Lesson:
    return Lesson(Layout(shown), edits, np.full(len(shown), NO_CLASS))


@pytest.mark.parametrize(
    ("k", "looked", "members"),
    [
        (0, None, []),
        (1, None, [1, 5]),  # nearest to where it was taken from, and to where it was dropped
        (2, None, [1, 2, 5, 6]),
        (20, None, [1, 2, 3, 4, 5, 6, 7]),
        (1, [0, 1], [2, 5]),  # who was looked at speaks for itself
    ],
)
def test_who_is_company(k: int, looked: list[int] | None, members: list[int]) -> None:
    edited = drop(0, 5.2, looked=looked)
    rows = company(edited.shown, edited.edit, k)
    assert np.flatnonzero(rows[0]).tolist() == members
    assert not rows[~edited.edit.looked].any()


def test_those_as_near_as_the_last_all_count() -> None:
    edited = drop(0, 5.5)
    assert np.flatnonzero(company(edited.shown, edited.edit, 1)[0]).tolist() == [1, 5, 6]


def test_distances_are_of_the_layout_on_which_the_point_was_dropped() -> None:
    """Two turns: what point 0 was dropped beside in the first does not change when the others lie elsewhere."""
    mirrored = LINE[::-1].copy()
    apart = company_distances(lesson(drop(0, 5.2), drop(7, 6.1, mirrored), shown=mirrored), 1)
    assert apart[0, 5] == pytest.approx(0.2) and apart[0, 1] == pytest.approx(4.2)
    assert np.flatnonzero(np.isfinite(apart[0])).tolist() == [1, 5]
    assert apart[7, 1] == pytest.approx(0.1)  # the mirrored line has point 1 at 6
    assert not np.isfinite(apart[1:7]).any()  # two points that no edit moved say nothing of each other
    assert not np.isfinite(apart[:, [0, 7]]).any()  # what edits say of two moved points is not company's to know


def test_a_point_moved_again_forgets_its_old_company() -> None:
    apart = company_distances(lesson(drop(0, 5.2), drop(0, 2.2)), 1)
    assert np.flatnonzero(np.isfinite(apart[0])).tolist() == [1, 2]


def test_a_lesson_knows_the_last_place_of_each_point() -> None:
    first, second = drop(0, 5.2), drop(1, 3.0, LINE + 1)
    both = lesson(first, second, shown=LINE + 2)
    assert both.held.tolist() == [True, True] + [False] * 6
    assert both.edited[:3].tolist() == [[5.2, 0.0], [3.0, 0.0], [4.0, 2.0]]
    assert both.last.tolist() == [0, 1] + [-1] * 6


def test_what_is_handled_is_looked_at() -> None:
    edit = drop(0, 5.2, looked=[3]).edit
    assert np.flatnonzero(edit.looked).tolist() == [0, 3]
    assert np.flatnonzero(drop(0, 5.2).edit.looked).tolist() == [0]
    with pytest.raises(ValueError, match=r"looked has shape \(3,\); expected \(8,\)"):
        Edit(LINE, np.ones(8, bool), np.ones(8, bool), np.ones(3, bool), ())
