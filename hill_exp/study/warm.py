"""Imported by the process that workers are forked from: the libraries that every participant needs, loaded once.

Nothing here may start a thread: a fork does not carry it over.
"""

from __future__ import annotations

import scipy.linalg
import scipy.optimize
import scipy.sparse
import scipy.spatial.distance
import sklearn.datasets
import sklearn.linear_model
import sklearn.metrics
import sklearn.model_selection
import sklearn.neighbors
import torch

from hill_exp.loop import run as loop

loaded = (loop, scipy, sklearn, torch)
