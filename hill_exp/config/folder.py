"""Where the configuration files lie: beside the packages in a checkout, within hill_exp where a wheel was installed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE = Path(__file__).resolve().parents[1]
CONF: Final = next(
    (folder for folder in (_PACKAGE / "conf", _PACKAGE.parent / "conf") if folder.is_dir()), _PACKAGE / "conf"
)
HYPOTHESES: Final = CONF / "hypotheses"  # stated before the data
