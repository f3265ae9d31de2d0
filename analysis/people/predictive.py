"""Whether people like the fitted ones do what was done: simulated anew, they are compared with the person.

Each turn is simulated on the view that the person saw, with as many points as the person handled, so that no turn
hangs on what was simulated before (a posterior predictive check; Gelman, Meng and Stern 1996, Statistica Sinica 6:733).
Of each measure stands what the person did among what DRAWS simulated people did; p is two-sided, but for same_points,
of which too few alone would be odd. The parameters are estimated from the same session and held to be known, so a p
near 0.05 tells little: a measure that people like the fitted ones never reach does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from analysis.people.course import Course
from analysis.people.estimation import Fitted
from analysis.people.likeness import like
from hill_exp.types import NO_CLASS, Budget, Floats, Gesture, Ints, View
from simulated_users.person import SimulatedPerson
from simulated_users.sample_views import sights

DRAWS: Final = 100
MEASURES: Final[Mapping[str, str]] = {
    "same_points": "handled points in common with a simulated person, of all that either handled",
    "order": "confidence of the model at the last third of a turn's points, less at the first",
    "wrong_share": "share of the handled points that the model predicts wrongly",
    "drag_length": "mean way of a point, layout units",
    "drag_spread": "its standard deviation, layout units",
    "misfiled": "share of the points dropped nearest the middle of another class",
    "seconds": "a point, s",
}


class Turn(NamedTuple):
    """What was done with a view."""

    view: View
    gestures: Sequence[Gesture]
    seconds: float

    @property
    def points(self) -> Ints:
        """(k,) what was handled, in order."""
        return np.concatenate([np.empty(0, np.int64), *(gesture.points for gesture in self.gestures)])

    @property
    def drops(self) -> Floats:
        """(k, 2) where to."""
        return np.concatenate([np.empty((0, 2)), *(gesture.drops for gesture in self.gestures)])


class Check(NamedTuple):
    """A measure of a person, and of the simulated people: mean, and what the middle 95% of them lie between."""

    observed: float
    expected: float
    low: float
    high: float
    p: float


def check(
    courses: Sequence[Course], fitted: Fitted, strategy: str, looking: bool, rng: np.random.Generator
) -> dict[str, Check]:
    """Of each measure, the person of these courses against people like `fitted`. looking: whether the seconds of the
    person's gestures count the looking too, as those of a real one do."""
    observed = [
        Turn(view, gestures, sum(gesture.seconds for gesture in gestures))
        for course in courses
        for view, gestures in zip(course.views, course.gestures, strict=True)
        if gestures
    ]
    simulated = [
        [turn for course in courses for turn in _simulated(like(fitted, course.piles, strategy), course, looking, rng)]
        for _ in range(DRAWS)
    ]
    everybody = [observed, *simulated]
    rows = [{**_measures(turns), "same_points": _overlap(k, everybody)} for k, turns in enumerate(everybody)]
    return {name: _placed([row[name] for row in rows], both=name != "same_points") for name in MEASURES}


def _simulated(person: SimulatedPerson, course: Course, looking: bool, rng: np.random.Generator) -> list[Turn]:
    """The person's turns on the views of the course."""
    first = course.views[0]
    on_canvas = first.recognised != NO_CLASS
    recognised = np.full(len(first), NO_CLASS)
    truth = first.recognised[on_canvas]
    recognised[on_canvas] = person.knowledge.recognise(sights(truth, len(first.classes)), rng)
    turns = []
    for view, gestures, known in zip(course.views, course.gestures, course.known, strict=True):
        if not gestures:
            continue
        handled = len(np.unique(np.concatenate([gesture.points for gesture in gestures])))
        seen = replace(view, recognised=np.where(known, recognised, NO_CLASS), budget=Budget(points=handled))
        edit = person.edit(seen, rng)
        seconds = edit.seconds if looking else edit.seconds - edit.looking
        turns.append(Turn(view, edit.gestures, seconds))
    return turns


def _measures(turns: Sequence[Turn]) -> dict[str, float]:
    """The measures of one person by itself."""
    lengths, wrong, order = list[Floats](), list[Floats](), list[float]()
    for turn in turns:
        points, view = turn.points, turn.view
        lengths.append(np.linalg.norm(turn.drops - view.positions[points], axis=1))
        wrong.append((view.predicted != view.recognised)[points].astype(float))
        third = len(points) // 3
        if third:
            confidence = view.confidence[points]
            order.append(float(confidence[-third:].mean() - confidence[:third].mean()))
    length = np.concatenate(lengths) if lengths else np.empty(0)
    n = max(1, len(length))
    return {
        "order": float(np.mean(order)) if order else np.nan,
        "wrong_share": float(np.concatenate(wrong).mean()) if len(length) else np.nan,
        "drag_length": float(length.mean()) if len(length) else np.nan,
        "drag_spread": float(length.std()) if len(length) else np.nan,
        "misfiled": _misfiled(turns),
        "seconds": sum(turn.seconds for turn in turns) / n,
    }


def _misfiled(turns: Sequence[Turn]) -> float:
    """The middle of a class is the median of where its points were dropped, over all turns."""
    drops = np.concatenate([np.empty((0, 2)), *(turn.drops for turn in turns)])
    truth = np.concatenate([np.empty(0, np.int64), *(turn.view.recognised[turn.points] for turn in turns)])
    classes = np.unique(truth)
    if len(classes) < 2:
        return np.nan
    middles = np.stack([np.median(drops[truth == c], axis=0) for c in classes])
    nearest = classes[np.linalg.norm(drops[:, None] - middles, axis=2).argmin(1)]
    return float((nearest != truth).mean())


def _overlap(k: int, everybody: Sequence[Sequence[Turn]]) -> float:
    """Of the points that person k and a simulated one (all but the first) handled in a turn, the share that both did;
    mean over turns and simulated people, itself left out."""
    mine = [set(turn.points.tolist()) for turn in everybody[k]]
    shares = [
        len(a & b) / max(1, len(a | b))
        for other in (other for j, other in enumerate(everybody) if j not in (0, k))
        for a, b in zip(mine, (set(turn.points.tolist()) for turn in other), strict=True)
    ]
    return float(np.mean(shares)) if shares else np.nan


def _placed(values: Sequence[float], both: bool) -> Check:
    """The first value among the others; both: whether much is as odd as little."""
    observed, others = values[0], np.array(values[1:])
    low, high = np.quantile(others, [0.025, 0.975])
    less, more = int((others <= observed).sum()), int((others >= observed).sum())
    p = min(1.0, (1 + (2 * min(less, more) if both else less)) / (1 + len(others)))
    return Check(observed, float(others.mean()), float(low), float(high), p if np.isfinite(observed) else np.nan)
