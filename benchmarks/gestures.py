"""What each teacher makes of each gesture. Run by hand:

    python benchmarks/gestures.py [--teachers contrastive,fuzzy] [--steps 100]

Prints the table of docs/teaching.md: eight gestures on a canvas of six clusters (tests/gestures.py), and for each
teacher as shipped: the loss at the edit; how far the latents have followed after a small network was trained under it
alone (cosine: the signed quantity that the gesture states), and the embedding response (Euclidean).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hill_exp.config import build, compose

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from gestures import GESTURES, answer  # it lies among the tests

MOVED_ALONE = "contrastive, points: attended"


def main() -> None:
    teachers = [name for name in compose.choices("teacher") if name != "linear"]  # which needs a linear layout
    parser = argparse.ArgumentParser(description="What each teacher makes of each gesture.")
    parser.add_argument("--teachers", default=",".join(teachers), help="default: %(default)s")
    parser.add_argument("--steps", type=int, default=100, help="of the network; default: %(default)s")
    given = parser.parse_args()
    settings = {name: compose.settings("teacher", name, "teacher") for name in given.teachers.split(",")}
    settings = {
        MOVED_ALONE: {**compose.settings("teacher", "contrastive", "teacher"), "points": "attended"},
        **settings,
    }
    print("| gesture |", " | ".join(settings), "|")
    print("|---|" + "---:|" * len(settings))
    for name, drag in GESTURES.items():
        answers = [answer(build(node, "teacher"), drag, given.steps) for node in settings.values()]
        cells = [f"{a.loss:.2f}, {a.followed:+.2f}, {a.response:+.2f}" for a in answers]
        print(f"| {name} |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
