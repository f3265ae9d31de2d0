"""One participant: show, edit, teach, train. The whole algorithm is `run`."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hill_exp.loop.exam import Exam
from hill_exp.loop.parts import Parts
from hill_exp.loop.step import Diverged, step_loss
from hill_exp.loop.turns import Desk, over_turns
from hill_exp.person import Nobody, Person
from hill_exp.record.predictions import Predictions
from hill_exp.record.record import Matrix
from hill_exp.record.trace import Trace
from hill_exp.rng import stream, stream_seed
from hill_exp.types import Sample

if TYPE_CHECKING:
    import torch

Report = Callable[[int, int, float, float], None]  # (epochs done, turns taken, train loss, teaching loss)


@dataclass
class Outcome:
    """What one participant leaves; the fields are those of the record (hill_exp.record.record), but for the clock."""

    metrics: dict[str, float] = field(default_factory=dict)
    epochs: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    turns: dict[str, list[float]] = field(default_factory=dict)
    groups: list[dict[str, Any]] = field(default_factory=list)
    confusion: Matrix = ()
    trace: Trace | None = None
    predictions: Predictions | None = None
    clock: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # seconds a stage


def run(
    parts: Parts, person: Person, sample: Sample, seed: int, participant: int, device: str, report: Report
) -> Outcome:
    """Train one participant's model with the person in its latent loop.

    Raises Diverged where the loss is no longer finite. Randomness comes from the streams of (seed, participant);
    only the Exam reads the test set, and only it and perception read true labels.
    """
    import torch

    from hill_exp.model.network import forward

    outcome = Outcome()
    canvas, training = sample.canvas, parts.training
    images, observed = torch.from_numpy(canvas.images).to(device), torch.from_numpy(canvas.observed).to(device)
    net = parts.model.build(canvas.images.shape[1:], len(sample.classes), stream_seed(seed, participant, "weights"))
    net = net.to(device)
    optimizer = torch.optim.AdamW(net.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay)
    batches = stream(seed, participant, "batches")
    exam = Exam(sample, device)
    desk = None if isinstance(person, Nobody) else Desk(parts, person, canvas, sample.classes, seed, participant)
    teaching, turn_epochs = None, list[int]()

    for epoch in range(1, training.epochs + 1):
        if desk and not desk.over and parts.schedule.is_turn(turn_epochs, outcome.epochs["validation_loss"]):
            with _timed(outcome, "show"):
                latents, logits = forward(net, images)
            with _timed(outcome, "project"):
                desk.show(latents, logits)
            with _timed(outcome, "edit"):
                desk.ask(epoch - 1)
            with _timed(outcome, "teach"):
                teaching = desk.teach(latents)
            turn_epochs.append(epoch - 1)
        with _timed(outcome, "train"):
            start = turn_epochs[0] if turn_epochs else 0
            weight = parts.teacher.weight_at((epoch - 1 - start) / max(1, training.epochs - start))
            net.train()
            losses = []
            for rows in _batches(batches, len(canvas.labels), training.batch_size, device):
                z, logits = net(images[rows])
                total, supervised, taught = step_loss(z, logits, observed[rows], rows, teaching, parts.teacher, weight)
                optimizer.zero_grad(set_to_none=True)
                total.backward()
                optimizer.step()
                losses += [supervised.detach(), taught.detach()]
            train_loss, teaching_loss = torch.stack(losses).reshape(-1, 2).mean(0).tolist()
            if not np.isfinite(train_loss + teaching_loss):
                raise Diverged(f"the loss is {train_loss + teaching_loss} in epoch {epoch}")
        with _timed(outcome, "evaluate"):
            row = {"epoch": epoch, "train_loss": train_loss, "teaching_loss": teaching_loss, **exam.after_epoch(net)}
            for name, value in row.items():
                outcome.epochs[name].append(value)
        report(epoch, len(turn_epochs), train_loss, teaching_loss)

    with _timed(outcome, "show"):
        latents, logits = forward(net, images)
    if desk:
        with _timed(outcome, "project"):
            desk.show(latents, logits)
        with _timed(outcome, "score"):
            outcome.trace, outcome.turns = desk.trace(), desk.turns()
            outcome.metrics = over_turns(outcome.turns)
    with _timed(outcome, "score"):
        shifts = stream(seed, participant, "shifts")
        scores, outcome.predictions = exam.at_end(net, logits, outcome.epochs, training.target_accuracy, shifts)
        outcome.metrics |= scores.metrics
        outcome.groups += scores.groups
        outcome.confusion = tuple(tuple(row) for row in outcome.predictions.confusion().tolist())
    return outcome


def _batches(rng: np.random.Generator, n: int, size: int, device: str) -> Iterator[torch.Tensor]:
    """One epoch: every canvas point once, in batches of nearly equal size."""
    import torch

    order = torch.from_numpy(rng.permutation(n)).to(device)
    return iter(order.tensor_split(max(1, round(n / size))))


@contextmanager
def _timed(outcome: Outcome, stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    outcome.clock[stage] += time.perf_counter() - start
