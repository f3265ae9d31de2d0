"""What a participant costs beside a plain PyTorch loop. Run by hand:

    python benchmarks/participant.py [--photographs DIR] [--participants 5]

On each data set, in one thread: the seconds of each stage with a person who acts on the picture and without anybody,
and the ratio of all stages together to a plain PyTorch loop of the same network, batches and steps that is evaluated
every epoch; with a person also to that loop under the teaching that the person gave. All is counted that a worker does,
to the record on the disk. The data of a participant, shifted test sets too, are made once and shared by the three
conditions of the default command, so a third of their cost counts for each. Medians over the participants, of whom the
first warms up.

MNIST's part is played by scikit-learn's digits, enlarged to its 28x28 pixels: the cost is that of the size. DIR: your
own photographs, whose features are made before anything is timed. Seconds are of the processor, which other programs on
the machine change least; compare the ratios of one run even so.
"""

from __future__ import annotations

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from hill_exp.config.compose import composed
from hill_exp.loop.parts import Parts
from hill_exp.loop.turns import Desk
from hill_exp.record.store import Store
from hill_exp.rng import stream, stream_seed
from hill_exp.study.check import check
from hill_exp.study.job import Job, sample_of, work
from hill_exp.types import NO_CLASS, Sample, Teaching

SHARED_BY = 3  # conditions of the default command: the person, nobody, the sham
Clock = dict[str, float]  # seconds a stage


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photographs", type=Path, metavar="DIR")
    parser.add_argument("--participants", type=int, default=5)
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    clock = patch.object(time, "perf_counter", time.process_time)  # by which the stages are timed too
    with clock, tempfile.TemporaryDirectory() as folder:
        write_mnist(Path(folder))
        sets = {"digits": [], "28x28 grey": ["dataset=mnist", f"dataset.root={folder}"]}
        if given.photographs:
            sets["photographs, by features"] = ["regime=photographs", f"dataset.root={given.photographs}"]
        for name, overrides in sets.items():
            for user in ("none", "oracle"):
                compare(f"{name}, {user}", [f"+user={user}", *overrides], given.participants, Path(folder))
    print(f"load {os.getloadavg()[0]:.1f}")


def compare(name: str, overrides: Sequence[str], participants: int, folder: Path) -> None:
    """Print what the participants cost under one condition."""
    cfg, choices = composed(*overrides)
    condition = check(choices, cfg, device="cpu")
    parts = Parts.of(condition.resolved)
    store = Store(folder / "store")
    store.open_for_writing()
    store.add_condition(condition)
    clocks, ratios, ratios_taught = list[Clock](), list[float](), list[float]()
    for participant in range(participants + 1):
        parts.encoder.encoded(parts.dataset.sample(0, participant)).shifted()  # features, if any, are on the disk now
        clock = Clock()
        with timed(clock, "data"):
            sample = sample_of(condition, 0, participant)
            sample.shifted()
        with teachings() as taught, timed(clock, "work"):
            record = work(Job(condition, 0, participant, store.path, progress=folder / "progress"))
        stages = record.provenance["stages"]
        clock = {"data": clock["data"] / SHARED_BY, **stages, "other": clock["work"] - sum(stages.values())}
        plain = plain_pytorch(parts, sample, participant, {})
        if participant:
            clocks.append(clock | {f"plain {stage}": seconds for stage, seconds in plain.items()})
            ratios.append(sum(clock.values()) / sum(plain.values()))
        if participant and taught:
            started = dict(zip(record.turns["epoch"], taught, strict=True))
            ratios_taught.append(sum(clock.values()) / sum(plain_pytorch(parts, sample, participant, started).values()))
    medians = {stage: statistics.median(clock[stage] for clock in clocks) for stage in clocks[0]}
    print(f"{name}: {', '.join(f'{s} {v:.3f}' for s, v in medians.items())} s")
    print(f"    all stages are {statistics.median(ratios):.2f} times the plain loop", end="")
    print(f", {statistics.median(ratios_taught):.2f} times that loop under the teaching" if ratios_taught else "")


def plain_pytorch(parts: Parts, sample: Sample, participant: int, taught: Mapping[float, Teaching]) -> Clock:
    """The loop that anybody would write: the same network, batches and steps, evaluated every epoch. taught: the
    teachings, by the epochs that were done before them."""
    training, teacher, clock = parts.training, parts.teacher, Clock()
    x, y = torch.from_numpy(sample.canvas.inputs), torch.from_numpy(sample.canvas.observed)
    held_out = [(torch.from_numpy(d.inputs), torch.from_numpy(d.labels)) for d in (sample.validation, sample.test)]
    net = parts.model.build(sample.canvas.inputs, len(sample.classes), stream_seed(0, participant, "weights"))
    optimizer = torch.optim.AdamW(net.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay)
    rng = stream(0, participant, "batches")
    teaching: Teaching | None = None
    for epoch in range(training.epochs):
        teaching = taught.get(epoch, teaching)
        with timed(clock, "train"):
            net.train()
            for rows in torch.from_numpy(rng.permutation(len(x))).split(training.batch_size):
                latents, logits = net(x[rows])
                loss = cross_entropy(logits, y[rows], ignore_index=NO_CLASS)
                if teaching is not None:
                    loss = loss + teacher.weight * teacher.loss(latents, logits, rows, teaching)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        with timed(clock, "evaluate"), torch.no_grad():
            net.eval()
            for inputs, labels in held_out:
                _, logits = net(inputs)
                (logits.argmax(1) == labels).float().mean().item(), cross_entropy(logits, labels).item()
    return clock


@contextmanager
def teachings() -> Iterator[list[Teaching]]:
    """Within, what a desk teaches is kept, turn by turn."""
    kept, teach = list[Teaching](), Desk.teach

    def keeping(desk: Desk, latents: torch.Tensor) -> Teaching:
        kept.append(teach(desk, latents))
        return kept[-1]

    with patch.object(Desk, "teach", keeping):
        yield kept


@contextmanager
def timed(clock: Clock, stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    clock[stage] = clock.get(stage, 0.0) + time.perf_counter() - start


def write_mnist(root: Path, train: int = 4000, test: int = 2500) -> None:
    """scikit-learn's digits as MNIST's files, enlarged and with noise, so that no two are the same."""
    from sklearn.datasets import load_digits

    digits, rng = load_digits(), np.random.default_rng(0)
    folder = root / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for prefix, n in (("train", train), ("t10k", test)):
        rows = rng.integers(len(digits.target), size=n)
        enlarged = np.pad(np.kron(digits.images[rows] * (255 / 16), np.ones((3, 3))), ((0, 0), (2, 2), (2, 2)))
        images = (enlarged + rng.normal(scale=20, size=enlarged.shape)).clip(0, 255).astype(np.uint8)
        for kind, array in (("images-idx3", images), ("labels-idx1", digits.target[rows].astype(np.uint8))):
            head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">i4").tobytes()
            (folder / f"{prefix}-{kind}-ubyte").write_bytes(head + array.tobytes())


if __name__ == "__main__":
    main()
