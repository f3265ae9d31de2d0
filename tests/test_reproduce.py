"""Everything that docs/results.md says, from one command."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import synthetic
from conftest import TINY

from analysis import hypotheses, tables
from analysis.metrics import describe
from hill_exp.config.folder import HYPOTHESES
from hill_exp.record.store import Store
from hill_exp.reproduce import archive, cells, page, plan, texts
from hill_exp.reproduce.__main__ import Run, main
from hill_exp.types import UserError


def test_the_texts_do_not_give_their_subject_away(tmp_path: Path) -> None:
    count = texts.write(tmp_path / "texts.npz")
    with np.load(tmp_path / "texts.npz") as file:
        held = dict(file)
    assert held["x"].shape == (count, texts.LENGTH) and count > 1000 and set(held["y"]) == set(texts.SUBJECTS)
    assert not re.search(rf"\b(scipy|{'|'.join(texts.SUBJECTS)})\b", " ".join(held["texts"]), re.IGNORECASE)
    texts.write(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "texts.npz").read_bytes()


def test_only_the_seed_of_a_shipped_hypothesis_is_another(tmp_path: Path) -> None:
    cells.write(tmp_path, 77)
    shipped, written = hypotheses.load(HYPOTHESES), hypotheses.load(tmp_path)
    assert [of.cell.seeds for of in written] == [(77,)] * len(shipped)
    for before, after in zip(shipped, written, strict=True):
        cell = after.cell.model_copy(update={"seeds": before.cell.seeds})
        assert after.model_copy(update={"cell": cell}) == before


def test_every_hypothesis_on_simulated_people_has_its_step() -> None:
    served = {name for step in plan.STEPS for name in step.claims.split(", ")} - {"exploratory"}
    assert served == {of.name for of in hypotheses.load(HYPOTHESES)} - {"H6"}


def _run(out: Path, steps: Sequence[plan.Step] = plan.STEPS) -> Run:
    return Run(out, 0, 4, False, steps, {"texts": out / "texts.npz"})


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reproduction whose store was made up, from the store to the archive."""
    out = tmp_path_factory.mktemp("project") / "docs"
    store = synthetic.everything(out / "store", participants=4, layouts=False)
    assert store.path == out / "store"
    cells.write(out / "hypotheses", 0)
    run = _run(out)
    (out / "minutes.json").write_text(json.dumps({"replication": 1.25}))
    (out.parent / "README.md").write_text(f"Before.\n{page.BEGIN}\nof yesterday\n{page.END}\nAfter.\n")
    page.write(run, [out])
    archive.pack(out)
    return out


def test_the_page_has_the_numbers_of_the_store(written: Path) -> None:
    text = (written / "results.md").read_text(encoding="utf-8")
    tests = hypotheses.evaluate(hypotheses.load(written / "hypotheses"), tables.read(Store(written / "store")))
    for name in ("H1", "H3", "H7"):
        row = hypotheses.judged(tests[tests["hypothesis"] == name], hypotheses.Role.CONFIRMATORY).iloc[0]
        ends = [f"{row[key]:+.3f}" for key in ("estimate", "ci_low", "ci_high")]
        (line,) = [line for line in text.splitlines() if line.startswith(f"| **{name}** |") and row["contrast"] in line
                   and describe(row["metric"]).label in line]  # fmt: skip
        assert f"{ends[0]} [{ends[1]}, {ends[2]}]" in line and f"**{row['verdict']}**" in line
    assert "| 1.2 |" in text and "not run" in text  # minutes
    assert not re.search(r"\bnan\b|[|\[] *None\b", text)


def test_the_readme_has_the_findings_in_their_place(written: Path) -> None:
    text = (written.parent / "README.md").read_text(encoding="utf-8")
    assert text.startswith("Before.\n") and text.endswith(f"{page.END}\nAfter.\n") and "yesterday" not in text
    assert len([line for line in text.splitlines() if line.startswith("- ")]) == 7


def test_the_archive_is_the_same_each_time_and_its_sums_agree(written: Path, tmp_path: Path) -> None:
    packed, sums = archive.pack(written)
    before = packed.read_bytes()
    os.utime(next((written / "store").rglob("*.json")))
    assert archive.pack(written)[0].read_bytes() == before
    with tarfile.open(packed) as of:
        of.extractall(tmp_path, filter="data")
    listed = dict(reversed(line.split("  ")) for line in sums.read_text().splitlines())
    assert {"results.md", "hypotheses/h1_performance.yaml"} <= set(listed)
    for name, digest in listed.items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest
    assert not list(tmp_path.rglob("*.npz"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--photographs", "nowhere"), "--photographs nowhere: there is no such file or folder"),
        (("--participants", "3"), "--participants 3: must be 4 or more"),
    ],
)
def test_what_cannot_be_is_said_before_anything_runs(
    arguments: Sequence[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["reproduce", *arguments])
    with pytest.raises(UserError, match=sentence):
        main()
    assert not list(tmp_path.iterdir())


def test_data_that_are_not_there_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["reproduce", "--plan"])
    assert main() == 0
    told = capsys.readouterr().out
    assert "Left out: eyes (exploratory), which needs --photographs and --labels" in told
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_reproduction_in_miniature_ends_the_same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = plan.Step(
        "tiny", "H1", ["-m", "+user=none,placebo,oracle,noisy", *TINY, "projection=pca", "controls=[]"], 1.0
    )
    monkeypatch.setattr(plan, "STEPS", (step,))
    pages = []
    for out in ("one", "two"):
        monkeypatch.setattr(sys, "argv", ["reproduce", "--participants", "4", "--out", str(tmp_path / out)])
        assert main() == 0, (tmp_path / out / "log.txt").read_text(encoding="utf-8")
        pages.append((tmp_path / out / "report" / "tables" / "hypotheses.csv").read_bytes())
    assert pages[0] == pages[1] and b"oracle" in pages[0]
    assert "All is as it was frozen" in (tmp_path / "one" / "results.md").read_text(encoding="utf-8")
