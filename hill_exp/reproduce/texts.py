"""Real texts that come with a package we need anyway: what SciPy says of its functions, by subject.

    python -m hill_exp.reproduce.texts texts.npz

Another version of SciPy has a few more or less.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from pathlib import Path
from typing import Final

import numpy as np

SUBJECTS: Final = ("interpolate", "linalg", "ndimage", "optimize", "signal", "special", "stats")
SHORTEST: Final = 200  # characters; a shorter one only names another function
LENGTH: Final = 50  # of a vector


def corpus() -> tuple[list[str], list[str]]:
    """(texts, subjects): without examples, and without the names of the subjects, which would give the answer away."""
    texts: dict[str, str] = {}  # each once, under the first subject that has it
    for subject in SUBJECTS:
        module = importlib.import_module(f"scipy.{subject}")
        for name in sorted(module.__all__):
            text = inspect.getdoc(getattr(module, name, None)) or ""
            if len(text) >= SHORTEST:
                texts.setdefault(_plain(text), subject)
    return list(texts), list(texts.values())


def _plain(text: str) -> str:
    prose = re.split(r"\n\s*Examples\n\s*-+\n", text)[0]
    prose = re.sub(r"\{.*?\}", " ", prose)  # sets of names, which are written in another order each time
    return re.sub(rf"\b(scipy(\.\w+)*|{'|'.join(SUBJECTS)})\b", " ", prose, flags=re.IGNORECASE)


def write(path: Path) -> int:
    """The vectors for dataset=vectors, and the beginnings of the texts to show them by; gives how many there are.

    Latent semantic analysis (Deerwester et al. 1990): term weights (tf-idf) of all texts, of which nobody's label is
    known, brought down to 50 components, of length 1.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    texts, subjects = corpus()
    terms = TfidfVectorizer(sublinear_tf=True, min_df=3, stop_words="english").fit_transform(texts)
    vectors = normalize(TruncatedSVD(LENGTH, random_state=0).fit_transform(terms))
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = np.array([" ".join(text.split())[:300] for text in texts])
    np.savez_compressed(path, x=vectors.round(4).astype(np.float32), y=np.array(subjects), texts=shown)
    return len(texts)


if __name__ == "__main__":
    print(f"{write(Path(sys.argv[1]))} texts in {sys.argv[1]}")
