"""What a condition withholds is told to nobody, simulated or real, and changes what they do who go by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from persons import person

from hill_exp.config.show import EVERYTHING, Show
from hill_exp.live.protocol import view_of
from hill_exp.live.session import Session
from hill_exp.loop.parts import Parts
from hill_exp.loop.run import Outcome, run
from hill_exp.loop.show import names_of, neighbours_of
from hill_exp.person import AtThePage
from hill_exp.record.condition import Condition
from hill_exp.types import NO_CLASS, Edit, Gesture, UserError, View
from simulated_users.testing import view

MakeParts = Callable[..., Parts]


class Onlooker(AtThePage):
    """Moves some points, and keeps what it is shown."""

    def __init__(self) -> None:
        self.views, self.edits = list[View](), list[Edit]()

    def watch(self, view: View) -> None:
        self.views.append(view)

    def leaves_after(self, turn: int) -> bool:
        return False

    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        points = np.flatnonzero(~view.reserved)[:5]
        self.edits.append(Edit.of(view.positions, [Gesture(points, np.zeros((5, 2)))]))
        return self.edits[-1]


def shown(parts: Parts) -> tuple[Onlooker, Outcome]:
    who = Onlooker()
    return who, run(parts, who, parts.dataset.sample(0, 1), 0, 1, "cpu", lambda *_: None)


TOLD = {  # of each setting, what of a view after the first turn it withholds
    "predictions": lambda v: (v.predicted != NO_CLASS).any(),
    "confidence": lambda v: np.isfinite(v.confidence).any(),
    "names": lambda v: v.names is not None,
    "neighbours": lambda v: v.neighbours is not None,
    "lesson": lambda v: v.silent is not None,
    "turns": lambda v: v.lagging is not None or v.followed or v.response is not None or np.isfinite(v.pins).any(),
}


@pytest.mark.parametrize("withheld", [None, *Show.model_fields])
def test_what_is_withheld_is_in_no_view_and_not_on_the_page(tiny_parts: MakeParts, withheld: str | None) -> None:
    who, outcome = shown(tiny_parts("+user=oracle", *([f"show.{withheld}=false"] if withheld else [])))
    last = who.views[-1]
    assert {name for name, told in TOLD.items() if told(last)} == TOLD.keys() - {withheld}
    page = view_of(last, {}, list(zip(who.views, who.edits, strict=False)))
    assert [len(turn["moved"]) for turn in page["past"]] == ([] if withheld == "turns" else [5])
    on_page = {"predictions": "predicted", "turns": "previous"}
    told = TOLD.keys() - {"lesson"}  # which is told when it is asked for
    assert {key for key in told if page[on_page.get(key, key)] is not None} == told - {withheld}
    assert (withheld == "turns") == all(pin is None for pin in page["pins"])
    assert len(outcome.turns["moved_followed"]) == 2  # measured all the same
    if last.lagging is not None and last.followed is not None:
        assert last.lagging.sum() == last.followed[1] - last.followed[0]


def test_only_what_is_withheld_makes_another_condition(tiny: Callable[..., Condition]) -> None:
    all_shown, unsure = tiny("+user=oracle"), tiny("+user=oracle", "show.confidence=false")
    without = [{k: v for k, v in node.items() if k != "show"} for node in (all_shown.settings, all_shown.resolved)]
    before = replace(all_shown, settings=without[0], resolved=without[1])  # as it was before there was a choice
    assert (all_shown.id, all_shown.content, all_shown.columns()) == (before.id, before.content, before.columns())
    assert unsure.id != all_shown.id and unsure.content != all_shown.content
    assert (unsure.columns()["show.confidence"], before.columns()["show.confidence"]) == (False, True)
    assert tiny("+user=none", "show.confidence=false").content == tiny("+user=none").content  # nobody looks


def test_a_setting_of_show_is_checked(tiny: Callable[..., Condition]) -> None:
    with pytest.raises(UserError, match=r"show\.confidence"):
        tiny("+user=oracle", "show.confidence=perhaps")
    with pytest.raises(UserError, match="show: there is no 'glasses'"):
        tiny("+user=oracle", "+show.glasses=true")


def test_the_name_of_a_class_stands_where_most_of_it_lies() -> None:
    rng = np.random.default_rng(0)
    middles = np.array([[0, 0], [9, 0], [0, 9]])
    positions = np.repeat(middles, [50, 10, 20], axis=0) + rng.normal(0, 0.3, (80, 2))
    colours = np.repeat([0, 0, 2], [50, 10, 20])
    colours[:5] = NO_CLASS
    names = names_of(positions, colours, 4)
    assert names[1] == names[3] == NO_CLASS
    assert 5 <= names[0] < 50 and names[2] >= 60


def test_neighbours_are_the_nearest_in_the_latents() -> None:
    z = np.arange(20.0)[:, None] ** 1.5 * np.ones((1, 3)) + 1e4
    near = neighbours_of(z)
    assert near.shape == (20, 8) and near[0].tolist() == list(range(1, 9)) and near[19, 0] == 18
    assert neighbours_of(z[:3]).shape == (3, 2) and neighbours_of(z[:1]).shape == (1, 0)


# --- what simulated people make of it


def looked_first(seen: View, strategy: str) -> np.ndarray:
    """The points of the first region that is looked at; time is enough for no other."""
    tight = replace(seen, budget=replace(seen.budget, points=None, seconds=60.0))
    return np.flatnonzero(person("oracle", strategy=strategy).edit(tight, np.random.default_rng(0)).looked)


def test_who_goes_by_doubt_looks_where_the_model_is_least_sure() -> None:
    seen = view(200, spread=0.1)
    doubtful = np.linalg.norm(seen.positions - seen.positions[7], axis=1) < 0.2
    seen = replace(seen, confidence=np.where(doubtful, 0.3, 0.9))
    assert doubtful[looked_first(seen, "unsure")].mean() > 0.8
    withheld = replace(seen, confidence=np.full(200, np.nan))
    assert (looked_first(withheld, "unsure") == looked_first(withheld, "correct")).all()


def test_who_goes_by_latents_looks_where_their_neighbours_differ() -> None:
    seen = view(200, spread=0.1)
    seen = replace(seen, observed=seen.recognised)
    odd = 11
    alike = np.stack([np.roll(np.flatnonzero(seen.observed == c), 1)[:2] for c in range(10)])
    neighbours = alike[seen.observed]
    neighbours[odd] = alike[(seen.observed[odd] + np.array([1, 2])) % 10, 0]
    assert odd in looked_first(replace(seen, neighbours=neighbours), "explore_latents")
    withheld = replace(seen, neighbours=None)
    assert (looked_first(withheld, "explore_latents") == looked_first(withheld, "correct")).all()


def test_who_goes_by_names_drags_a_stray_to_the_name_of_its_class() -> None:
    seen = view(200, spread=0.1)
    stray = 3
    away = (seen.recognised[stray] + 5) % 10
    positions = seen.positions.copy()
    positions[stray] = positions[seen.recognised == away].mean(0)
    names = np.array([np.flatnonzero(seen.recognised == c)[-1] for c in range(10)])
    seen = replace(seen, positions=positions, names=names, budget=replace(seen.budget, points=None))
    edit = person("oracle", strategy="by_name", piles={"spread": 0.0}).edit(seen, np.random.default_rng(0))
    home = positions[names[seen.recognised[stray]]]
    assert edit.moved[stray] and edit.positions[stray] == pytest.approx(home)
    by_name, correct = (
        person("oracle", strategy=one).edit(replace(seen, names=None), np.random.default_rng(0))
        for one in ("by_name", "explore")
    )
    assert (by_name.positions == correct.positions).all()


def test_who_insists_takes_up_first_what_has_not_followed() -> None:
    seen = view(200, spread=0.4)
    usual, insisting = (
        [
            int(gesture.points[0])
            for gesture in person("oracle", strategy=strategy, gaze={"thumbnails": None})
            .edit(replace(seen, lagging=lagging), np.random.default_rng(0))
            .gestures
        ]
        for strategy, lagging in (("explore", None), ("insist", None))
    )
    assert usual == insisting
    late = usual[-1]
    first = person("oracle", strategy="insist", gaze={"thumbnails": None}).edit(
        replace(seen, lagging=np.arange(200) == late), np.random.default_rng(0)
    )
    assert first.gestures[0].points[0] == late


@pytest.mark.parametrize(("teacher", "alone"), [("annotation", True), ("contrastive", False)])
def test_what_would_teach_nothing_is_told_before_it_is_handed_over(
    tiny_parts: MakeParts, teacher: str, alone: bool
) -> None:
    """A point on empty ground gets no label; that it was taken there is a statement to a contrastive teacher."""
    told = dict[str, np.ndarray]()

    class Asker(Onlooker):
        def __init__(self, asks: bool) -> None:
            super().__init__()
            self.asks = asks

        def edit(self, view: View, rng: np.random.Generator) -> Edit:
            one, other = np.flatnonzero(~view.reserved & (view.observed == NO_CLASS))[:2]
            labelled = view.positions[np.flatnonzero(view.observed != NO_CLASS)[0]]
            gestures = [Gesture(np.array([p]), np.array([at])) for p, at in ((one, [9.0, 9.0]), (other, labelled))]
            edit = Edit.of(view.positions, gestures)
            if self.asks and view.silent:
                told["silent"], told["moved"] = view.silent(edit)[[one, other]], edit.moved[[one, other]]
                assert not view.silent(edit)[~edit.moved].any()
            return edit

    parts = tiny_parts("+user=oracle", f"teacher={teacher}")
    asked, unasked = (
        run(parts, Asker(asks), parts.dataset.sample(0, 1), 0, 1, "cpu", lambda *_: None) for asks in (True, False)
    )
    assert told["moved"].all() and told["silent"].tolist() == [alone, False]
    assert asked.epochs == unasked.epochs  # to ask is not to teach


def test_who_insists_puts_what_would_teach_nothing_on_a_label() -> None:
    seen = view(200, spread=0.4)
    seen = replace(seen, silent=lambda edit: edit.moved)
    edit = person("oracle", strategy="insist", gaze={"thumbnails": None}, piles={"spread": 0.0}).edit(
        replace(seen, budget=replace(seen.budget, points=None)), np.random.default_rng(0)
    )
    for i in np.flatnonzero(edit.moved):
        labelled = np.flatnonzero(seen.observed == seen.recognised[i])
        assert (edit.positions[i] == seen.positions[labelled]).all(1).any()


def test_nothing_is_withheld_unless_a_condition_says_so(tiny_parts: MakeParts) -> None:
    assert tiny_parts("+user=oracle").show == EVERYTHING


def test_a_session_from_before_there_was_a_choice_is_read(tiny: Callable[..., Condition]) -> None:
    entry = Session.begin(tiny("+user=human"), 0, 1, {}).model_dump(mode="json")
    assert entry["settings"].pop("show") == EVERYTHING.model_dump()
    assert "show" not in Session.model_validate_json(json.dumps(entry)).settings
    del entry["settings"]["teacher"]
    with pytest.raises(ValueError, match="teacher is missing"):
        Session.model_validate_json(json.dumps(entry))
