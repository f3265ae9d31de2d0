"""Where the time of the main job goes. Run by hand: python benchmarks/main_job.py

Prints the wall time of `python -m hill_exp +user=biased` on a new store and again on the full one; the share of each
stage; the ratio of our training without a person to a plain PyTorch loop for the same models and steps; peak memory.
Machines are noisy: compare the ratios of one run, not seconds of two.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter

from hill_exp.config.compose import composed
from hill_exp.loop import run as loop
from hill_exp.loop.parts import Parts
from hill_exp.record.store import Store
from hill_exp.rng import stream, stream_seed
from hill_exp.types import NO_CLASS, Sample

PARTICIPANTS = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hill_exp", "+user=biased", f"store={folder}/store"]
        for state in ("cold", "warm"):
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            print(f"{' '.join(command[1:4])}, {state} store: {time.perf_counter() - start:.1f} s")
        store = Store(f"{folder}/store")
        records = [r for c in store.conditions() if c.names["user"] == "biased" for r in store.records(c.content)]
    stages = Counter[str]()
    for record in records:
        stages.update(record.provenance["stages"])
    print("share of each stage:", ", ".join(f"{n} {s / stages.total():.0%}" for n, s in stages.most_common()))
    print(f"peak memory of a worker: {max(r.provenance['peak_memory_mb'] for r in records):.0f} MB")

    parts = Parts.of(composed("+user=none")[0])
    ours, scored, plain = [], [], []
    for participant in range(PARTICIPANTS + 1):  # the first warms up
        sample = parts.dataset.sample(0, participant)
        outcome = loop.run(parts, parts.user, sample, 0, participant, "cpu", lambda *_: None)
        ours.append(outcome.clock["train"] + outcome.clock["evaluate"])
        scored.append(ours[-1] + outcome.clock["score"])
        plain.append(plain_pytorch(parts, sample, participant))
    for what, times in (("evaluated every epoch", ours), ("and with the metrics at the end", scored)):
        ratio = statistics.median(a / b for a, b in zip(times[1:], plain[1:], strict=True))
        print(
            f"training without a person, {what}: {ratio:.2f} times a plain PyTorch loop that is evaluated every epoch"
        )


def plain_pytorch(parts: Parts, sample: Sample, participant: int) -> float:
    """Seconds of the loop that anybody would write: the same model, batches and steps, evaluated every epoch."""
    import torch
    from torch.nn.functional import cross_entropy

    training = parts.training
    images, observed = torch.from_numpy(sample.canvas.inputs), torch.from_numpy(sample.canvas.observed)
    held_out = [(torch.from_numpy(d.inputs), torch.from_numpy(d.labels)) for d in (sample.validation, sample.test)]
    net = parts.model.build(sample.canvas.inputs, len(sample.classes), stream_seed(0, participant, "weights"))
    optimizer = torch.optim.AdamW(net.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay)
    rng = stream(0, participant, "batches")
    start = time.perf_counter()
    for _ in range(training.epochs):
        net.train()
        for rows in torch.from_numpy(rng.permutation(len(images))).split(training.batch_size):
            _, logits = net(images[rows])
            loss = cross_entropy(logits, observed[rows], ignore_index=NO_CLASS)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            for x, y in held_out:
                _, logits = net(x)
                (logits.argmax(1) == y).float().mean().item(), cross_entropy(logits, y).item()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
