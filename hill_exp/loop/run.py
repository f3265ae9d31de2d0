"""One participant: show, edit, teach, train. The whole algorithm is `run`."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hill_exp.loop.parts import Parts
from hill_exp.loop.step import Diverged, Training, step_loss
from hill_exp.loop.turns import Desk
from hill_exp.metrics import bias, generalization, performance
from hill_exp.person import Nobody, Person
from hill_exp.rng import stream, stream_seed
from hill_exp.types import Floats, Ints, Labelled, Sample

if TYPE_CHECKING:
    import torch

Progress = Callable[[int, int, float, float], None]  # (epochs done, turns taken, train loss, teaching loss)


@dataclass
class Outcome:
    """What one participant leaves: columns a turn and an epoch, layouts, the trained network's metrics."""

    metrics: dict[str, float] = field(default_factory=dict)
    epochs: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    turns: dict[str, list[float]] = field(default_factory=dict)
    groups: list[dict[str, Any]] = field(default_factory=list)
    layouts: dict[str, np.ndarray] = field(default_factory=dict)
    clock: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # seconds a stage


def run(
    parts: Parts, person: Person, sample: Sample, seed: int, participant: int, device: str, progress: Progress
) -> Outcome:
    """Train one participant's model with the person in its latent loop.

    Raises Diverged where the loss is no longer finite. Randomness comes from the streams of (seed, participant);
    only `_measure` and `_score` read the test set, and only they and perception read true labels.
    """
    import torch

    outcome = Outcome()
    canvas, training = sample.canvas, parts.training
    images, observed = torch.from_numpy(canvas.images).to(device), torch.from_numpy(canvas.observed).to(device)
    held_out = {name: _on(getattr(sample, name), device) for name in ("validation", "test")}
    net = parts.model.build(canvas.images.shape[1:], len(sample.classes), stream_seed(seed, participant, "weights"))
    net = net.to(device)
    optimizer = torch.optim.AdamW(net.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay)
    batches = stream(seed, participant, "batches")
    looks = not isinstance(person, Nobody)
    desk = Desk(parts, person, canvas, sample.classes, seed, participant) if looks else None
    teaching, turn_epochs = None, list[int]()

    for epoch in range(1, training.epochs + 1):
        if desk and not desk.over and parts.schedule.is_turn(turn_epochs, outcome.epochs["validation_loss"]):
            with _timed(outcome, "show"):
                latents, logits = _forward(net, images)
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
            _measure(outcome, net, held_out, epoch, train_loss, teaching_loss)
        progress(epoch, len(turn_epochs), train_loss, teaching_loss)

    with _timed(outcome, "show"):
        latents, logits = _forward(net, images)
    if desk:
        with _timed(outcome, "project"):
            desk.show(latents, logits)
        outcome.layouts, outcome.turns = desk.layouts(), desk.turns()
        outcome.metrics |= desk.metrics()
    with _timed(outcome, "score"):
        _score(outcome, net, sample, held_out, logits, training, stream(seed, participant, "shifts"), device)
    return outcome


def _measure(
    outcome: Outcome,
    net: torch.nn.Module,
    held_out: Mapping[str, tuple[torch.Tensor, torch.Tensor]],
    epoch: int,
    train_loss: float,
    teaching_loss: float,
) -> None:
    """One row of the learning curve."""
    from torch.nn.functional import cross_entropy

    row: dict[str, float] = {"epoch": epoch, "train_loss": train_loss, "teaching_loss": teaching_loss}
    for name, (images, labels) in held_out.items():
        _, logits = _forward(net, images)
        row[f"{name}_accuracy"] = (logits.argmax(1) == labels).double().mean().item()
        if name == "validation":
            row["validation_loss"] = cross_entropy(logits, labels).item()
    for key, value in row.items():
        outcome.epochs[key].append(value)


def _score(
    outcome: Outcome,
    net: torch.nn.Module,
    sample: Sample,
    held_out: Mapping[str, tuple[torch.Tensor, torch.Tensor]],
    canvas_logits: torch.Tensor,
    training: Training,
    rng: np.random.Generator,
    device: str,
) -> None:
    """The metrics of the trained network."""
    import torch

    canvas, test = sample.canvas, sample.test
    _, logits = _forward(net, held_out["test"][0])
    predicted = logits.argmax(1).cpu().numpy()
    canvas_predicted = canvas_logits.argmax(1).cpu().numpy()

    def predict(images: Floats) -> Ints:
        return _forward(net, torch.from_numpy(images).to(device))[1].argmax(1).cpu().numpy()

    for part in (
        performance.scores(outcome.epochs, training.target_accuracy, canvas_predicted, canvas.labels),
        generalization.calibration(logits.softmax(1).cpu(), held_out["test"][1].cpu()),
        generalization.under_shift(predict, test, rng),
        bias.recall(predicted, test.labels, sample.classes),
        bias.by_group(predicted, canvas, test),
    ):
        outcome.metrics |= part.metrics
        outcome.groups += part.groups


def _on(data: Labelled, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    import torch

    return torch.from_numpy(data.images).to(device), torch.from_numpy(data.labels).to(device)


def _forward(net: torch.nn.Module, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Latents and logits of all images, without a gradient and in pieces that fit into a cache."""
    import torch

    net.eval()
    with torch.no_grad():
        parts = [net(piece) for piece in images.split(512)]
    return torch.cat([z for z, _ in parts]), torch.cat([logits for _, logits in parts])


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
