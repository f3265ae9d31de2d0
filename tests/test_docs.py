"""What the documentation is made of beside its pages: a reference made from the code, and docstrings as they are read.
The site itself is built by .ci/run, with warnings as errors and the tutorial run."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from hill_exp.config import compose
from hill_exp.config.tree import leaves
from hill_exp.types import Edit

DOCS = Path(__file__).parents[1] / "docs"


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference, docstrings = loaded("reference"), loaded("docstrings")


def rows(page: str) -> dict[str, list[str]]:
    """First cell -> the others, of every row of every table."""
    cells = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    return {first.strip("`"): rest for first, *rest in cells}


def test_the_configuration_page_has_every_choice_and_every_key() -> None:
    page = rows(reference.configuration())
    groups = [*reference.GROUPS, *reference.LISTS]
    assert {name for group in groups for name in compose.choices(group)} <= page.keys()
    cfg, _ = compose.composed("+user=oracle")
    del cfg["user"]["tools"]
    keys = {key for key, _ in leaves(cfg) if not key.endswith("_target_")}
    assert keys - {"regime", "arm", "experiment"} <= page.keys()


def test_a_key_has_its_value_what_others_have_and_its_meaning() -> None:
    page = rows(reference.configuration())
    value, meaning = page["user.knowledge.error"]
    assert value == "`0.0`; `0.18` (hard_images); `0.2` (noisy)"
    assert meaning == (
        "probability of taking an image for another class, always the same one; the mean over the canvas"
    )
    assert page["training.keep"][0] == "`best_validation`"
    assert page["user.rationality"][0] == "`.inf`; `1.0` (hurried)"


def test_the_page_of_columns_reads_as_names(tmp_path: Path) -> None:
    page = rows(reference.columns())
    assert page["test_accuracy"] == ["Share of test images that are classified rightly", "share"]
    assert page["ci_low"][0] == "Lower end of the 95% interval of the estimate, not corrected (in specification.csv)"
    assert {"shift.NAME.N", "person.NAME", "over_{plain,machine}_low"} <= page.keys()
    reference.write(tmp_path / "generated")
    written = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "generated").iterdir()}
    reference.write(tmp_path / "generated")
    assert written.keys() == {"columns.md", "configuration.md"}
    assert written == {path.name: path.stat().st_mtime_ns for path in (tmp_path / "generated").iterdir()}


def test_an_indented_part_of_a_docstring_is_code() -> None:
    lines = ["Loop.", "", "    for x in y:", "", "        pass", "", "After."]
    docstrings.process(None, "function", "f", None, None, lines)
    expected = ["Loop.", "", ".. code-block:: python", "", "    for x in y:", "", "        pass", "", "After.", ""]
    assert lines == expected


def test_a_signature_names_its_aliases() -> None:
    given = ("(looked: TypeAliasForwardRef('Bools') | None = None)", None)
    plain = ("(looked: Bools | None = None)", None)
    assert docstrings.signature(None, "method", "of", None, None, *given) == plain


def test_a_class_has_the_comments_of_its_fields() -> None:
    lines: list[str] = []
    docstrings.process(None, "class", "Edit", Edit, None, lines)
    assert "- ``positions``: (N, 2) after the last gesture" in "\n".join(lines)
