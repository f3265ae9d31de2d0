"""Everything that docs/results.md says, from one command."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from hill_exp.reproduce import texts


def test_the_texts_do_not_give_their_subject_away(tmp_path: Path) -> None:
    count = texts.write(tmp_path / "texts.npz")
    with np.load(tmp_path / "texts.npz") as file:
        held = dict(file)
    assert held["x"].shape == (count, texts.LENGTH) and count > 1000 and set(held["y"]) == set(texts.SUBJECTS)
    assert not re.search(rf"\b(scipy|{'|'.join(texts.SUBJECTS)})\b", " ".join(held["texts"]), re.IGNORECASE)
    texts.write(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "texts.npz").read_bytes()
