"""Photographs, 32x32 RGB, 50,000 and 10,000 for the test, ten classes (Krizhevsky 2009)."""

from __future__ import annotations

from hill_exp.dataset.torchvision_set import TorchvisionSet


class Cifar10(TorchvisionSet):
    library_name = "CIFAR10"
    folder = "."
    files = ("cifar-10-python.tar.gz",)
