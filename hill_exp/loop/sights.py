"""What a person's perception is made of: true labels and names of the canvas, and how hard its images are.

The difficulty of an image is that of telling it by a model, which may read what no person is shown: images and labels
of the canvas and of validation. It reads nothing of the test set.
"""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np

from hill_exp.types import Floats, Ints, Sample, Sights

FOLDS = 5  # at most; no more than the smallest class has images
COMPONENTS = 100  # of the inputs, at most


def sights_of(sample: Sample) -> Sights:
    """Of the sample's canvas."""
    canvas = sample.canvas
    return Sights(canvas.labels, sample.classes, canvas.names, partial(_posteriors, sample))


@lru_cache(maxsize=2)  # a participant's sample serves one condition after another
def _posteriors(sample: Sample) -> Floats:
    """(N, C) for the images of the canvas, told with the help of those of validation."""
    parts = (sample.canvas, sample.validation)
    inputs = np.concatenate([part.inputs.reshape(len(part.labels), -1) for part in parts])
    given = posteriors(inputs, np.concatenate([part.labels for part in parts]), len(sample.classes))
    return given[: len(sample.canvas.labels)]


def posteriors(inputs: Floats, labels: Ints, classes: int) -> Floats:
    """(n, classes) for inputs (n, length) of labels (n,): logistic regression on their principal components, each by
    the model of the folds in which it is not."""
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    inputs = inputs.astype(float)
    known, counts = np.unique(labels, return_counts=True)
    folds = StratifiedKFold(min(FOLDS, counts.min()), shuffle=True, random_state=0)
    components = min(COMPONENTS, inputs.shape[1], len(inputs) // 2)
    model = make_pipeline(PCA(components, random_state=0), LogisticRegression(C=0.1, max_iter=2000))
    given = cross_val_predict(model, inputs, labels, cv=folds, method="predict_proba")
    told = np.zeros((len(labels), classes))
    told[:, known] = given
    told.setflags(write=False)
    return told
