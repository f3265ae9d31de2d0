"""docs/results.md and the README's findings: prose from templates, every number from the store."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hill_exp.reproduce.found import found

if TYPE_CHECKING:
    from hill_exp.reproduce.__main__ import Run

FIGURES: Final = {  # name -> folder of the report that has it
    **dict.fromkeys(
        ("story", "paired_differences", "moderator", "named_confusions", "dose_response", "teacher_comparison", "arms"),
        "report",
    ),
    "specification": "report_apart",
}
BEGIN, END = "<!-- findings -->", "<!-- end of findings -->"


def write(run: Run, folders: Sequence[Path]) -> Sequence[Path]:
    """results.md with its figures beside it, in each folder; and findings where the README above one has their place.

    Raises UserError where a needed condition is not in the store.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    files = {name: run.out / report / "figures" / f"{name}.png" for name, report in FIGURES.items()}
    drawn = {name: file for name, file in files.items() if file.exists()}
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    told = {**found(run), "figures": drawn}
    text = pages.get_template("results.md.jinja").render(told)
    lines = pages.get_template("findings.md.jinja").render(told).splitlines()
    findings = (
        "\n".join(textwrap.fill(line, 120, subsequent_indent="  " * line.startswith("- ")) for line in lines) + "\n"
    )
    (run.out / "findings.md").write_text(findings, encoding="utf-8")
    return [_placed(folder, text, findings, drawn.values()) for folder in folders]


def _placed(folder: Path, text: str, findings: str, figures: Iterable[Path]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for file in figures:
        shutil.copy(file, folder / file.name)
    page = folder / "results.md"
    page.write_text(text, encoding="utf-8")
    readme = folder.absolute().parent / "README.md"
    if readme.exists() and BEGIN in (before := readme.read_text(encoding="utf-8")):
        head, _, rest = before.partition(BEGIN)
        readme.write_text(f"{head}{BEGIN}\n{findings}{END}{rest.partition(END)[2]}", encoding="utf-8")
    return page
