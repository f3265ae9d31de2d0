"""Every figure of the report, by name: one function a figure, from the results to a matplotlib figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.figures import classes, curves, differences, dose, layouts, moderator, regimes, response, teachers

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
    "equivalence": Drawing(differences.equivalence, "What is maintained, or not worse, within the stated margins."),
    "recall_change": Drawing(classes.recall_change, "On which classes the gains and the harm fall."),
    "dose_response": Drawing(dose.dose_response, "What more and more of one departure does."),
    "regime_map": Drawing(regimes.regime_map, "When a person helps at all."),
    "teacher_comparison": Drawing(teachers.teacher_comparison, "The same people under each teacher and annotation."),
    "variants": Drawing(teachers.variants, "The same person with other ways of working."),
    "responses": Drawing(response.responses, "Whether the latents followed the edits, and whether that helped."),
    "moderator": Drawing(moderator.moderator, "Whether a person is worth more the truer the picture was."),
    "story": Drawing(layouts.one_story, "One run from the first turn to the end."),
    "gallery": Drawing(layouts.gallery, "What people saw, what they made of it, and what the model answered."),
}
