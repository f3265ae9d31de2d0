"""What every column of every table is: tables/codebook.csv, with the fields of Psych-DS' variables (a PropertyValue of
schema.org): name, description, unit, type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

import pandas as pd

from analysis.metrics import METRICS
from hill_exp.config.folder import CONF
from hill_exp.config.groups import CHOICES, SETTINGS

FIELDS: Final = ("table", "name", "description", "unit", "type")
# What pandas finds in a column -> how JSON names it; all else is text, and a column without a value could be a number.
TYPES: Final = {
    "boolean": "boolean", "integer": "integer", "floating": "number", "mixed-integer-float": "number",
    "empty": "number",
}  # fmt: skip

# Name of a column, or a pattern of names -> (description, unit). Of a table alone: "table/name".
COLUMNS: Final[Mapping[str, tuple[str, str]]] = {
    "condition": ("Address of the condition: one point of the configuration, without the participant", ""),
    "dataset": ("Data set", ""),
    "model": ("Model that was trained, the student of the person", ""),
    "projection": ("How the latents are shown as a picture", ""),
    "teacher": ("How the edited picture teaches the model", ""),
    "encoder": ("Pretrained network whose features the model is given, if any", ""),
    "user": ("Who sat at the canvas", ""),
    "schedule": ("When the person was asked", ""),
    "participant": ("Number of the individual: the same data split, initial weights and batches everywhere", ""),
    "seed": ("Seed of the study; participants of two seeds are others", ""),
    "status": ("done, or failed", ""),
    "reason": ("Why a run failed", ""),
    "participants/epochs": ("Epochs that were trained", "epochs"),
    "seconds": ("Time of computation, without waiting for a real person", "s"),
    "data": ("What identifies the images, wherever they lie", ""),
    "device": ("cpu or cuda", ""),
    # outcomes
    "named_confusions": ("Rate of the confusions that the bias names, less that of all others", "share"),
    "touched_recall": ("Recall of the classes that the bias names", "share"),
    "touched_minus_other_recall": ("The same, less the recall of the other classes", "share"),
    "test_accuracy": ("Share of test images that are classified rightly", "share"),
    "train_accuracy": ("The same of all canvas points against their true labels, labelled or not", "share"),
    "validation_accuracy": ("The same of the validation images", "share"),
    "reserved_accuracy": ("The same of the reserve of the canvas, whose labels nobody gives", "share"),
    "reserved_gap": ("reserved_accuracy less test_accuracy", "share"),
    "test_copies": ("Share of test points that are copies of a canvas or validation point, value for value", "share"),
    "kept_epoch": ("Epoch whose network is scored, as training.keep has it", "epochs"),
    "last_test_accuracy": ("Test accuracy after the last epoch, whichever is kept", "share"),
    "best_validation_test_accuracy": ("Test accuracy after the epoch of the best validation accuracy", "share"),
    "generalization_gap": ("train_accuracy less test_accuracy", "share"),
    "shifted_accuracy": ("Mean test accuracy over shifts and severities", "share"),
    r"shift\.\w+\.\d": ("Test accuracy under this shift at this severity", "share"),
    "calibration_error": ("Expected calibration error on the test set, 15 bins", "share"),
    "test_loss": ("Mean cross-entropy on the test set, a proper score", "nats"),
    "worst_class_recall": ("Test recall of the class with the least", "share"),
    "class_recall_gap": ("Greatest less least test recall of the classes; grows with noise of any kind", "share"),
    "worst_group_accuracy": ("Test accuracy of the colour with the least", "share"),
    "group_accuracy_gap": ("Greatest less least test accuracy of the colours", "share"),
    "worst_alignment_accuracy": ("The lesser test accuracy: colour agrees with the class, or conflicts", "share"),
    "alignment_accuracy_gap": ("Difference between the two", "share"),
    "bias_amplification": ("Directional bias amplification from colour to class (Wang & Russakovsky 2021)", "share"),
    "learning_curve_auc": ("Mean test accuracy over the epochs", "share"),
    "epochs_to_target": ("First epoch with a test accuracy of training.target_accuracy; empty: never", "epochs"),
    "points_moved": ("Points whose place was changed; of a participant over all turns", "points"),
    "points_handled": ("Points that were taken in hand, moved or put back", "points"),
    "points_looked_at": ("Points whose thumbnail was looked at", "points"),
    "points_named": ("Points that were named for the first time, or otherwise than before", "points"),
    "named_accuracy": ("Share of the names that are right", "share"),
    "gestures": ("Drags, of single points or of several at once", "gestures"),
    "distance": ("Way that points were dragged, in units of the picture (root mean square radius 1)", "radius"),
    "person_seconds": ("Time of the person: measured, or simulated by Fitts' law and looks", "s"),
    "embedding_response": (
        "Correlation of the latents' distances with those of the edited picture, after the turn less before it",
        "",
    ),
    "moved_followed": ("Moved points that have followed the edit in the next picture", "points"),
    "trustworthiness": ("Trustworthiness of the pictures that were edited (Venna & Kaski 2001)", "share"),
    "continuity": ("Continuity of the pictures that were edited (Venna & Kaski 2001)", "share"),
    "neighbour_agreement": ("Share of the nearest points in the latents that are nearest in the picture", "share"),
    r"person\..+": ("Parameter that was drawn for this member of a crowd, or told by a real person", ""),
    # epochs.csv, turns.csv, groups.csv
    "epoch": ("Number of the epoch, from 1; of a turn, the epoch after which it was", "epochs"),
    "train_loss": ("Cross-entropy of the labelled canvas points", "nats"),
    "teaching_loss": ("Loss of the teacher", ""),
    "consistency_loss": ("Loss of training.consistency, with its weight", "nats"),
    "validation_loss": ("Cross-entropy of the validation images", "nats"),
    "turn": ("Number of the turn, from 0", ""),
    "kind": ("In groups.csv class, colour or alignment; in hypotheses.csv what is estimated", ""),
    "name": ("Name of the class or group", ""),
    "count": ("Test images of the class or group", "images"),
    "accuracy": ("Share of them that are classified rightly; of a class its recall", "share"),
    # hypotheses.csv and specification.csv
    "hypothesis": ("Name of the hypothesis, as its file states it", ""),
    "metric": ("Column of participants.csv, or measure of a comparison, that is tested", ""),
    "contrast": ("What is compared with what, or the dose of a slope", ""),
    "n": ("Complete pairs, or participants of a slope", "participants"),
    "estimate": ("Mean paired difference, or slope", "metric"),
    "ci_low": ("Lower end of the interval that decided, of the level in the column level", "metric"),
    "ci_high": ("Upper end of the interval that decided", "metric"),
    "images_low": ("Lower end of the 95% interval about new images (Nadeau & Bengio 2003); see docs", "metric"),
    "images_high": ("Upper end of the 95% interval about new images", "metric"),
    "effect_size": ("Estimate in standard deviations of the paired differences (d_z)", "sd"),
    "p": ("One-sided p of the claim, not corrected", "probability"),
    "specification/p": ("Two-sided p of no difference, not corrected", "probability"),
    "specification/ci_low": ("Lower end of the 95% interval of the estimate, not corrected", "metric"),
    "specification/ci_high": ("Upper end of the 95% interval of the estimate, not corrected", "metric"),
    "p_adjusted": ("p, adjusted for the other tests", "probability"),
    "p_contrary": ("p of the contrary of the claim", "probability"),
    "p_contrary_adjusted": ("The same, adjusted for the other tests", "probability"),
    "margin": ("Smallest effect of interest, or largest difference that counts as none", "metric"),
    "power": ("Chance to find an effect of the margin with so many pairs, if they spread as these", "probability"),
    "verdict": ("What the test says of the claim", ""),
    "finding": ("Where the difference lies, by the interval that decides", ""),
    "role": ("confirmatory: in the hypothesis's cell; else exploratory", ""),
    "level": ("Level of the interval ci_low to ci_high", "probability"),
    "seeds": ("Seeds of the participants that were compared", ""),
    "claim": ("higher, lower, at least, at most or equal", ""),
    "part": ("part: one of several comparisons that must all hold; joint: the claim over them; empty: alone", ""),
    "setting": ("What sets the comparison apart from others of its data set", ""),
    "missing": ("Pairs without a value", "pairs"),
    "censored": ("Pairs in which a target was never reached", "pairs"),
    "test": ("Test that was made", ""),
    "p_check": ("p of the same claim by a second test with other assumptions", "probability"),
    "alpha": ("One-sided level of the tests of the family", "probability"),
    "family": ("Tests that share a correction", ""),
    "notes": ("What else is to be known of the test", ""),
    "treatment": ("What is compared", ""),
    "control": ("What it is compared with", ""),
    "doubtful": ("Whether an assumption of the test is in doubt", ""),
    "disagreement": ("Whether a second test decides otherwise", ""),
    "stopping rule": ("The epoch whose network is scored: the last, or the best by validation data", ""),
    # arms.csv
    "regime": ("Data, encoder and teaching under which arms are compared", ""),
    "arm": ("A person or machine with the settings that are its own", ""),
    "arms/n": ("Participants who ended well", "participants"),
    "arms/low": ("Lower end of the 95% interval of the mean test accuracy", "share"),
    "arms/high": ("Upper end of the 95% interval of the mean test accuracy", "share"),
    "best_machine": ("Whether it is the machine alone with the best validation accuracy of its regime", ""),
    r"over_(plain|machine)": (
        "Mean paired gain in test accuracy over plain training, or the best machine",
        "share",
    ),
    r"over_(plain|machine)_low": ("Lower end of the 95% interval of that difference", "share"),
    r"over_(plain|machine)_high": ("Upper end of the 95% interval of that difference", "share"),
    # datasets.csv
    "datasets": ("Data sets that the summary is over", "data sets"),
    "mean": ("Mean difference over data sets like these (random effects)", "metric"),
    "low": ("Lower end of its 95% interval", "metric"),
    "high": ("Upper end of its 95% interval", "metric"),
    "predicted_low": ("Lower end of the 95% prediction interval: one more data set", "metric"),
    "predicted_high": ("Upper end of the 95% prediction interval", "metric"),
    "tau": ("Standard deviation of the difference between data sets", "metric"),
    "i2": ("Share of the spread of the estimates that is not chance", "share"),
}


def codebook(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """A row a column of each table, by name, with FIELDS; a description is empty where nobody gave one."""
    rows = [
        (table, str(name), *describe(table, str(name)), _type(column))
        for table, frame in sorted(tables.items())
        for name, column in frame.items()
    ]
    return pd.DataFrame(rows, columns=list(FIELDS))


def describe(table: str, name: str) -> tuple[str, str]:
    """(description, unit) of a column; of a setting what its configuration file says of it; empty for what is in
    neither."""
    for key in (f"{table}/{name}", name):
        if key in COLUMNS:
            return COLUMNS[key]
    for pattern, entry in COLUMNS.items():
        if re.fullmatch(pattern, name):
            return entry
    if name in METRICS:
        return METRICS[name].label, "share" if METRICS[name].share else ""
    if name.partition(".")[0] not in SETTINGS:
        return "", ""
    known = settings().get(name.replace("user.person.", "user."))  # the person that a crowd's members depart from
    return known or f"The setting {name} of the configuration", ""


@cache
def settings() -> Mapping[str, str]:
    """Config key -> what the comment beside it says, over all files of conf/; the first file that says anything."""
    found: dict[str, str] = {}
    for path in [CONF / "config.yaml", *(path for group in CHOICES for path in sorted((CONF / group).rglob("*.yaml")))]:
        prefix = "".join(f"{part}." for part in path.parent.relative_to(CONF).parts)
        for key, comment in _commented(path.read_text(encoding="utf-8")):
            if not found.get(prefix + key):
                found[prefix + key] = comment
    return found


def _commented(text: str) -> Iterator[tuple[str, str]]:
    """(dotted key, comment) of each line of a YAML file that sets a key."""
    above: list[tuple[int, str]] = []
    for line in text.splitlines():
        if found := re.match(r"( *)([\w.]+):(?:[^#]*)(?:# *(.*))?$", line):
            indent, key, comment = len(found[1]), found[2], found[3] or ""
            above = [*(pair for pair in above if pair[0] < indent), (indent, key)]
            yield ".".join(name for _, name in above), comment


def _type(column: pd.Series) -> str:
    """As JSON names it."""
    return TYPES.get(pd.api.types.infer_dtype(column, skipna=True), "string")
