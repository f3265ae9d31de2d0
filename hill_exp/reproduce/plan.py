"""What is run, in order: every experiment of docs/results.md, and what it is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SEED: Final = 2311  # no earlier result and no tuning used it
QUICK_SEED: Final = 103  # of a store that nothing is concluded from
PARTICIPANTS: Final = 24
QUICK_PARTICIPANTS: Final = 6
ALONE: Final = "plain,placebo,spreading,svc,self_training,consistency,naming,moves"  # arms on texts
TEXTS: Final = ("dataset=vectors", "dataset.path={texts}")
PHOTOGRAPHS: Final = ("regime=photographs", "dataset.root={photographs}")


@dataclass(frozen=True)
class Step:
    """One sweep. arguments: of python -m hill_exp, in which {texts}, {photographs} and {labels} stand for files;
    participants: of each condition, where it is not as many as of the claims; claims: hypotheses that it serves; apart:
    into a store of its own, so that its settings are no part of the others' tables."""

    name: str
    claims: str
    arguments: Sequence[str]
    minutes: float  # on two cores, measured
    data: str = ""  # photographs, or labels (which need photographs too): what has to be given
    quick: bool = True
    participants: int | None = None
    apart: bool = False


STEPS: Final = (
    Step("replication", "H1, H2, H2-reserve, H3, H5-cost", ["experiment=replication"], 3.0),
    Step("picture", "H7, H7-blind", ["experiment=projection"], 4.0),
    Step("teachers", "H2-gap, H5, H5-cost", ["experiment=teachers"], 7.0),
    Step("dose", "H4", ["experiment=dose_conflation"], 1.0),
    Step("colour", "H4-colour", ["experiment=bias"], 3.0),
    Step("machine", "H8, H9", ["experiment=best_machine", "regime=digits"], 3.0),
    Step(
        "texts",
        "H1-texts, H7-texts",
        ["-m", *TEXTS, "projection=umap,scrambled", "+user=none,placebo,oracle", "controls=[]"],
        1.5,
    ),
    Step("texts-machine", "H8-texts, H9-texts", ["-m", "regime=texts", *TEXTS[1:], f"arm={ALONE}", "controls=[]"], 2.0),
    Step(
        "photographs",
        "H8-photographs, H9-photographs",
        ["experiment=best_machine", *PHOTOGRAPHS],
        20.0,
        data="photographs",
        quick=False,
    ),
    Step(
        "eyes",
        "exploratory",
        [
            "-m", "arm=moves_measured,naming_measured,moves_labels_measured", *PHOTOGRAPHS,
            "++user.knowledge.labels={labels}", "controls=[]",
        ],
        4.0,
        data="labels",
        quick=False,
    ),
    Step("multiverse", "exploratory", ["experiment=multiverse"], 15.0, quick=False, participants=6, apart=True),
)  # fmt: skip
TOLERANCE: Final = (
    "the same numbers on the same machine and versions; elsewhere differences of means within a third of their "
    "interval, and the same verdicts but where an end of an interval lies that near to its limit"
)
