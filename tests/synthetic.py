"""Stores with planted effects, for the tests of the analysis: no training, known answers."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from analysis import shipped
from hill_exp.config.groups import FOR_A_PERSON
from hill_exp.record.condition import Condition
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.record.trace import Trace
from hill_exp.types import NO_CLASS, Budget, Cards, Edit, Gesture, View

CLASSES = tuple("0123456789")
EPOCHS = 60
TURNS = (10, 20, 30, 40, 50)  # epochs after which a person looks
PROVENANCE = {
    "versions": {"python": "3.11.7", "numpy": "2.4.6", "torch": "2.13.0"},
    "program": {"version": "0.1.0", "commit": "0123456789abcdef0123456789abcdef01234567", "dirty": True},
    "device": "cpu",
    "machine": "Linux-6.1-x86_64, 2 cores",
    "finished": "2026-05-04T12:00:00+00:00",
    "command": "python -m hill_exp experiment=replication -m +user=none,placebo,oracle,biased",
}
CONFUSED = ((8, 3), (9, 4), (7, 1))  # what conf/user/conflating.yaml names


def condition(
    user: str = "oracle",
    dataset: str = "digits",
    teacher: str = "contrastive",
    projection: str = "umap",
    **settings: Any,
) -> Condition:
    """A condition as it is shipped; `settings` by config key with __ for the dot, as user__conflation__strength=0.5."""
    names = {"dataset": dataset, "model": "mlp", "projection": projection, "teacher": teacher, "user": user}
    names |= {"encoder": "none", "schedule": "regular"}
    tree: dict[str, Any] = {g: copy.deepcopy(shipped.tree(g, n)) or {"kind": n} for g, n in names.items()}
    for key, value in shipped.settings({}).items():
        tree.setdefault(key.partition(".")[0], {})[key.partition(".")[2]] = value
    if dataset != "digits":
        tree["dataset"] = {"canvas_points": 300, "labelled": 0.2, "label_noise": 0.0}
    tree["dataset"]["root"] = "/somewhere"
    for key, value in settings.items():
        *path, last = key.split("__")
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        node[last] = value
    asked = user != "none"
    return Condition(names, tree, tree, f"{dataset}-0123", "cpu", looks=asked, asked=asked)


def draws(of: Condition) -> int:
    """A number of the condition for its draws, from what is not as shipped: the same when the configuration grows, and
    for conditions that share records."""
    expected = shipped.settings(of.names)
    idle = () if of.asked else FOR_A_PERSON
    asked = {k: str(v) for k, v in of.columns().items() if "." in k and expected.get(k) != v}
    asked |= {group: of.names[group] for group in ("dataset", "teacher", "projection", "user")}
    return crc32(json.dumps({k: v for k, v in asked.items() if k.split(".")[0] not in idle}, sort_keys=True).encode())


def record(
    of: Condition,
    participant: int,
    accuracy: float = 0.8,
    metrics: Mapping[str, float] | None = None,
    recalls: Sequence[float] | None = None,
    confused: float = 0.0,
    seed: int = 0,
    layouts: bool = False,
) -> Record:
    """A whole record whose test accuracy is `accuracy`; `metrics` overrides single metrics. confused: the share of
    either class of the pairs in CONFUSED that is taken for the other one."""
    rng = np.random.default_rng([seed, participant, draws(of)])
    epoch = np.arange(1, EPOCHS + 1)
    curve = accuracy - (accuracy - 0.1) * np.exp(-epoch / 6) + rng.normal(0, 0.004, EPOCHS)
    curve[-1] = accuracy
    reached = np.flatnonzero(curve >= 0.75)
    recall = np.clip(accuracy + rng.normal(0, 0.05, len(CLASSES)), 0, 1) if recalls is None else np.asarray(recalls)
    turns = len(TURNS) if of.looks else 0
    moves = of.looks and of.names["user"] != "placebo"
    base = {
        "test_accuracy": accuracy,
        "train_accuracy": accuracy + 0.03 + rng.normal(0, 0.005),
        "validation_accuracy": accuracy + rng.normal(0, 0.01),
        "shifted_accuracy": accuracy - 0.15 + rng.normal(0, 0.01),
        "shift.noise.1": accuracy - 0.1,
        "shift.blur.1": accuracy - 0.2,
        "test_loss": 2 * (1 - accuracy) + rng.normal(0, 0.01),
        "test_copies": 0.0,
        "calibration_error": 0.08 + rng.normal(0, 0.005),
        "worst_class_recall": float(recall.min()),
        "class_recall_gap": float(recall.max() - recall.min()),
        "learning_curve_auc": float(curve.mean()),
        "epochs_to_target": float(epoch[reached[0]]) if len(reached) else math.nan,
        "points_moved": 30.0 * turns * moves,
        "points_handled": 30.0 * turns * moves,
        "gestures": 10.0 * turns * moves,
        "distance": 25.0 * turns * moves,
        "person_seconds": 40.0 * turns * moves,
        "embedding_response": rng.normal(0.4 + 2 * (accuracy - 0.8), 0.05) if moves else math.nan,
    }
    if of.looks:
        true = np.random.default_rng([seed, participant, draws(of), 1]).normal(0.5, 0.01)
        base["trustworthiness"] = true + 0.45 * (of.names["projection"] != "scrambled")
    base = {**base, **(metrics or {})}
    base["generalization_gap"] = base["train_accuracy"] - base["test_accuracy"]
    return Record(
        content=of.content,
        seed=seed,
        participant=participant,
        status="done",
        metrics=base,
        epochs={
            "epoch": epoch.tolist(),
            "train_loss": np.exp(-epoch / 8).tolist(),
            "teaching_loss": (np.exp(-epoch / 10) * turns).tolist(),
            "validation_loss": (np.exp(-epoch / 8) + 0.1).tolist(),
            "validation_accuracy": curve.tolist(),
            "test_accuracy": curve.tolist(),
        },
        turns={
            "turn": list(range(turns)),
            "epoch": list(TURNS[:turns]),
            "points_moved": [30 * moves] * turns,
            "points_handled": [30 * moves] * turns,
            "gestures": [10 * moves] * turns,
            "distance": [25.0 * moves] * turns,
            "person_seconds": [40.0 * moves] * turns,
            "embedding_response": (rng.normal(0.4, 0.05, turns) if moves else np.full(turns, math.nan)).tolist(),
        },
        groups=[
            {"kind": "class", "name": name, "count": 36, "accuracy": float(r)}
            for name, r in zip(CLASSES, recall, strict=True)
        ],
        confusion=confusion(recall, confused, rng),
        classes=CLASSES,
        seconds=4.0,
        provenance=PROVENANCE,
        trace=_trace(of.names["user"], participant) if layouts and of.looks else None,
    )


def confusion(
    recalls: Sequence[float] | np.ndarray, confused: float, rng: np.random.Generator, images: int = 100
) -> tuple[tuple[int, ...], ...]:
    """Counts (C, C), row the true class: errors fall on all other classes alike, but for the share `confused` of the
    images of either class of CONFUSED, which is taken for the other one, as part of its errors."""
    n = len(recalls)
    rows = []
    for c, recall in enumerate(recalls):
        partner = next((b if c == a else a for a, b in CONFUSED if c in (a, b)), c)
        share = np.full(n, max(0.0, 1 - recall - (confused if partner != c else 0)) / (n - 1))
        share[partner] += confused if partner != c else 0
        share[c] = 0
        share[c] = max(0.0, 1 - share.sum())
        rows.append(tuple(rng.multinomial(images, share / share.sum()).tolist()))
    return tuple(rows)


def view(positions: np.ndarray, observed: np.ndarray) -> View:
    """A view of which only the layout (N, 2) and the observed labels (N,) matter."""
    n = len(positions)
    nothing = np.full(n, NO_CLASS)
    return View(
        positions=positions,
        observed=observed,
        reserved=np.zeros(n, bool),
        predicted=np.zeros(n, np.int64),
        confidence=np.full(n, 0.5),
        recognised=nothing,
        attribute=nothing,
        pins=np.full((n, 2), np.nan),
        cards=Cards(thumbnails=np.zeros((n, 1, 1, 3), np.uint8)),
        classes=CLASSES,
        turn=0,
        turns=1,
        budget=Budget(),
    )


def _trace(user: str, participant: int, n: int = 300) -> Trace:
    """Clusters that come apart as the person sorts them into piles on a circle."""
    rng = np.random.default_rng([participant, 11])
    truth = rng.integers(0, len(CLASSES), n)
    piles = 1.6 * np.stack([np.cos(angles := np.arange(10) / 10 * 2 * np.pi), np.sin(angles)], axis=1)
    goal = piles[np.where((truth == 8) & (user == "biased"), 3, truth)]
    shown, edits = [0.5 * piles[rng.permutation(10)][truth] + rng.normal(0, 0.55, (n, 2))], []
    for _ in TURNS:
        points = rng.permutation(n)[: 0 if user == "placebo" else 60]
        edits.append(Edit.of(shown[-1], [Gesture(points, goal[points] + rng.normal(0, 0.12, (len(points), 2)))]))
        towards = goal if user != "placebo" else shown[-1]
        answer = shown[-1] + 0.35 * (towards - shown[-1]) + rng.normal(0, 0.05, (n, 2))
        answer -= answer.mean(axis=0)
        shown.append(answer / np.sqrt((answer**2).sum(axis=1).mean()))
    observed = np.where(rng.random(n) < 0.2, truth, NO_CLASS)
    return Trace.of([view(positions, observed) for positions in shown], edits, truth)


def failed(
    of: Condition, participant: int, reason: str = "the loss was not finite in epoch 7", seed: int = 0
) -> Record:
    return Record(of.content, seed, participant, "failed", reason)


def study(
    path: Path,
    effects: Mapping[str, float],
    participants: int = 12,
    spread: float = 0.01,
    between: float = 0.03,
    rng: int = 0,
    layouts: bool = False,
    **choices: Any,
) -> Store:
    """A store with a condition for each user in `effects` (its planted change of test accuracy over 0.8).

    `between` is the standard deviation of the participants themselves, shared by all conditions; `spread` that of
    each measurement, so differences have standard deviation spread * sqrt(2). A person with a strength
    of conflation also loses that share of 0.3 of the recall of the classes that it names, each to its partner.
    """
    store = Store(path)
    store.open_for_writing()
    levels = 0.8 + np.random.default_rng(rng).normal(0, between, participants)
    for user, effect in effects.items():
        of = condition(user, **choices)
        draw = np.random.default_rng([rng, draws(of)])
        store.add_condition(of)
        for p in range(participants):
            accuracy = float(levels[p] + effect + draw.normal(0, spread))
            recalls = np.clip(accuracy + draw.normal(0, 0.03, len(CLASSES)), 0, 1)
            lost = 0.3 * of.settings["user"].get("conflation", {}).get("strength", 0.0)
            named = [c for pair in CONFUSED for c in pair]
            recalls[named] = np.clip(recalls[named] - lost, 0, 1)
            store.write(record(of, p, accuracy, recalls=recalls, confused=lost, layouts=layouts and p < 2))
    return store


REPLICATION = {"none": 0, "placebo": 0.01, "automatic": 0.03, "random": -0.05}
REPLICATION |= {"oracle": 0.07, "noisy": 0.04, "biased": -0.02}


def everything(path: Path, participants: int = 24, layouts: bool = True) -> Store:
    """A store with something for every hypothesis and figure."""
    regimes = [(share, noise) for share in (0.05, 0.2, 0.6) for noise in (0.0, 0.2, 0.4)]
    for share, noise in regimes:
        gain = 0.1 * (0.6 - share) + 0.05 * noise
        settings = {"dataset__labelled": share, "dataset__label_noise": noise}
        if (share, noise) != (0.2, 0.0):
            study(path, {"none": -noise / 4, "oracle": gain - noise / 4, "biased": gain - 0.06}, 8, **settings)
    for teacher, oracle, biased in (("annotation", 0.09, -0.12), ("neighbour", 0.03, -0.03), ("triplet", 0.05, -0.03)):
        study(path, {"none": 0, "oracle": oracle, "biased": biased}, participants, rng=1, teacher=teacher)
    for strength in (0.0, 0.25, 0.5, 0.75, 1.0):
        study(path, {"conflating": 0.07 - 0.09 * strength}, participants, rng=1, user__conflation__strength=strength)
    for strategy, gain in (("rescue", 0.03), ("boundary", 0.05)):
        study(path, {"oracle": gain}, participants // 2, rng=1, user__strategy=strategy)
    study(path, {"none": 0, "oracle": 0, "blind_oracle": 0.08}, participants, rng=1, projection="scrambled")
    study(path, {"blind_oracle": 0.08}, participants, rng=1)
    study(path, REPLICATION, participants // 2, rng=2, dataset="photos", layouts=layouts)
    for arm, user in (("plain", "none"), ("moves", "oracle")):
        alike = condition(user, dataset="photos")  # whose records are those of the arm too
        Store(path).add_condition(replace(alike, names={**alike.names, "arm": arm, "regime": "digits"}))
    return study(path, REPLICATION, participants, rng=1, layouts=layouts)
