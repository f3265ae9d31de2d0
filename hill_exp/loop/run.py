"""One participant: show, edit, teach, train. The whole algorithm is `run`."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hill_exp.loop.batches import Batches
from hill_exp.loop.exam import Exam
from hill_exp.loop.naming import Register
from hill_exp.loop.parts import Parts
from hill_exp.loop.sights import sights_of
from hill_exp.loop.step import Diverged, drawing_from, step_loss
from hill_exp.loop.turns import Desk, over_turns
from hill_exp.person import Names, Nobody, Person
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
    parts: Parts, person: Person | Names, sample: Sample, seed: int, participant: int, device: str, report: Report
) -> Outcome:
    """Train one participant's model with the person in its latent loop.

    Raises Diverged where the loss is no longer finite. Randomness comes from the streams of (seed, participant);
    only the Exam reads the test set, and only it and perception read true labels.
    """
    import torch

    from hill_exp.model.network import forward

    outcome = Outcome()
    canvas, training = sample.canvas, parts.training
    inputs, observed = torch.from_numpy(canvas.inputs).to(device), torch.from_numpy(canvas.observed).to(device)
    weights = stream_seed(seed, participant, "weights")
    net = parts.model.build(canvas.inputs, len(sample.classes), weights, parts.encoder.trained()).to(device)
    optimizer, rates = training.optimizer(net)
    batches = Batches(training, inputs, parts.gives == "images", observed, stream(seed, participant, "batches"))
    exam = Exam(sample, device)
    desk = _desk(parts, person, sample, seed, participant)
    teacher = desk.teacher if desk else parts.teacher
    teaching, turn_epochs = None, list[int]()

    for epoch in range(1, training.epochs + 1):
        if desk and not desk.over and parts.schedule.is_turn(turn_epochs, outcome.epochs["validation_loss"]):
            with _timed(outcome, "show"):
                latents, logits = forward(net, inputs)
            with _timed(outcome, "project"):
                desk.show(latents, logits)
            with _timed(outcome, "edit"):
                desk.ask(epoch - 1)
            with _timed(outcome, "teach"):
                teaching = desk.teach(latents)
            turn_epochs.append(epoch - 1)
        draws = stream_seed(seed, participant, f"training/{epoch}")
        with _timed(outcome, "train"), drawing_from(draws, device):
            start = turn_epochs[0] if turn_epochs else 0
            weight = teacher.weight_at((epoch - 1 - start) / max(1, training.epochs - start))
            net.train()
            losses = []
            for batch in batches.epoch():
                total, made_of = step_loss(net, batch, training, teaching, teacher, weight)
                optimizer.zero_grad(set_to_none=True)
                total.backward()
                optimizer.step()
                losses.append(made_of)
            rates.step()
            train_loss, teaching_loss, consistency_loss = torch.stack(losses).mean(0).tolist()
            if not np.isfinite(loss := train_loss + teaching_loss + consistency_loss):
                raise Diverged(f"the loss is {loss} in epoch {epoch}")
        with _timed(outcome, "evaluate"):
            row = {"epoch": epoch, "train_loss": train_loss, "teaching_loss": teaching_loss}
            for name, value in {**row, "consistency_loss": consistency_loss, **exam.after_epoch(net)}.items():
                outcome.epochs[name].append(value)
            if training.keeps(outcome.epochs["validation_accuracy"]):
                kept_epoch, kept = epoch, _weights(net)
        report(epoch, len(turn_epochs), train_loss, teaching_loss)

    if desk:
        with _timed(outcome, "show"):
            latents, logits = forward(net, inputs)
        with _timed(outcome, "project"):
            desk.show(latents, logits)
        with _timed(outcome, "score"):
            outcome.trace, outcome.turns = desk.trace(), desk.turns()
            outcome.metrics = over_turns(outcome.turns)
    with _timed(outcome, "score"):
        net.load_state_dict(kept)
        scores, outcome.predictions = exam.at_end(net, kept_epoch, outcome.epochs, training.target_accuracy)
        outcome.metrics |= scores.metrics
        outcome.groups += scores.groups
        outcome.confusion = tuple(tuple(row) for row in outcome.predictions.confusion().tolist())
    return outcome


def _desk(parts: Parts, person: Person | Names, sample: Sample, seed: int, participant: int) -> Desk | Register | None:
    """Where the person sits; None for nobody."""
    match person:
        case Nobody():
            return None
        case Names():
            return Register(parts, person, sample.canvas, sights_of(sample), seed, participant)
    return Desk(
        person,
        sample.canvas,
        sights_of(sample),
        projection=parts.projection,
        teacher=parts.teacher,
        turns=parts.schedule.turns,
        budget=parts.schedule.budget,
        show=parts.show,
        seed=seed,
        participant=participant,
    )


def _weights(net: torch.nn.Module) -> dict[str, torch.Tensor]:
    """A copy; of the network itself it would take twenty times as long, which is as long as evaluating a small one."""
    return {name: values.clone() for name, values in net.state_dict().items()}


@contextmanager
def _timed(outcome: Outcome, stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    outcome.clock[stage] += time.perf_counter() - start
