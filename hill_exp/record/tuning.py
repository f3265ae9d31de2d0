"""The best of a tuning sweep, by validation accuracy: `python -m hill_exp.tuned --store DIR [--write FILE]`.

It reads the store that the sweep wrote, whatever drew the settings (Optuna, or a grid). With --write the best
settings of a teacher become a file of conf/tuned that says where they come from; `+tuned=NAME` puts the teacher with
them into a run, whose kept config then holds them.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hill_exp.config.tree import nested
from hill_exp.record.condition import Condition, flatten
from hill_exp.record.store import Store

METRIC = "validation_accuracy"  # the only one: a choice made on the test set would make its accuracies too good


@dataclass(frozen=True)
class Candidate:
    """One condition of the sweep; `settings` are those that differ within it, by config key."""

    condition: Condition
    settings: Mapping[str, Any]
    accuracy: float  # mean over participants, on the validation set
    participants: int


def storage(store: str) -> str:
    """Optuna's database in the store, as the URL that it takes; makes the folder."""
    Path(store).mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{store}/tuning.db"


def ranking(store: Store) -> dict[str, list[Candidate]]:
    """What was asked (dataset, model, teacher, user, as one label) -> its conditions, best first.

    Only conditions with all the participants that any of them has are compared: the others are not finished. Ties go
    to the condition's address, so the order is always the same.
    """
    families: dict[str, list[Condition]] = defaultdict(list)
    for condition in store.conditions():
        families[condition.label].append(condition)
    ranked = {}
    for label, conditions in families.items():
        scores = {}
        for condition in conditions:
            standings = store.standings(condition.content)
            scores[condition.id] = {who: s.validation_accuracy for who, s in standings.items() if s.status == "done"}
        everybody = set().union(*scores.values())
        values = {condition.id: dict(flatten(condition.settings)) for condition in conditions}
        keys = {key for settings in values.values() for key in settings}
        differ = {key for key in keys if len({repr(settings.get(key)) for settings in values.values()}) > 1}
        ranked[label] = sorted(
            (
                Candidate(
                    condition,
                    {key: value for key, value in values[condition.id].items() if key in differ},
                    statistics.fmean(scores[condition.id].values()),
                    len(everybody),
                )
                for condition in conditions
                if everybody and scores[condition.id].keys() == everybody
            ),
            key=lambda candidate: (-candidate.accuracy, candidate.condition.id),
        )
    return {label: candidates for label, candidates in ranked.items() if candidates}


def text(best: Candidate, compared: Sequence[Candidate], store: Path) -> str:
    """The file of conf/tuned: the settings of `best`, and where they come from."""
    import yaml

    return (
        "# @package _global_\n"
        f"# Chosen by validation accuracy, {best.accuracy:.4f} over {best.participants} participants, among\n"
        f"# {len(compared)} conditions of {best.condition.label} in the store {store}: condition {best.condition.id}.\n"
        f"defaults:\n  - override /teacher: {best.condition.names['teacher']}\n"
        + yaml.safe_dump(nested(best.settings), sort_keys=False)
    )
