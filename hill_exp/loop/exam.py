"""What is measured of a network: the only reader of the validation labels and of the test set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hill_exp.metrics import bias, generalization, performance
from hill_exp.metrics.scores import Scores
from hill_exp.record.predictions import Predictions
from hill_exp.types import Floats, Ints, Labelled, Sample

if TYPE_CHECKING:
    import torch


class Exam:
    """The held-out data of one participant: it gives numbers, and lets nothing of the data out."""

    def __init__(self, sample: Sample, device: str) -> None:
        self._sample, self._device = sample, device
        self._held_out = {"validation": self._on(sample.validation), "test": self._on(sample.test)}

    def after_epoch(self, net: torch.nn.Module) -> dict[str, float]:
        """The columns of the learning curve."""
        from torch.nn.functional import cross_entropy

        from hill_exp.model.network import forward

        row: dict[str, float] = {}
        for name, (inputs, labels) in self._held_out.items():
            _, logits = forward(net, inputs)
            row[f"{name}_accuracy"] = (logits.argmax(1) == labels).double().mean().item()
            if name == "validation":
                row["validation_loss"] = cross_entropy(logits, labels).item()
        return row

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
        probabilities = {n: forward(net, inputs)[1].softmax(1).cpu() for n, (inputs, _) in self._held_out.items()}
        predicted = probabilities["test"].argmax(1).numpy()

        def predict(inputs: Floats) -> Ints:
            return forward(net, torch.from_numpy(inputs).to(self._device))[1].argmax(1).cpu().numpy()

        parts = (
            performance.scores(epochs, epoch, target_accuracy, predict(canvas.inputs), canvas.labels, canvas.reserved),
            generalization.log_loss(probabilities["test"], torch.from_numpy(test.labels)),
            generalization.calibration(probabilities["test"], torch.from_numpy(test.labels)),
            generalization.under_shift(predict, self._sample.shifted()),
            Scores({"test_copies": self._sample.test_copies}),
            bias.recall(predicted, test.labels, self._sample.classes),
            bias.by_group(predicted, canvas, test),
        )
        scores = Scores(
            {name: value for part in parts for name, value in part.metrics.items()},
            [row for part in parts for row in part.groups],
        )
        validation = probabilities["validation"].numpy(), self._sample.validation.labels
        return scores, Predictions.of(validation, (probabilities["test"].numpy(), test.labels))

    def _on(self, data: Labelled) -> tuple[torch.Tensor, torch.Tensor]:
        import torch

        return torch.from_numpy(data.inputs).to(self._device), torch.from_numpy(data.labels).to(self._device)
