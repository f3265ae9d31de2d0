"""A heat map of paired differences, with the differences written into its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.figures.style import INK
from analysis.metrics import decimal

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

DARK = 0.62  # share of the scale beyond which a cell is too dark for ink


def draw_heatmap(
    grid: pd.DataFrame,
    sure: pd.DataFrame,
    ax: Axes,
    scale: float,
    digits: int,
    size: float,
    origin: Literal["upper", "lower"] = "upper",
) -> AxesImage:
    """Colour is the difference, from -scale to scale. grid, sure: of the same rows and columns; bold where `sure`, its
    95% interval leaves 0 out. digits: after the point, 0 to write no numbers; size of the letters in points; origin:
    where the first row lies."""
    image = ax.imshow(grid, cmap="PuOr", vmin=-scale, vmax=scale, origin=origin, aspect="auto")
    certain = sure.to_numpy()
    for (y, x), value in np.ndenumerate(grid.to_numpy(dtype=float)):
        if digits and np.isfinite(value):
            ax.text(
                x, y, decimal(value, digits, signed=True), ha="center", va="center", fontsize=size,
                color="white" if abs(value) > DARK * scale else INK,
                fontweight="bold" if certain[y, x] else "normal", alpha=1.0 if certain[y, x] else 0.75,
            )  # fmt: skip
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return image
