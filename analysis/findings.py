"""What a store says and cannot say, in numbers: the report puts it into words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.claims import Verdict
from analysis.figures.style import user_order
from analysis.hypotheses import Hypothesis, Role, compared, judged, uncontrolled
from analysis.paired import values
from analysis.results import Main, Results
from analysis.stats import Interval, interquartile, t_interval

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SHOWN = (
    "test_accuracy", "train_accuracy", "generalization_gap", "shifted_accuracy", "test_loss", "calibration_error",
    "worst_class_recall", "class_recall_gap", "epochs_to_target",
)  # fmt: skip
ENOUGH = 0.8  # power below which an inconclusive test says little

Line = Mapping[Any, Any]  # a row of hypotheses.csv


@dataclass(frozen=True)
class Finding:
    """One metric of one treatment in one place, over each of its controls."""

    parts: Sequence[Line]
    several: bool  # whether the dataset has it under several settings


@dataclass(frozen=True)
class Answer:
    """What the tests say of a hypothesis: those of its cell, which were stated beforehand; where the store has it not,
    what it has instead, which is exploratory. Frames are rows of hypotheses.csv."""

    hypothesis: Hypothesis
    judged: pd.DataFrame  # a row a confirmatory claim
    comparisons: pd.DataFrame  # a row a comparison that has any pairs
    role: Role  # of the comparisons
    elsewhere: Mapping[str, int]  # verdict -> how many exploratory claims have it, those that could not be tested not

    @property
    def verdicts(self) -> list[str]:
        """Those of the confirmatory claims."""
        return list(self.judged["verdict"])

    @property
    def findings(self) -> Iterator[Finding]:
        """Those of the comparisons."""
        about: dict[tuple[str, str], dict[tuple[str, str], list[Line]]] = {}
        for row in self.comparisons.to_dict("records"):
            places = about.setdefault((row["metric"], row["treatment"]), {})
            places.setdefault((row["dataset"], row["setting"]), []).append(row)
        for places in about.values():
            settings = Counter(dataset for dataset, _ in places)
            for parts in places.values():
                yield Finding(parts, max(settings.values()) > 1)


def answer(hypothesis: Hypothesis, results: Results) -> Answer:
    """What the tests say of the hypothesis."""
    tests = results.tests[results.tests["hypothesis"] == hypothesis.name]
    by_role = {role: compared(tests[(tests["role"] == role) & (tests["n"] > 0)]) for role in Role}
    role = Role.EXPLORATORY if by_role[Role.CONFIRMATORY].empty else Role.CONFIRMATORY
    explored = judged(tests, Role.EXPLORATORY)["verdict"]
    return Answer(
        hypothesis,
        judged(tests, Role.CONFIRMATORY),
        by_role[role],
        role,
        {str(v): int(n) for v, n in explored[explored != Verdict.NOT_TESTED].value_counts().items()},
    )


@dataclass(frozen=True)
class Means:
    """What the participants of one user came to."""

    user: str
    n: int
    intervals: Mapping[str, Interval]  # by metric


def means(main: Main, results: Results) -> list[Means]:
    """Of each user of a main setting, over the metrics of SHOWN that anybody has."""
    table = results.tables.participants
    metrics = [metric for metric in SHOWN if metric in table and table[metric].notna().any()]
    done = table[table["status"] == "done"]
    rows = {user: done[done["condition"] == main.arms[user]] for user in user_order(main.arms)}
    return [
        Means(user, len(arm), {metric: t_interval(values(arm, metric)) for metric in metrics})
        for user, arm in rows.items()
    ]


@dataclass(frozen=True)
class Gain:
    """In test accuracy over nobody, over several datasets, which weigh the same."""

    user: str
    iqm: tuple[float, float, float]  # interquartile mean, and its bootstrap interval
    ahead: float  # share of pairs in which it was ahead
    datasets: int
    pairs: int


def gains(results: Results) -> list[Gain]:
    """Of each user that was run beside none on several datasets."""
    differences: dict[str, list[NDArray[Any]]] = {}
    for main in results.main:
        for user, condition in main.arms.items():
            if user != "none" and "none" in main.arms:
                pairs = results.pairing.difference("test_accuracy", condition, main.arms["none"])
                if len(pairs) > 1:
                    differences.setdefault(user, []).append(pairs.differences.to_numpy())
    return [
        Gain(
            user,
            interquartile(strata, np.random.default_rng(0)),
            float(np.mean([np.mean((x > 0) + 0.5 * (x == 0)) for x in strata])),
            len(strata),
            sum(map(len, strata)),
        )
        for user in user_order(differences)
        if len(strata := differences[user]) > 1
    ]


@dataclass(frozen=True)
class Untested:
    """Confirmatory claims of a hypothesis that have no pairs, all for one reason."""

    hypothesis: str
    reason: str
    metrics: Sequence[str]
    settings: int  # how many it concerns


@dataclass(frozen=True)
class Limits:
    """What could not be said, and what is in doubt."""

    failures: Mapping[str, Mapping[str, int]]  # reason -> user -> runs
    damaged: Sequence[Path]  # files of records
    stray: int  # records of no condition
    untested: Sequence[Untested]
    uncontrolled: Mapping[str, tuple[int, Sequence[str]]]  # hypothesis -> treatments, what they lack
    incomplete: Mapping[tuple[str, str], int]  # hypothesis, contrast -> pairs left out
    tests: int
    doubtful: int  # of the tests: an assumption is in doubt
    disagreement: int  # of those: a second test decides otherwise
    underpowered: int  # inconclusive confirmatory claims
    copies: Mapping[str, float]  # dataset -> share of its test points that are copies of what was trained or steered by


def limits(results: Results) -> Limits:
    """What the store leaves unsaid."""
    tables, tests = results.tables, results.tests
    failed = tables.participants[tables.participants["status"] == "failed"]
    singles, claims = compared(tests), judged(tests, Role.CONFIRMATORY)
    doubtful = singles[singles["doubtful"]]
    incomplete = singles[(singles["missing"] > 0) & (singles["n"] > 0)]
    inconclusive = claims[claims["verdict"] == Verdict.INCONCLUSIVE]
    return Limits(
        failures={
            str(reason): {str(user): int(n) for user, n in rows["user"].astype(str).value_counts().items()}
            for reason, rows in failed.groupby("reason")
        },
        damaged=tables.damaged,
        stray=tables.stray,
        untested=[
            Untested(str(name), str(notes), list(dict.fromkeys(rows["metric"])), rows["condition"].nunique())
            for (name, notes), rows in singles[(singles["n"] == 0) & (singles["role"] == Role.CONFIRMATORY)].groupby(
                ["hypothesis", "notes"], sort=False
            )
        ],
        uncontrolled=dict(_uncontrolled(results)),
        incomplete={
            (str(name), str(contrast)): int(rows["missing"].max())
            for (name, contrast), rows in incomplete.groupby(["hypothesis", "contrast"], sort=False)
        },
        tests=len(tests),
        doubtful=len(doubtful),
        disagreement=int(doubtful["disagreement"].sum()),
        underpowered=int((inconclusive["power"] < ENOUGH).sum()),
        copies=_copies(tables.participants),
    )


def _copies(participants: pd.DataFrame) -> dict[str, float]:
    if "test_copies" not in participants:
        return {}
    shares = participants.groupby("dataset", observed=True)["test_copies"].mean()
    return {str(dataset): float(share) for dataset, share in shares.items() if share > 0}


def _uncontrolled(results: Results) -> Iterator[tuple[str, tuple[int, Sequence[str]]]]:
    for hypothesis in results.hypotheses:
        alone = uncontrolled(hypothesis, results.pairing)
        if alone:
            lacking = [str(contrast.missing) for several in alone for contrast in several if contrast.missing]
            yield hypothesis.name, (len(alone), list(dict.fromkeys(lacking)))
