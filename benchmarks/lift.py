"""Whether stacking participants pays. Run by hand: python benchmarks/lift.py [--device cpu]

On the default configuration's digits, network and teacher: the time of some epochs of several participants, trained and
then evaluated one after the other, over that of the same participants as stacked tensors (torch.func), all in one step;
and of evaluating alone. Above 1: stacking is quicker. In one thread, since the processes of a study fill the other
cores; on a CPU in seconds of the processor, which other programs on the machine change least. How far the answers of
both on the test set differ is told as well.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import time
from collections.abc import Callable
from copy import deepcopy

import torch
from torch.func import functional_call, grad, stack_module_state, vmap
from torch.nn.functional import cross_entropy

from hill_exp.config.compose import composed
from hill_exp.loop.parts import Parts
from hill_exp.types import NO_CLASS, Teaching

TOGETHER = (4, 16, 64)  # participants
EPOCHS, REPEATS = 5, 5
Tensors = dict[str, torch.Tensor]
Given = tuple[torch.Tensor, torch.Tensor]  # latents (B, d), logits (B, C)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    device = parser.parse_args().device
    torch.set_num_threads(1)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for participants in TOGETHER:
        for what in ("supervised", "under teaching", "evaluated"):
            alone, together, apart = compared(what, participants, device)
            print(
                f"{participants} participants, {what}: {alone / together:.2f} (answers differ by {apart:.1g} at most)"
            )


def compared(what: str, participants: int, device: str) -> tuple[float, float, float]:
    """Seconds one after the other, and stacked; and how far what they say of the test set then differs."""
    parts = Parts.of(composed("+user=oracle")[0])
    training, teacher = parts.training, parts.teacher
    samples = [parts.dataset.sample(0, p) for p in range(participants)]
    nets = [parts.model.build(s.canvas.inputs, len(s.classes), p).to(device) for p, s in enumerate(samples)]
    x = torch.stack([torch.from_numpy(s.canvas.inputs) for s in samples]).to(device)
    y = torch.stack([torch.from_numpy(s.canvas.observed) for s in samples]).to(device)
    test = torch.stack([torch.from_numpy(s.test.inputs) for s in samples]).to(device)
    torch.manual_seed(0)
    places = torch.randn(participants, x.shape[1], 2, device=device)  # as if every point had been dropped somewhere
    target, taught = torch.cdist(places, places), torch.ones(x.shape[1], dtype=torch.bool, device=device)
    batches = torch.randperm(x.shape[1], device=device).split(training.batch_size)
    steps = [] if what == "evaluated" else batches * EPOCHS
    bare = deepcopy(nets[0]).to("meta")

    def loss(given: Given, labels: torch.Tensor, rows: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        latents, logits = given
        seen = (labels != NO_CLASS).sum().clamp(min=1)
        supervised = cross_entropy(logits, labels, ignore_index=NO_CLASS, reduction="sum") / seen
        if what == "supervised":
            return supervised
        return supervised + teacher.loss(latents, logits, rows, Teaching(taught, target))

    def one_after_the_other(nets: list[torch.nn.Module]) -> torch.Tensor:
        for p, net in enumerate(nets):
            optimizer, _ = training.optimizer(net)
            for rows in steps:
                optimizer.zero_grad()
                loss(net(x[p, rows]), y[p, rows], rows, target[p]).backward()
                optimizer.step()
        with torch.no_grad():
            return torch.stack([net(inputs)[1] for net, inputs in zip(nets, test, strict=True)])

    def stacked(nets: list[torch.nn.Module]) -> torch.Tensor:
        weights, buffers = stack_module_state(nets)

        def of_weights(weights: Tensors, buffers: Tensors, inputs: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
            return loss(functional_call(bare, (weights, buffers), (inputs,)), *rest)

        gradient = vmap(grad(of_weights), in_dims=(0, 0, 0, 0, None, 0))
        optimizer = torch.optim.AdamW(
            weights.values(), lr=training.learning_rate, weight_decay=training.weight_decay, fused=True
        )
        for rows in steps:
            for name, value in gradient(weights, buffers, x[:, rows], y[:, rows], rows, target).items():
                weights[name].grad = value
            optimizer.step()
        with torch.no_grad():
            return vmap(lambda w, b, inputs: functional_call(bare, (w, b), (inputs,))[1])(weights, buffers, test)

    alone, answers = fastest(one_after_the_other, nets)
    together, others = fastest(stacked, nets)
    return alone, together, float((answers - others).abs().max())


def fastest(
    train: Callable[[list[torch.nn.Module]], torch.Tensor], nets: list[torch.nn.Module]
) -> tuple[float, torch.Tensor]:
    """The least of the seconds of several trials, each with networks of its own, and what came of it."""
    seconds, clock = [], time.perf_counter if next(nets[0].parameters()).is_cuda else time.process_time
    for _ in range(REPEATS):
        fresh = [deepcopy(net) for net in nets]
        start = clock()
        answers = train(fresh)
        if answers.is_cuda:
            torch.cuda.synchronize()
        seconds.append(clock() - start)
    return min(seconds), answers


if __name__ == "__main__":
    main()
