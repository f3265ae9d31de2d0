"""docs/results.md and the README's findings: prose from templates, every number from the store."""

from __future__ import annotations

import shutil
import textwrap
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


def write(run: Run, folder: Path) -> Path:
    """folder/results.md with its figures beside it; and if the README above the folder has a place for findings, these.

    Raises UserError where a needed condition is not in the store.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder.mkdir(parents=True, exist_ok=True)
    files = {name: run.out / report / "figures" / f"{name}.png" for name, report in FIGURES.items()}
    drawn = {name: file for name, file in files.items() if file.exists()}
    for file in drawn.values():
        shutil.copy(file, folder / file.name)
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    told = {**found(run), "figures": drawn}
    page = folder / "results.md"
    page.write_text(pages.get_template("results.md.jinja").render(told), encoding="utf-8")
    lines = pages.get_template("findings.md.jinja").render(told).splitlines()
    findings = (
        "\n".join(textwrap.fill(line, 120, subsequent_indent="  " * line.startswith("- ")) for line in lines) + "\n"
    )
    (run.out / "findings.md").write_text(findings, encoding="utf-8")
    readme = folder.absolute().parent / "README.md"
    if readme.exists() and BEGIN in (text := readme.read_text(encoding="utf-8")):
        head, _, rest = text.partition(BEGIN)
        readme.write_text(f"{head}{BEGIN}\n{findings}{END}{rest.partition(END)[2]}", encoding="utf-8")
    return page
