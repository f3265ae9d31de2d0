"""The recorded sessions of a store: which conditions are read, and whose they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from analysis.people.course import Course, looks_of, piles_of
from hill_exp.record.condition import Condition
from hill_exp.record.store import Store
from hill_exp.types import UserError

REAL: Final = ("human", "replay")  # users that are real people, the live session before its copy


def conditions(store: Store, wanted: str | None) -> list[Condition]:
    """The conditions to read: the one whose id begins with `wanted`, or all of real people, or the only one that
    somebody looks at. UserError where that is none or not clear."""
    looked_at = [condition for condition in store.conditions() if condition.looks]
    if wanted is not None:
        matching = [condition for condition in looked_at if condition.id.startswith(wanted)]
        if len(matching) != 1:
            how_many = "no condition with a person has" if not matching else f"{len(matching)} conditions have"
            raise UserError(f"--condition {wanted}: {how_many} an id that begins so. {_listed(store)}")
        return matching
    for user in REAL:
        if real := [condition for condition in looked_at if user_of(condition) == user]:
            return real
    if len(looked_at) != 1:
        raise UserError(f"--store {store.path}: say which condition by --condition ID. {_listed(store)}")
    return looked_at


def user_of(condition: Condition) -> str:
    """The name of the user, without that of the session that is replayed."""
    return condition.names["user"].partition("-")[0]


def _listed(store: Store) -> str:
    listed = [f"{c.id[:8]} ({c.label})" for c in store.conditions() if c.looks]
    more = f" and {len(listed) - 20} more" if len(listed) > 20 else ""
    return f"There are: {', '.join(listed[:20]) or 'none'}{more}"


def people(store: Store, chosen: Sequence[Condition]) -> dict[str, list[Course]]:
    """Who -> its sessions, of those in which something was done: a code, or else the participant's number, with the
    seed before it where there are several. UserError if there is none, or if they have different classes."""
    courses: dict[tuple[int, int], list[Course]] = defaultdict(list)
    codes: dict[tuple[int, int], str] = {}
    classes: set[tuple[str, ...]] = set()
    for condition in chosen:
        for record in store.records(condition.content):
            trace = store.trace(record)
            if record.status == "done" and trace and len(trace.gesture_points):
                user = condition.resolved["user"]
                course = Course.of(trace, record.classes, piles_of(user), looks_of(user))
                courses[record.seed, record.participant].append(course)
                if "code" in record.person:
                    codes[record.seed, record.participant] = str(record.person["code"])
                classes.add(record.classes)
    if not courses:
        named = ", ".join(condition.label for condition in chosen)
        raise UserError(f"--store {store.path}: no finished session of {named} keeps a gesture; run one first.")
    if len(classes) > 1:
        raise UserError(
            f"--store {store.path}: sessions with different classes; choose one by --condition. {_listed(store)}"
        )
    one_seed = len({seed for seed, _ in courses}) == 1
    return {
        codes.get((seed, number)) or (f"{number}" if one_seed else f"{seed}/{number}"): of_person
        for (seed, number), of_person in sorted(courses.items())
    }
