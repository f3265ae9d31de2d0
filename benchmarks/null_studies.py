"""How often do the hypotheses say what is not so? Run by hand:

    python benchmarks/null_studies.py [--studies 200] [--workers 2]

Whole studies through the analysis, with the hypotheses as they are shipped, of people whose effects are known. Those on
photographs are the same tests as on digits, and left out.

False positives: nothing is true that a hypothesis claims. What is claimed to be higher is the same; what is claimed to
be maintained lies exactly at its margin. Of a claim with several parts one is false and the others are true by far,
which is where it is most often found (least favourable). Differences have a standard deviation of 0.02 and are normal,
heavy-tailed (t with 3 degrees of freedom), skewed either way (exponential) or coarse (steps of 0.02: 50 test images).
The slopes over doses, whose mixed models take most of the time, are tested in the first fifth of the studies; the
shares of H4, and of any hypothesis, are of these.

False negatives: each effect lies exactly at its margin, and "not supported" is wrong. Planted: everything is true.

Bias: test confusions of 1,000 images are drawn for people who are merely worse everywhere, as the noisy, the automatic
and the random one are, and for one whose named confusions rise by 0.07.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from analysis import hypotheses, shipped
from analysis.claims import Higher, Verdict
from analysis.confusions import Pair, named_confusions
from analysis.hypotheses import Evaluation, Role, judged
from analysis.paired import Pairing
from analysis.stats import paired_test
from hill_exp.config.groups import CHOICES

SD = 0.02  # of a difference between two conditions
FAR = 0.2  # an effect that nobody misses
CLASSES = tuple("0123456789")
SIZES = (4, 8, 24)  # participants
SHAPES = ("normal", "t3", "skew +", "skew -", "coarse")
ARMS: dict[str, dict[str, Any]] = {  # name -> what is asked for besides the shipped configuration
    "none": {}, "placebo": {}, "oracle": {}, "noisy": {}, "biased": {}, "blind_oracle": {},
    "oracle annotation": {"teacher": "annotation"}, "conflating annotation": {"teacher": "annotation"},
    "none annotation": {"teacher": "annotation"},
    "none scrambled": {"projection": "scrambled"}, "oracle scrambled": {"projection": "scrambled"},
    "blind_oracle scrambled": {"projection": "scrambled"},
    **{f"{user} people": {"schedule.turns": 3, "schedule.budget.points": 60} for user in ("human", "none", "placebo")},
    **{f"conflating {dose}": {"user.conflation.strength": dose} for dose in (0.0, 0.25, 0.5, 1.0)},
    **{
        f"colour_grouping {dose} {skew}": {"user.attribute": dose, "dataset.colour.train": skew}
        for dose in (0.0, 0.5, 1.0) for skew in (0.1, 0.5, 0.9)
    },
    **{
        f"arm {arm}": {"arm": arm, "regime": "digits", "user": user} for arm, user in {
            "plain": "none", "moves": "oracle", "naming": "active", "spreading": "spreading", "svc": "svc",
            "self_training": "self_training", "consistency": "none",
        }.items()
    },
}  # fmt: skip
TREATED = (
    "oracle",
    "arm moves",
    "biased",
    "conflating",
    "blind",
    "human",
)  # whose answers are skewed, where differences are
Effects = Mapping[str, Mapping[str, float]]  # metric -> arm -> how far it is above the others

ORACLES = ("oracle", "oracle annotation", "oracle scrambled")
# No claim is true. Of H1, H5, H6 one part is false: over the sham. Of H2 the log loss over it, of H3 that over noisy,
# of H8 that over svc.
NULL: Effects = {
    "test_accuracy": {
        "none": -FAR, "none annotation": -FAR, "none scrambled": -FAR, "none people": -FAR,
        "conflating annotation": -FAR, "oracle annotation": 0.02, "blind_oracle": 0.01,
        **{f"arm {machine}": -FAR for machine in ("plain", "spreading", "self_training", "consistency")},
    },
    "learning_curve_auc": {"none": -FAR},
    "shifted_accuracy": {"none": -FAR},
    "test_loss": {"none": FAR, "oracle": 0.05},
    "generalization_gap": {"oracle": 0.02},
    "reserved_gap": {"none": FAR, "oracle": 0.02},
    "named_confusions": {"none": -FAR, "oracle": -FAR},
}  # fmt: skip
# Every claim of more is true by just its margin: "not supported" is false.
MARGIN: Effects = {
    "test_accuracy": {
        "oracle": 0.01, "oracle annotation": 0.01, "conflating annotation": -0.02, "human people": 0.01,
        "blind_oracle": 0.01, "arm moves": 0.01, **{f"conflating {d}": -0.01 * d for d in (0.25, 0.5, 1.0)},
    },
    "learning_curve_auc": {"oracle": 0.01},
    "test_loss": {"oracle": 0.05},
    "generalization_gap": {"oracle": 0.02},
    "reserved_gap": {"oracle": 0.02},
    "named_confusions": {"biased": 0.01, **{f"conflating {d}": 0.01 * d for d in (0.25, 0.5, 1.0)}},
    "alignment_accuracy_gap": {f"colour_grouping {d} {s}": 0.02 * d * s for d in (0.5, 1.0) for s in (0.1, 0.5, 0.9)},
}  # fmt: skip
PLANTED: Effects = {
    "test_accuracy": {
        "oracle": 0.07, "oracle annotation": 0.07, "conflating annotation": -0.2, "human people": 0.07,
        "blind_oracle": 0.07, "blind_oracle scrambled": 0.07, "arm moves": 0.07,
        **{f"conflating {d}": -0.1 * d for d in (0.25, 0.5, 1.0)},
    },
    "learning_curve_auc": {"oracle": 0.05},
    "shifted_accuracy": {"oracle": 0.05},
    "test_loss": {"oracle": -0.2},
    "reserved_gap": {"oracle": -0.05},
    "named_confusions": {"biased": 0.07, **{f"conflating {d}": 0.07 * d for d in (0.25, 0.5, 1.0)}},
    "alignment_accuracy_gap": {f"colour_grouping {d} {s}": 0.3 * d * s for d in (0.5, 1.0) for s in (0.1, 0.5, 0.9)},
}  # fmt: skip


class Drawn(Pairing):
    """Pairs of a study that never ran: its numbers are drawn anew for each study."""

    def __init__(self, n: int) -> None:
        rows = []
        for arm, asked in ARMS.items():
            names = {"dataset": "digits", "user": arm.split()[0]}
            names |= {group: shipped.default(group) for group in CHOICES if group not in names}
            names |= {key: str(value) for key, value in asked.items() if "." not in key}
            settings = {**shipped.settings(names), **{k: v for k, v in asked.items() if "." in k}}
            seed = 11 if "arm" in asked else 0  # as the cells have it
            rows += [{"condition": arm, **names, **settings, "seed": seed, "participant": p} for p in range(n)]
        super().__init__(pd.DataFrame(rows).assign(status="done", epochs=60))
        self.arms = list(map(str, self.present))
        self.n = n
        self._drawn: dict[str, pd.DataFrame] = {}
        self._how: tuple[np.random.Generator, str, Effects] = (np.random.default_rng(0), "normal", {})

    def draw(self, rng: np.random.Generator, shape: str, effects: Effects) -> None:
        """The next study."""
        self._drawn, self._how = {}, (rng, shape, effects)

    def metric(self, name: str) -> pd.DataFrame:
        if name not in self._drawn:
            rng, shape, effects = self._how
            pairs = len(self.present)
            people = rng.normal(0.8, 0.03, (pairs, 1))
            noise = np.stack([_noise(rng, shape, arm, pairs) for arm in self.arms], axis=1)
            above = [effects.get(name, {}).get(arm, 0.0) for arm in self.arms]
            values = people + noise + np.array(above)
            values = SD * np.round(values / SD) if shape == "coarse" else values
            drawn = pd.DataFrame(values, index=self.present.index, columns=self.present.columns)
            self._drawn[name] = drawn.where(self.present)
        return self._drawn[name]

    def confusions(self, pairs: Collection[Pair], classes: Sequence[str], dataset: str) -> pd.DataFrame:
        return self.metric("named_confusions")


def _noise(rng: np.random.Generator, shape: str, arm: str, n: int) -> np.ndarray:
    """(n,) of one arm, so that differences of two have a standard deviation of SD. That of two skewed ones would be
    symmetric, so only the treated are skewed."""
    each = SD / np.sqrt(2)
    if shape == "t3":
        return each * rng.standard_t(3, n) / np.sqrt(3)
    if shape.startswith("skew"):
        sign = 1 if shape.endswith("+") else -1
        main = arm.startswith(TREATED) and not arm.endswith(("annotation", "scrambled"))
        return sign * SD * (rng.exponential(1, n) - 1) if main else rng.normal(0, SD / 10, n)
    return rng.normal(0, each, n)


def shares(job: tuple[int, str, Effects, Verdict, int, int]) -> Counter[str]:
    """How many of the studies give a hypothesis, or any, the verdict. job: (n, shape, effects, verdict, studies,
    seed)."""
    n, shape, effects, verdict, studies, seed = job
    pairing, rng = Drawn(n), np.random.default_rng([seed, n, SHAPES.index(shape)])
    stated, classes = hypotheses.load(), dict.fromkeys(pairing.arms, CLASSES)
    every = Evaluation(stated, pairing, classes)
    most = Evaluation([h for h in stated if not h.dose], pairing, classes)
    counts: Counter[str] = Counter()
    for study in range(studies):
        pairing.draw(rng, shape, effects)
        with_doses = study < with_slopes(studies)
        rows = judged((every if with_doses else most).tests([Role.CONFIRMATORY]))
        found = set(rows.loc[rows["verdict"] == verdict, "hypothesis"])
        counts.update([*found, *(["any"] if found and with_doses else [])])
    return counts


def with_slopes(studies: int) -> int:
    """Of so many studies, in how many the slopes over doses are tested."""
    return max(1, studies // 5)


def bias(studies: int) -> Iterator[tuple[str, int, float, float]]:
    """(person, n, share called biased by H3's statistic, and by the gap of recalls)."""
    named = [("8", "3"), ("9", "4"), ("7", "1")]
    people = {  # loss of recall everywhere, its spread over classes, rise of the named confusions
        "none": (0.10, 0, 0), "oracle": (0.05, 0, 0), "noisy": (0.10, 0, 0),
        "worse everywhere by 0.05": (0.15, 0, 0), "worse everywhere by 0.20": (0.30, 0, 0),
        "worse, unevenly": (0.20, 0.05, 0), "biased": (0.07, 0, 0.07),
    }  # fmt: skip
    for n, person in product(SIZES, ["noisy", *list(people)[3:]]):
        rng, found = np.random.default_rng(n), np.zeros(2)
        for _ in range(studies):
            drawn = {who: _statistics(rng, n, named, *people[who]) for who in ("none", "oracle", "noisy")}
            drawn["treated"] = _statistics(rng, n, named, *people[person])
            for k, margin in enumerate((0.01, 0.02)):
                over = ("oracle", "none", "noisy") if k == 0 else ("oracle", "none")
                tests = [paired_test(drawn["treated"][k] - drawn[c][k], Higher(margin), 0.025) for c in over]
                found[k] += all(t.p < 0.025 and t.p_contrary >= 0.025 for t in tests)
        yield person, n, float(found[0] / studies), float(found[1] / studies)


def _statistics(
    rng: np.random.Generator, n: int, named: Sequence[Pair], error: float, uneven: float, confused: float
) -> np.ndarray:
    """(2, n): named confusions, and the gap of recalls."""
    rates = np.zeros((n, 10, 10))
    errors = np.clip(error + rng.normal(0, 0.01, (n, 1)) + uneven * rng.standard_normal((n, 10)), 0.01, 0.9)
    rates += errors[:, :, None] / 9
    for one, other in ((int(a), int(b)) for a, b in named):
        rates[:, one, other] += confused
        rates[:, other, one] += confused
    of = np.arange(10)
    rates[:, of, of] = 0
    rates[:, of, of] = 1 - rates.sum(axis=2)
    counts = rng.multinomial(100, rates)
    recalls = counts[:, of, of] / 100
    gaps = recalls.max(axis=1) - recalls.min(axis=1)
    return np.stack([[named_confusions(c, CLASSES, named) for c in counts.tolist()], gaps])


def main() -> None:
    parser = argparse.ArgumentParser(description="How often the hypotheses say what is not so.")
    parser.add_argument("--studies", type=int, default=200, help="of each kind (default: 200)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default: 2)")
    options = parser.parse_args()
    stated = [h for h in hypotheses.load() if h.cell.dataset == "digits"]
    of = {h.name: with_slopes(options.studies) if h.dose else options.studies for h in stated}
    of["any"] = with_slopes(options.studies)
    names = [*of]
    wide = list(product(SIZES, SHAPES))
    tables: list[tuple[str, Effects, Verdict, list[tuple[int, str]]]] = [
        ("false positives: 'supported' where nothing is so", NULL, Verdict.SUPPORTED, wide),
        ("false negatives: 'not supported' at the margin", MARGIN, Verdict.NOT_SUPPORTED, wide[::5]),
        ("planted effects: 'supported'", PLANTED, Verdict.SUPPORTED, wide[::5]),
    ]
    error = np.sqrt(0.025 * 0.975 / options.studies)
    width = max(map(len, names)) + 2
    print(f"{options.studies} studies of each kind; standard error of a share of 0.025: {error:.3f}", flush=True)
    with ProcessPoolExecutor(options.workers) as pool:
        for title, effects, verdict, places in tables:
            print(
                f"\n{title}\n{'n':>3} {'differences':<12}" + "".join(f"{name:>{width}}" for name in names), flush=True
            )
            jobs = [(n, shape, effects, verdict, options.studies, 0) for n, shape in places]
            for (n, shape), counts in zip(places, pool.map(shares, jobs), strict=True):
                cells = "".join(f"{counts[name] / of[name]:>{width}.3f}" for name in names)
                print(f"{n:>3} {shape:<12}{cells}", flush=True)
    print(f"\ncalled biased\n{'n':>3} {'person':<26}{'H3':>8}{'gap of recalls':>16}")
    for person, n, by_confusions, by_gap in bias(options.studies):
        print(f"{n:>3} {person:<26}{by_confusions:>8.3f}{by_gap:>16.3f}", flush=True)


if __name__ == "__main__":
    main()
