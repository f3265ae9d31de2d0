"""Tables as CSV: what pandas reads is what it would have written."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import csv_file

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"), min_size=1, max_size=5)


@given(
    rows=st.lists(st.tuples(TEXT, st.floats(), st.integers(-(2**63), 2**63 - 1), st.booleans(), TEXT), max_size=8),
    lacks=st.booleans(),
)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_reads_as_if_pandas_had_written_it(
    rows: list[tuple[str, float, int, bool, str]], lacks: bool, tmp_path: Path
) -> None:
    frame = pd.DataFrame(rows, columns=["label, of a class", "loss", "turn", "shown", 'a "name"'])
    frame["label, of a class"] = frame["label, of a class"].astype("category")
    frame = frame.astype({"loss": float, "turn": int, 'a "name"': object})
    if lacks and rows:
        frame.loc[0, ["label, of a class", "loss", 'a "name"']] = None
    csv_file.write(frame, tmp_path / "ours.csv")
    frame.to_csv(tmp_path / "pandas.csv", index=False)
    ours, theirs = (pd.read_csv(tmp_path / f"{who}.csv", na_values=[""]) for who in ("ours", "pandas"))
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def test_chunks_follow_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "CHUNK", 3)
    frame = pd.DataFrame({"x": np.arange(8), "y": [math.nan, *np.linspace(0, 1, 7)]})
    csv_file.write(frame, tmp_path / "x.csv")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "x.csv"), frame)
