"""Whether stacking participants pays. Run by hand: python benchmarks/lift.py [--device cpu]

On the default configuration's digits, network and teacher: the seconds of an epoch of several participants, trained one
after the other, over those of the same participants as stacked tensors (torch.func), trained in one step; the same of
evaluating them. In one thread on a CPU, where the processes of a study fill the other cores. Above 1: stacking is
quicker. What both compute is compared as well.
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

TOGETHER = (1, 4, 16, 64)
EPOCHS, REPEATS = 5, 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    device = parser.parse_args().device
    torch.set_num_threads(1)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for participants in TOGETHER:
        for what in ("supervised", "under teaching", "evaluated"):
            alone, stacked, apart = compared(what, participants, device)
            print(f"{participants} participants, {what}: {alone / stacked:.2f} (they differ by at most {apart:.1g})")


def compared(what: str, participants: int, device: str) -> tuple[float, float, float]:
    """Seconds one after the other, and stacked; and how far what they compute differs."""
    parts = Parts.of(composed("+user=oracle")[0])
    samples = [parts.dataset.sample(0, p) for p in range(participants)]
    nets = [parts.model.build(s.canvas.inputs, len(s.classes), p).to(device) for p, s in enumerate(samples)]
    x = torch.stack([torch.from_numpy(s.canvas.inputs) for s in samples]).to(device)
    y = torch.stack([torch.from_numpy(s.canvas.observed) for s in samples]).to(device)
    test = torch.stack([torch.from_numpy(s.test.inputs) for s in samples]).to(device)
    points = x.shape[1]
    torch.manual_seed(0)
    places = torch.randn(participants, points, 2, device=device)
    apart = torch.cdist(places, places)  # as if every point had been dropped somewhere
    taught = torch.ones(points, dtype=torch.bool, device=device)

    def loss(
        latents: torch.Tensor, logits: torch.Tensor, labels: torch.Tensor, rows: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        seen = (labels != NO_CLASS).sum().clamp(min=1)
        supervised = cross_entropy(logits, labels, ignore_index=NO_CLASS, reduction="sum") / seen
        if what == "supervised":
            return supervised
        return supervised + parts.teacher.loss(latents, logits, rows, Teaching(taught, target))

    batches = torch.randperm(points, device=device).split(parts.training.batch_size)

    def one_after_the_other(nets: list[torch.nn.Module]) -> torch.Tensor:
        for p, net in enumerate(nets):
            if what == "evaluated":
                continue
            optimizer, _ = parts.training.optimizer(net)
            for rows in batches * EPOCHS:
                total = loss(*net(x[p, rows]), y[p, rows], rows, apart[p])
                optimizer.zero_grad()
                total.backward()
                optimizer.step()
        with torch.no_grad():
            return torch.stack([net(inputs)[1] for net, inputs in zip(nets, test, strict=True)])

    bare = deepcopy(nets[0]).to("meta")

    def together(nets: list[torch.nn.Module]) -> torch.Tensor:
        weights, buffers = stack_module_state(nets)

        def of_weights(
            weights: dict[str, torch.Tensor], buffers: dict[str, torch.Tensor], *data: torch.Tensor
        ) -> torch.Tensor:
            inputs, *rest = data
            return loss(*functional_call(bare, (weights, buffers), (inputs,)), *rest)

        step = vmap(grad(of_weights), in_dims=(0, 0, 0, 0, None, 0))
        if what != "evaluated":
            optimizer = torch.optim.AdamW(
                weights.values(), lr=parts.training.learning_rate, weight_decay=parts.training.weight_decay, fused=True
            )
            for rows in batches * EPOCHS:
                gradients = step(weights, buffers, x[:, rows], y[:, rows], rows, apart)
                for name, gradient in gradients.items():
                    weights[name].grad = gradient
                optimizer.step()
        with torch.no_grad():
            return vmap(lambda w, b, inputs: functional_call(bare, (w, b), (inputs,))[1])(weights, buffers, test)

    alone, answers = fastest(one_after_the_other, nets)
    stacked, others = fastest(together, nets)
    return alone, stacked, float((answers - others).abs().max())


def fastest(
    train: Callable[[list[torch.nn.Module]], torch.Tensor], nets: list[torch.nn.Module]
) -> tuple[float, torch.Tensor]:
    """The least of the seconds of several trials, each with networks of its own, and what came of it."""
    seconds = []
    for _ in range(REPEATS):
        fresh = [deepcopy(net) for net in nets]
        start = time.perf_counter()
        answers = train(fresh)
        if answers.is_cuda:
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return min(seconds), answers


if __name__ == "__main__":
    main()
