"""What is measured of a network: the only reader of the validation labels and of the test set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hill_exp.metrics import bias, generalization, performance
from hill_exp.metrics.scores import Scores
from hill_exp.record.predictions import Predictions
from hill_exp.types import Floats, Ints, Sample

if TYPE_CHECKING:
    import torch


class Exam:
    """The held-out data of one participant: it gives numbers, and lets nothing of the data out."""

    def __init__(self, sample: Sample, device: str) -> None:
        import torch

        self._sample, self._device = sample, device
        parts = (sample.validation, sample.test)
        self._inputs = torch.cat([torch.from_numpy(part.inputs) for part in parts]).to(device)
        self._labels = [torch.from_numpy(part.labels).to(device) for part in parts]

    def after_epoch(self, net: torch.nn.Module) -> dict[str, float]:
        """The columns of the learning curve."""
        from torch.nn.functional import cross_entropy

        logits = dict(zip(("validation", "test"), zip(self._logits(net), self._labels, strict=True), strict=True))
        accuracies = {
            f"{part}_accuracy": (given.argmax(1) == labels).double().mean().item()
            for part, (given, labels) in logits.items()
        }
        return {**accuracies, "validation_loss": cross_entropy(*logits["validation"]).item()}

    def at_end(
        self,
        net: torch.nn.Module,
        epoch: int,
        epochs: Mapping[str, Sequence[float]],
        target_accuracy: float,
    ) -> tuple[Scores, Predictions]:
        """All metrics of the network as it was after `epoch`, and what it says of the held-out points. epochs: the
        learning curve, of all epochs."""
        import torch

        from hill_exp.model.network import forward

        canvas, test = self._sample.canvas, self._sample.test
        of_validation, of_test = (logits.softmax(1).cpu() for logits in self._logits(net))
        predicted = of_test.argmax(1).numpy()

        def predict(inputs: Floats) -> Ints:
            return forward(net, torch.from_numpy(inputs).to(self._device))[1].argmax(1).cpu().numpy()

        parts = (
            performance.scores(epochs, epoch, target_accuracy, predict(canvas.inputs), canvas.labels, canvas.reserved),
            generalization.log_loss(of_test, torch.from_numpy(test.labels)),
            generalization.calibration(of_test, torch.from_numpy(test.labels)),
            generalization.under_shift(predict, self._sample.shifted()),
            Scores({"test_copies": self._sample.test_copies}),
            bias.recall(predicted, test.labels, self._sample.classes),
            bias.by_group(predicted, canvas, test),
        )
        scores = Scores(
            {name: value for part in parts for name, value in part.metrics.items()},
            [row for part in parts for row in part.groups],
        )
        validation = of_validation.numpy(), self._sample.validation.labels
        return scores, Predictions.of(validation, (of_test.numpy(), test.labels))

    def _logits(self, net: torch.nn.Module) -> tuple[torch.Tensor, ...]:
        """(n, C) of the validation and of the test points, in one pass."""
        from hill_exp.model.network import forward

        return forward(net, self._inputs)[1].split([len(labels) for labels in self._labels])
