"""One look for all figures: legible in print and on a slide, safe for the colour-blind, a user always in one colour."""

from __future__ import annotations

import textwrap
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from analysis.results import Main

# Okabe & Ito (2008), "Color Universal Design".
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, RED, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
INK, GREY, PALE = "#222222", "#777777", "#DDDDDD"

# Controls are grey, the knowing person blue; departures by noise are cool, by systematic bias warm. Where people share
# a colour, their markers tell them apart.
USERS: dict[str, tuple[str, str]] = {
    "none": (GREY, "o"),
    "placebo": (BLACK, "s"),
    "automatic": (PURPLE, "D"),
    "random": (ORANGE, "v"),
    "oracle": (BLUE, "o"),
    "noisy": (SKY, "s"),
    "careless": (SKY, "^"),
    "tired": (SKY, "D"),
    "hurried": (SKY, "v"),
    "deferential": (SKY, "P"),
    "biased": (RED, "o"),
    "conflating": (RED, "s"),
    "neglectful": (RED, "^"),
    "stereotyping": (RED, "D"),
    "colour_grouping": (RED, "v"),
    "human": (GREEN, "*"),
}
_OTHERS = [(c, m) for m in "PX<>h" for c in (GREEN, PURPLE, ORANGE)]

# Classes: Okabe-Ito first, then hues of Paul Tol's muted scheme that keep apart from it; labels stand beside them.
CLASSES = (BLUE, ORANGE, GREEN, RED, SKY, PURPLE, "#882255", "#999933", BLACK, YELLOW)

RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same picture on every machine
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "savefig.dpi": 200,
    "pdf.fonttype": 42,  # letters stay letters
    "svg.fonttype": "path",
    "figure.facecolor": "white",
    "axes.axisbelow": True,
}


@contextmanager
def style() -> Iterator[None]:
    """The look, for the time of a drawing; nothing global is left changed."""
    import matplotlib as mpl

    with mpl.rc_context(dict(RC)):  # type: ignore[arg-type]
        yield


def figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches, without pyplot and its global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    fig = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(fig)
    return fig


def save(fig: Figure, folder: Path, name: str) -> list[Path]:
    """NAME.png and NAME.pdf in the folder; the same bytes for the same figure."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.png", folder / f"{name}.pdf"]
    with style():
        fig.savefig(paths[0], metadata={"Software": None})
        fig.set_layout_engine("none")  # what was laid out stays; to lay it out again would double the time
        fig.savefig(paths[1], metadata={"CreationDate": None})
    return paths


def user_look(user: str) -> tuple[str, str]:
    """(colour, marker) of a user, by name alone, so that it is the same in every figure of every store."""
    return USERS.get(user) or _OTHERS[zlib.crc32(user.encode()) % len(_OTHERS)]


def user_order(users: Iterable[str]) -> list[str]:
    """Controls first, then the oracle and its departures, then others by name."""
    known = list(USERS)
    return sorted(set(users), key=lambda u: (known.index(u) if u in known else len(known), u))


def class_colour(number: int) -> str:
    return CLASSES[number % len(CLASSES)]


def direct_labels(ax: Axes, ends: Sequence[tuple[float, float, str, str]], gap: float = 0.055) -> None:
    """Name lines at their right ends instead of in a legend. ends: (x, y, text, colour); texts that would touch are
    pushed apart to `gap` of the axes' height."""
    if not ends:
        return
    low, high = ax.get_ylim()
    height = high - low
    ordered = sorted(ends, key=lambda e: e[1])
    gap = min(gap, 1 / len(ordered))
    places = spread(np.array([(y - low) / height for _, y, _, _ in ordered]), gap)
    for (x, y, text, colour), place in zip(ordered, places, strict=True):
        ax.annotate(
            text,
            (x, y),
            xytext=(1.025, place),
            textcoords="axes fraction",
            color=colour,
            va="center",
            ha="left",
            fontsize=8.5,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "lw": 0.6,
                "alpha": 0.6,
                "shrinkA": 0,
                "shrinkB": 1,
                "relpos": (0, 0.5),
            },
        )


def spread(places: NDArray[np.floating[Any]], gap: float) -> NDArray[np.floating[Any]]:
    """Sorted places in [0, 1] moved as little as possible (least squares) so that neighbours are at least `gap` apart
    and none leaves [0, 1]: isotonic regression of what is left when the gaps are taken out. places (n,), n > 0."""
    from scipy.optimize import isotonic_regression

    steps = gap * np.arange(len(places))
    return np.clip(isotonic_regression(places - steps).x, 0, max(0.0, 1 - steps[-1])) + steps


def short_setting(text: str) -> str:
    """For a title: "dataset.colour.train=0.2" as "colour train 0.2"."""
    parts = [part.partition("=") for part in text.split(", ") if part]
    named = [(" ".join(key.split(".")[1:] or [key]).replace("_", " "), value) for key, _, value in parts]
    return ", ".join(f"{name} {value}".strip() for name, value in named)


def minus(text: str) -> str:
    """With the minus sign of print."""
    return text.replace(" - ", " \N{MINUS SIGN} ")


def setting(mains: Sequence[Main]) -> str:
    """Under which setting each dataset and user is shown, where a store has several: the end of a note."""
    sentences = [f"{main.dataset}: {short_setting(main.setting)}." for main in mains if main.setting]
    for main in mains:
        sentences += [f"{user}: {short_setting(text)}." for user, text in main.variants.items()]
    return " ".join(["", *dict.fromkeys(sentences)])


def note(fig: Figure | SubFigure, text: str) -> None:
    """At the foot of a figure, as wide as it: how to read it."""
    wide = int(fig.bbox.width / fig.figure.dpi * 15.5)  # characters
    fig.supxlabel(textwrap.fill(text, wide), fontsize=8, color=GREY, x=0.01, ha="left")


LONGEST_NAME = 18  # signs of a class's name in a figure


def class_names(names: Sequence[str]) -> list[str]:
    """The names of classes as a figure can write them: long ones are cut, and in place of one with signs that the font
    has not stands the number of the class."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family=RC["font.family"])))
    return [
        _cut(name).replace("$", r"\$") if all(font.get_char_index(ord(sign)) for sign in name) else f"class {number}"
        for number, name in enumerate(names)
    ]


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}\N{HORIZONTAL ELLIPSIS}"
