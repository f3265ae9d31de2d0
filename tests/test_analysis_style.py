"""What figures write is what can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
import synthetic

from analysis import hypotheses, tables
from analysis.figures.catalogue import FIGURES
from analysis.figures.style import class_names, save
from analysis.results import Results

ODD = ("cat", "\u732b", "\U0001f9ea", "<b>bold</b>", "$x^2$", "a" * 120, "caf\u00e9", "naming a class", "9", "10 $")


def test_names_of_classes_are_cut_or_numbered_where_they_cannot_be_written() -> None:
    assert class_names(ODD) == [
        "cat", "class 1", "class 2", "<b>bold</b>", r"\$x^2\$", "a" * 17 + "\u2026", "caf\u00e9", "naming a class", "9",
        r"10 \$",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["story", "gallery", "recall_change"])
def test_a_figure_draws_them_without_a_warning(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign that the font has not is a warning, and warnings are errors here."""
    monkeypatch.setattr(synthetic, "CLASSES", ODD)
    users = {"none": 0.0, "placebo": 0.0, "oracle": 0.07}
    store = synthetic.study(tmp_path / "store", users, participants=4, layouts=True)
    read = tables.read(store)
    figure = FIGURES[name].draw(Results.of(store, read, hypotheses.load()))
    save(figure, tmp_path, name)
    assert (tmp_path / f"{name}.png").stat().st_size > 10_000
