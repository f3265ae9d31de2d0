"""python benchmarks/interquartile.py: how often 95% intervals of the interquartile mean hold the true one.

Of the expanded percentile interval, which the analysis uses, the plain percentile one, and BCa, over studies of few
datasets and participants whose differences are normal, skewed or heavy-tailed. 0.95 is what they promise.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
from scipy import stats

from analysis.stats import interquartile


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=300, help="simulated studies a line")
    studies = parser.parse_args().studies
    rng = np.random.default_rng(0)
    shapes = {
        "normal": lambda size: rng.normal(size=size),
        "skewed": lambda size: rng.exponential(size=size) - 1,
        "t3": lambda size: rng.standard_t(3, size),
    }
    print("datasets participants differences  expanded percentile BCa")
    for datasets, participants in ((2, 4), (2, 8), (3, 8), (2, 24)):
        for name, draw in shapes.items():
            truth = stats.trim_mean(np.concatenate([d + draw(400_000) for d in range(datasets)]), 0.25)
            held = np.zeros(3)
            for _ in range(studies):
                strata = [d + draw(participants) for d in range(datasets)]
                bounds = [interquartile(strata, rng, resamples=1000)[1:], *_plain(strata, rng)]
                held += [low <= truth <= high for low, high in bounds]
            print(f"{datasets:8} {participants:12} {name:12}", *(f"{rate:.3f}".rjust(10) for rate in held / studies))


def _plain(strata: list[np.ndarray], rng: np.random.Generator) -> list[tuple[float, float]]:
    def statistic(*x: np.ndarray, axis: int = -1) -> np.ndarray:
        return stats.trim_mean(np.concatenate(x, axis=axis), 0.25, axis=axis)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # BCa of few values is at its ends at times
        return [
            tuple(stats.bootstrap(strata, statistic, n_resamples=1000, method=method, rng=rng).confidence_interval)
            for method in ("percentile", "BCa")
        ]


if __name__ == "__main__":
    main()
