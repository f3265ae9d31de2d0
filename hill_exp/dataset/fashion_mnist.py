"""Clothes, 28x28 grey, 60,000 and 10,000 for the test, ten classes (Xiao et al. 2017, arXiv 1708.07747)."""

from __future__ import annotations

from hill_exp.dataset.torchvision_set import TorchvisionSet


class FashionMnist(TorchvisionSet):
    library_name = "FashionMNIST"
    folder = "FashionMNIST/raw"
    files = (
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    )
