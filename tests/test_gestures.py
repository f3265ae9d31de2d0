"""Gestures kept as arrays come back as they were."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hill_exp.loop import run as loop
from hill_exp.loop.parts import Parts
from hill_exp.record.trace import pack, unpack
from hill_exp.types import Edit, Gesture

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
def test_unpack_gives_what_pack_was_given(turns: list[list[Gesture]]) -> None:
    again = unpack(pack([Edit.of(np.zeros((N, 2)), gestures) for gestures in turns]), len(turns))
    assert [len(gestures) for gestures in again] == [len(gestures) for gestures in turns]
    for mine, theirs in zip(chain(*again), chain(*turns), strict=True):
        np.testing.assert_array_equal(mine.points, theirs.points)
        np.testing.assert_array_equal(mine.drops, theirs.drops)
        assert mine.seconds == theirs.seconds


def test_the_kept_gestures_make_the_kept_edit(tiny_parts: Callable[..., Parts]) -> None:
    parts = tiny_parts("+user=noisy")
    kept = loop.run(parts, parts.user, parts.dataset.sample(0, 1), 0, 1, "cpu", lambda *_: None).layouts
    turns = unpack(kept, len(kept["edited"]))
    assert len(turns) == 2 and all(turns)
    for layout, edited, gestures in zip(kept["layout"], kept["edited"], turns, strict=False):
        np.testing.assert_array_equal(Edit.of(layout, gestures).positions.astype(np.float32), edited)
