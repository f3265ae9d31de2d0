"""Every figure of the report, by name: one function a figure, from the results to a matplotlib figure; and your own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.figures import (
    arms,
    bias,
    classes,
    curves,
    differences,
    dose,
    layouts,
    moderator,
    regimes,
    response,
    specification,
    teachers,
)
from analysis.results import NoData
from hill_exp.config.schema import imported
from hill_exp.config.sentences import raised
from hill_exp.types import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.results import Results


@dataclass(frozen=True)
class Drawing:
    """`draw` raises analysis.results.NoData with the reason where the store has not what it needs."""

    draw: Callable[[Results], Figure]
    caption: str


FIGURES: dict[str, Drawing] = {
    "learning_curves": Drawing(curves.learning_curves, "How fast and how far each person's model learned."),
    "paired_differences": Drawing(
        differences.paired_differences, "Every participant against themselves without a person, and with the sham."
    ),
    "arms": Drawing(arms.arms, "What a person adds to the best that a machine does alone, and what it costs."),
    "equivalence": Drawing(differences.equivalence, "What is maintained, or not worse, within the stated margins."),
    "named_confusions": Drawing(
        bias.named_confusions, "Whether the model confuses what the person confuses, more than other classes."
    ),
    "recall_change": Drawing(classes.recall_change, "On which classes the gains and the harm fall."),
    "dose_response": Drawing(dose.dose_response, "What more and more of one departure does."),
    "regime_map": Drawing(regimes.regime_map, "When a person helps at all."),
    "teacher_comparison": Drawing(teachers.teacher_comparison, "The same people under each teacher and annotation."),
    "variants": Drawing(teachers.variants, "The same person with other ways of working."),
    "specification": Drawing(
        specification.specification, "What becomes of each claim under other settings that might have been chosen."
    ),
    "responses": Drawing(response.responses, "Whether the latents followed the edits, and whether that helped."),
    "moderator": Drawing(moderator.moderator, "Whether a person is worth more the truer the picture was."),
    "story": Drawing(layouts.one_story, "One run from the first turn to the end."),
    "gallery": Drawing(layouts.gallery, "What people saw, what they made of it, and what the model answered."),
}


def find(name: str, where: str) -> Drawing:
    """One of FIGURES, or your own function from analysis.results.Results to a matplotlib figure, by its dotted path.
    UserError, beginning with `where`, for anything else; and when it is drawn, for whatever it raises but NoData."""
    if name in FIGURES:
        return FIGURES[name]
    if "." not in name:
        raise UserError(
            f"{where}: there is no such figure. There are: {', '.join(FIGURES)}; and a function of your own by its "
            "path, as package.module.function"
        )
    function = imported(name, where)
    if not callable(function):
        raise UserError(f"{where}: must name a function from analysis.results.Results to a matplotlib figure")
    return Drawing(lambda results: _of_their_own(function, results, where), caption="")


def _of_their_own(function: Callable[[Results], object], results: Results, where: str) -> Figure:
    from matplotlib.figure import Figure

    try:
        made = function(results)
    except (NoData, UserError):
        raise
    except Exception as error:
        raise UserError(f"{where}: {raised(error)}") from error
    if not isinstance(made, Figure):
        raise UserError(f"{where}: gave {type(made).__name__}; must give a matplotlib figure")
    return made
