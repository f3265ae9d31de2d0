"""Whether a condition can be run, as far as that can be told before any participant is: settings, then data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hill_exp.config import TARGET, Choice, compose, sources, unknown
from hill_exp.config.groups import CHOICES, LABELS, SETTINGS
from hill_exp.loop.parts import Parts
from hill_exp.person import Names, NeedsClasses, Nobody
from hill_exp.record.condition import Condition
from hill_exp.teacher import Teacher
from hill_exp.types import UserError


def check(choices: Mapping[str, str], cfg: Mapping[str, Any], device: str) -> Condition:
    """The condition of a configuration, its choices by name, its settings and how they fit each other checked; the
    images are not looked at (`check_data`). UserError for the first thing wrong.

    choices: the name of the choice of each group, whose file gave the group's settings in `cfg`; device: cpu or cuda.
    """
    settings = {group: _settings(cfg, group) for group in SETTINGS}
    parts = Parts.of(settings)
    names: dict[str, str] = {group: _name(group, choices[group], settings[group]) for group in CHOICES}
    names |= {group: str(choices[group]) for group in LABELS if choices.get(group)}
    check_projection(parts.teacher, names)
    _check_inputs(parts, names)
    if looks := not isinstance(parts.user, Nobody | Names):
        parts.teacher.check_points(parts.dataset.canvas_points)
    resolved = {group: _resolved(vars(parts)[group], node) for group, node in settings.items()}
    return Condition(
        names,
        {group: _as_understood(node, resolved[group]) for group, node in settings.items()},
        resolved,
        parts.dataset.fingerprint(),
        device,
        looks=looks,
        asked=not isinstance(parts.user, Nobody),
        sources=sources(settings),
    )


def check_projection(teacher: Teacher, names: Mapping[str, str]) -> None:
    """UserError where the teacher cannot teach with the projection; names: of the choices, by their groups."""
    needed = teacher.needs_projection
    if needed is not None and names["projection"] != needed:
        raise UserError(
            f"teacher={names['teacher']} needs projection={needed}, and this is projection={names['projection']}. "
            f"Add projection={needed}, or choose another teacher."
        )


def check_data(parts: Parts) -> None:
    """Look at the data here, so that what is wrong with it is told once and at once, and what has to be downloaded is
    there before the workers ask for it. UserError for what is wrong."""
    parts.dataset.check()
    parts.encoder.check()
    if isinstance(parts.user, NeedsClasses):
        parts.user.check_classes(parts.dataset.pool().classes, coloured=parts.dataset.coloured)


def _check_inputs(parts: Parts, names: Mapping[str, str]) -> None:
    """UserError where the encoder or the model cannot take what it is given."""
    if parts.encoder.gives_vectors and parts.dataset.gives == "vectors":
        raise UserError(
            f"encoder={names['encoder']} needs images, and dataset={names['dataset']} holds vectors. Use encoder=none."
        )
    if parts.gives == "images":
        return
    given = f"vectors (dataset={names['dataset']} encoder={names['encoder']})"
    if not parts.model.takes_vectors:
        raise UserError(f"model={names['model']} needs images, and is given {given}. Use model=mlp.")
    for name, value in parts.training.augmentation.on().items():
        raise UserError(
            f"training.augmentation.{name} = {value}: changes images, and the model is given {given}. "
            "Set it to 0, or train on images with encoder=none."
        )


def _settings(cfg: Mapping[str, Any], group: str) -> Mapping[str, Any]:
    if group not in cfg:
        raise UserError(f"{group}: is missing from the configuration, and every run needs it. Leave out ~{group}.")
    if not isinstance(cfg[group], Mapping):
        if group in CHOICES:
            raise UserError(unknown(str(cfg[group]), compose.choices(group), group))
        raise UserError(f"{group} = {cfg[group]}: must be settings, as {group}.{compose.keys(group)[0]}=VALUE")
    return dict(cfg[group])


def _name(group: str, choice: str, node: Mapping[str, Any]) -> str:
    """The choice's name; where it was given another class than its file names, that of the class."""
    target, shipped = str(node.get(TARGET)), compose.target(group, choice)
    return choice if shipped in (None, target) else target.rpartition(".")[2]


def _resolved(built: Any, node: Mapping[str, Any]) -> dict[str, Any]:
    """A choice's settings as it understood them; those of your own class as they are."""
    if not isinstance(built, Choice):
        return dict(node)
    target = {TARGET: node[TARGET]} if TARGET in node else {}
    return {**target, **built.model_dump(mode="json")}


def _as_understood(given: Any, resolved: Any) -> Any:
    """The settings as given, but for numbers that mean the same: 3 and 3.0 make one condition."""
    if isinstance(given, Mapping) and isinstance(resolved, Mapping):
        return {key: _as_understood(value, resolved.get(key)) for key, value in given.items()}
    return resolved if isinstance(given, int | float) and given == resolved else given
