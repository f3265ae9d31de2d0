"""The hypotheses as they are shipped, on people of another seed."""

from __future__ import annotations

from pathlib import Path

import yaml

from hill_exp.config.folder import HYPOTHESES


def write(folder: Path, seed: int) -> None:
    """Each file of conf/hypotheses with this seed alone in its cell, and nothing else otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(HYPOTHESES.glob("*.yaml")):
        stated = yaml.safe_load(path.read_text(encoding="utf-8"))
        stated["cell"]["seeds"] = [seed]
        text = yaml.safe_dump(stated, sort_keys=False, allow_unicode=True, width=120)
        (folder / path.name).write_text(text, encoding="utf-8")
