"""What a picture costs and how good it is, by umap-learn with more and fewer epochs, and by others. Run by hand:

    python benchmarks/projection.py [--participants 4] [--points 300] [--set dataset=...]

Participants train with an oracle who acts on the shipped picture. Their latents are then laid out again by each
candidate, turn by turn, each starting from its own picture of the turn before. Printed for each, the mean over all
participants: seconds a participant, as a ratio to the first candidate within the same participant (median);
trustworthiness, continuity and the agreement of neighbours (of the first picture, and of the later ones); and drift,
how far a point moves from turn to turn, in layout units. Libraries that are not installed are left out and named.
"""

from __future__ import annotations

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np

from hill_exp.config import build
from hill_exp.config.compose import composed, settings
from hill_exp.loop import run as loop
from hill_exp.loop.parts import Parts
from hill_exp.metrics.faithfulness import MEASURES, faithfulness
from hill_exp.projection import Projection
from hill_exp.projection.align import Map
from hill_exp.projection.pca import Pca
from hill_exp.rng import stream
from hill_exp.types import Floats, Layout

NEIGHBOURS, MIN_DIST = 15, 0.1
RADIUS = 6.0  # that umap-learn's layouts start from


class TorchDr(Projection):
    """TorchDR's UMAP, with its own settings but for the start, the neighbours and the epochs."""

    cold_epochs: int
    warm_epochs: int

    def raw(self, latents: Floats, last: Layout | None, rng: np.random.Generator) -> Map:
        import torch
        from torchdr import UMAP

        start = torch.tensor((last or Pca().project(latents, None, rng)).positions, dtype=torch.float32)
        umap = UMAP(
            n_neighbors=NEIGHBOURS,
            min_dist=MIN_DIST,
            init=start,
            init_scaling=RADIUS * start[:, 0].std().item(),
            max_iter=self.warm_epochs if last else self.cold_epochs,
            lr=0.25 if last else 1.0,
            backend=None,
            device="cpu",
            random_state=int(rng.integers(2**31)),
        )
        return Map(umap.fit_transform(torch.tensor(latents, dtype=torch.float32)).detach().double().numpy())


def shipped(name: str, **changes: Any) -> Projection:
    built: Projection = build({**settings("projection", name, "projection"), **changes}, "projection")
    return built


CANDIDATES: dict[str, tuple[str, Callable[[], Projection]]] = {
    **{
        f"umap-learn, {cold} and {warm} epochs": ("umap", partial(shipped, "umap", cold_epochs=cold, warm_epochs=warm))
        for cold, warm in ((200, 50), (100, 25), (80, 25), (100, 10), (50, 20))
    },
    "TorchDR, 200 and 50 epochs": ("torchdr", lambda: TorchDr(cold_epochs=200, warm_epochs=50)),
    "openTSNE, as projection=tsne": ("openTSNE", lambda: shipped("tsne")),
}


def latents_of(participants: int, overrides: list[str]) -> list[list[Floats]]:
    """Of each participant the latents (N, d) at each turn and at the end."""
    seen: list[list[Floats]] = []
    parts = Parts.of(composed("+user=oracle", *overrides)[0])

    class Noted(Projection):
        def raw(self, latents: Floats, last: Layout | None, rng: np.random.Generator) -> Map:
            seen[-1].append(latents)
            return parts.projection.raw(latents, last, rng)

    noted = Parts(**{**vars(parts), "projection": Noted()})
    for participant in range(participants):
        seen.append([])
        sample = parts.dataset.sample(0, participant)
        loop.run(noted, parts.user, sample, 0, participant, "cpu", lambda *_: None)
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description="What a picture costs and how good it is, by several programs.")
    parser.add_argument("--participants", type=int, default=4, help="default: %(default)s")
    parser.add_argument("--points", type=int, default=300, help="of the canvas; default: %(default)s")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="of the configuration")
    given = parser.parse_args()
    there = {name: make() for name, (package, make) in CANDIDATES.items() if find_spec(package)}
    if absent := sorted({package for package, _ in CANDIDATES.values() if not find_spec(package)}):
        print("not installed:", ", ".join(absent))
    latents = latents_of(given.participants, [f"dataset.canvas_points={given.points}", *given.set])
    for projection in there.values():  # what is compiled or imported at the first use is not counted
        projection.project(latents[0][1], projection.project(latents[0][0], None, stream(0, 0, "")), stream(0, 0, ""))
    seconds: dict[str, list[float]] = {name: [] for name in there}
    pictures: dict[str, list[list[Layout]]] = {name: [] for name in there}
    for participant, each in enumerate(latents):
        for name, projection in there.items():  # side by side, so that a busy machine hits all alike
            layouts, last = [], None
            start = time.process_time()
            for turn, z in enumerate(each):
                last = projection.project(z, last, stream(0, participant, f"projection/{turn}"))
                layouts.append(last)
            seconds[name].append(time.process_time() - start)
            pictures[name].append(layouts)

    shape = f"{given.participants} participants, {len(latents[0])} pictures of {len(latents[0][0])} points each"
    print(f"{shape}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; seconds are of one processor")
    print(f"{'':32}seconds ratio  {'  '.join(MEASURES)} (first, later)  drift")
    first = next(iter(there))
    for name in there:
        ratio = statistics.median(a / b for a, b in zip(seconds[name], seconds[first], strict=True))
        told = []
        for measure in MEASURES:
            values = np.array(
                [
                    [faithfulness(z, layout.positions)[measure] for z, layout in zip(each, layouts, strict=True)]
                    for each, layouts in zip(latents, pictures[name], strict=True)
                ]
            )
            told.append(f"{values[:, 0].mean():.4f} {values[:, 1:].mean():.4f}")
        moved = [
            np.linalg.norm(after.positions - before.positions, axis=1).mean()
            for layouts in pictures[name]
            for before, after in pairwise(layouts)
        ]
        mean = statistics.fmean(seconds[name])
        print(f"{name:32}{mean:6.3f}  {ratio:5.2f}  {'   '.join(told)}   {np.mean(moved):.3f}", flush=True)


if __name__ == "__main__":
    main()
