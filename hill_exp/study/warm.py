"""Imported by the process that workers are forked from: the libraries that every participant needs, loaded once.

Nothing here may start a thread: a fork does not carry it over.
"""

from __future__ import annotations

import scipy.linalg
import scipy.optimize
import scipy.spatial.distance
import sklearn.datasets
import sklearn.metrics
import sklearn.neighbors
import torch

from hill_exp.loop import run as loop
from hill_exp.torchvision_import import import_torchvision

import_torchvision()
import torchmetrics.functional.classification  # noqa: E402 - it imports torchvision

loaded = (loop, scipy, sklearn, torch, torchmetrics)
