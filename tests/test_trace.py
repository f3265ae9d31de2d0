"""What lies beside a record comes back as it was, and is checked when made."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

import numpy as np
import pytest
import synthetic
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hill_exp.loop import run as loop
from hill_exp.loop.parts import Parts
from hill_exp.record.trace import Trace
from hill_exp.types import NO_CLASS, Edit, Gesture

N = 6
SECONDS = st.floats(0, 100)
GESTURES = st.lists(
    st.lists(st.integers(0, N - 1), unique=True, max_size=4).flatmap(
        lambda points: st.builds(
            Gesture,
            points=st.just(np.array(points, np.int64)),
            drops=arrays(float, (len(points), 2), elements=st.floats(-9, 9)),
            seconds=SECONDS,
        )
    ),
    max_size=4,
)


@settings(deadline=None, max_examples=50)
@given(turns=st.lists(GESTURES, max_size=3))
def test_a_trace_gives_the_gestures_that_it_was_made_of(turns: list[list[Gesture]]) -> None:
    start, nothing = np.zeros((N, 2)), np.full(N, NO_CLASS)
    views = [synthetic.view(start, nothing)] * (len(turns) + 1)
    again = Trace.of(views, [Edit.of(start, gestures) for gestures in turns], np.zeros(N, np.int64)).gestures()
    assert [len(gestures) for gestures in again] == [len(gestures) for gestures in turns]
    for mine, theirs in zip(chain(*again), chain(*turns), strict=True):
        np.testing.assert_array_equal(mine.points, theirs.points)
        np.testing.assert_array_equal(mine.drops, theirs.drops)
        assert mine.seconds == theirs.seconds


def test_who_was_looked_at_is_kept_and_older_traces_do_not_say(tiny_parts: Callable[..., Parts]) -> None:
    parts = tiny_parts("+user=oracle")
    kept = loop.run(parts, parts.user, parts.dataset.sample(0, 1), 0, 1, "cpu", lambda *_: None).trace
    assert kept and kept.looked is not None and kept.dwell is None
    assert (kept.handled <= kept.looked).all() and 0 < kept.looked.mean() < 1
    older = {name: array for name, array in kept.arrays().items() if name != "looked"}
    assert Trace(**older).looked is None


def test_the_kept_gestures_make_the_kept_edit(tiny_parts: Callable[..., Parts]) -> None:
    parts = tiny_parts("+user=noisy")
    kept = loop.run(parts, parts.user, parts.dataset.sample(0, 1), 0, 1, "cpu", lambda *_: None).trace
    assert kept and kept.turns == 2 and all(kept.gestures())
    for layout, edited, gestures in zip(kept.layout, kept.edited, kept.gestures(), strict=False):
        np.testing.assert_array_equal(Edit.of(layout, gestures).positions.astype(np.float32), edited)


def test_its_views_are_those_that_were_shown(tiny_parts: Callable[..., Parts]) -> None:
    """A person who acts on the rebuilt views does what it did: but for the precision of the layout, all is there."""
    parts = tiny_parts("+user=oracle")
    kept = loop.run(parts, parts.user, parts.dataset.sample(0, 1), 0, 1, "cpu", lambda *_: None).trace
    assert kept
    views = kept.views(("a",) * 10)
    assert len(views) == kept.turns == 2
    assert np.isnan(views[0].pins).all()
    held = kept.handled[0]
    np.testing.assert_allclose(views[1].pins[held], kept.edited[0][held], atol=1e-6)
    assert np.isnan(views[1].pins[~held]).all()
    np.testing.assert_array_equal(views[1].predicted, kept.predicted[1])
    assert kept.reserved.sum() == 10 and (views[1].reserved == kept.reserved).all()  # a fifth of 48
    assert (views[1].recognised == np.where(kept.reserved, NO_CLASS, kept.truth)).all()


def test_arrays_that_do_not_go_together_are_refused() -> None:
    views = [synthetic.view(np.zeros((3, 2)), np.full(3, NO_CLASS))]
    trace = Trace.of(views, [], np.zeros(3, np.int64))
    with pytest.raises(ValueError, match=r"truth has shape \(2,\); expected \(3,\)|shape"):
        Trace(**{**trace.arrays(), "truth": np.zeros(2, np.int16)})
