"""Photographs, 32x32 RGB, 50,000 and 10,000 for the test, a hundred classes (Krizhevsky 2009)."""

from __future__ import annotations

from hill_exp.dataset.torchvision_set import TorchvisionSet


class Cifar100(TorchvisionSet):
    library_name = "CIFAR100"
    folder = "."
    files = ("cifar-100-python.tar.gz",)
