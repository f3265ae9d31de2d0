"""How like real people's the errors of simulated ones are. Run by hand:

    python benchmarks/eyes.py --root DIR --labels FILE [--participants 4]

For each kind of knowledge, of twenty people at each of some canvases of an image folder: the share of images misread,
the share that two people both misread, and of these the share that they take for the same class; and the same of the
columns of the label file. Then the rank correlation of an image's difficulty with how many of its readers misread it.
"""

from __future__ import annotations

import argparse
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from hill_exp.config import build, compose
from hill_exp.loop.sights import sights_of
from hill_exp.types import Ints
from simulated_users.label_file import SOMEBODY, LabelFile

PEOPLE = 20  # that look at each canvas
KINDS = {
    "uniform": {"by": "uniform"},
    "class": {"by": "class"},
    "difficulty": {"by": "difficulty"},
    "uniform, shared 0.1": {"by": "uniform", "shared": 0.1},
    "difficulty, shared 0.1": {"by": "difficulty", "shared": 0.1},
}


def agreement(truth: Ints, taken_for: Ints) -> tuple[float, float, float]:
    """(misread, misread by both of two, of these taken for the same class), from taken_for (people, N)."""
    wrong = taken_for != truth
    pairs = [(wrong[i] & wrong[j], taken_for[i] == taken_for[j]) for i, j in combinations(range(len(wrong)), 2)]
    both = np.mean([joint.mean() for joint, _ in pairs])
    same = np.mean([(joint & alike).mean() for joint, alike in pairs])
    return float(wrong.mean()), float(both), float(same / both) if both else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True, metavar="DIR")
    parser.add_argument("--labels", required=True, metavar="FILE")
    parser.add_argument("--participants", type=int, default=4)
    given = parser.parse_args()
    dataset = build({**compose.settings("dataset", "image_folder", "dataset"), "root": given.root}, "dataset")
    oracle = compose.settings("user", "oracle", "user")
    rows: dict[str, list[tuple[float, float, float]]] = {name: [] for name in (*KINDS, "the readers themselves")}
    hardness, misread = list[float](), list[int]()
    for participant in range(given.participants):
        sights = sights_of(dataset.sample(0, participant))
        for name, knowledge in KINDS.items():
            settings = {**oracle["knowledge"], "labels": given.labels, **knowledge}
            person = build({**oracle, "knowledge": settings}, "user")
            people = [person.recognise(sights, np.random.default_rng([participant, i])) for i in range(PEOPLE)]
            rows[name].append(agreement(sights.truth, np.stack(people)))
        readers = LabelFile.model_validate(given.labels).of(sights, SOMEBODY).T
        rows["the readers themselves"].append(agreement(sights.truth, readers))
        hardness += (1 - sights.posteriors()[np.arange(len(sights.truth)), sights.truth]).tolist()
        misread += (readers != sights.truth).sum(0).tolist()
    print(f"{'':<24} misread  both   taken for the same class")
    for name, row in rows.items():
        wrong, both, same = np.mean(row, axis=0)
        print(f"{name:<24} {wrong:.3f}    {both:.3f}  {same:.2f}")
    rho = spearmanr(hardness, misread)
    print(f"difficulty and readers who misread: Spearman {rho.statistic:.3f}, p = {rho.pvalue:.1g}, n = {len(misread)}")


if __name__ == "__main__":
    main()
