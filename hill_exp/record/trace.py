"""Gestures as arrays, to be kept beside a record: by them a session is replayed, and a person's parameters estimated.

G gestures over all turns, K points in them, counted again in each:
    gesture_turn (G,)     the turn, from 0
    gesture_seconds (G,)  how long each took
    gesture_of (K,)       the gesture, from 0
    gesture_points (K,)   the canvas point
    gesture_drops (K, 2)  where it was dropped, layout units, in full precision
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from hill_exp.types import Edit, Floats, Gesture


def pack(edits: Sequence[Edit]) -> dict[str, np.ndarray]:
    """The gestures of all turns, one edit a turn."""
    gestures = [(turn, gesture) for turn, edit in enumerate(edits) for gesture in edit.gestures]
    sizes = [len(gesture.points) for _, gesture in gestures]
    return {
        "gesture_turn": np.array([turn for turn, _ in gestures], np.int16),
        "gesture_seconds": np.array([gesture.seconds for _, gesture in gestures], float),
        "gesture_of": np.repeat(np.arange(len(gestures), dtype=np.int32), sizes),
        "gesture_points": np.concatenate([[], *(gesture.points for _, gesture in gestures)]).astype(np.int32),
        "gesture_drops": np.concatenate([np.empty((0, 2)), *(gesture.drops for _, gesture in gestures)]),
    }


def unpack(arrays: Mapping[str, np.ndarray], turns: int) -> list[list[Gesture]]:
    """The gestures of each turn, as `pack` was given them."""
    found: list[list[Gesture]] = [[] for _ in range(turns)]
    start = np.searchsorted(arrays["gesture_of"], np.arange(len(arrays["gesture_turn"]) + 1))
    for g, (turn, seconds) in enumerate(zip(arrays["gesture_turn"], arrays["gesture_seconds"], strict=True)):
        own = slice(start[g], start[g + 1])
        points, drops = arrays["gesture_points"][own].astype(np.int64), arrays["gesture_drops"][own]
        found[turn].append(Gesture(points, drops, float(seconds)))
    return found


def digest(positions: Floats) -> str:
    """What tells whether two layouts (N, 2) are the same to the last bit."""
    return hashlib.sha256(np.ascontiguousarray(positions, float).tobytes()).hexdigest()
