"""People are found again in their sessions: by hand on a few drags, and on sessions simulated with known parameters."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import synthetic
from persons import person, settings
from rehearsal import rehearse
from synthetic import condition

from analysis.people import __main__ as program
from analysis.people import sessions
from analysis.people.course import OF_A_REAL_PERSON, Course, looks_of
from analysis.people.drags import Drags
from analysis.people.estimation import Fitted, fit
from analysis.people.left_alone import Neglect
from analysis.people.misfiling import Drops
from analysis.people.pile_mixture import fit_hand, fit_piles
from analysis.people.plackett_luce import Race, loglik
from analysis.people.population import as_yaml, population
from analysis.people.profile_likelihood import Estimate, over, profile
from hill_exp import exit_status
from hill_exp.config import build
from hill_exp.record.condition import Condition
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.record.trace import Trace
from hill_exp.types import NO_CLASS, Budget, Edit, Gesture
from simulated_users.crowd import Crowd

CLASSES = tuple("0123456789")
ROOT = Path(__file__).parents[1]


def session(seed: int = 0, **departures: Any) -> Course:
    """Of the blind oracle with some departures."""
    one = person("blind_oracle", **departures)
    return Course.of(rehearse(one, np.random.default_rng([1, seed])), CLASSES, one.piles)


def fitted(seed: int = 0, **departures: Any) -> Fitted:
    return fit([session(seed, **departures)])


def trace(start: np.ndarray, truth: list[int], turns: list[list[Gesture]]) -> Trace:
    """What is kept of gestures on a layout that stays as it is."""
    views = [synthetic.view(start, np.full(len(start), NO_CLASS))] * (len(turns) + 1)
    return Trace.of(views, [Edit.of(start, gestures) for gestures in turns], np.array(truth))


def drag(points: list[int], *drops: tuple[float, float]) -> Gesture:
    return Gesture(np.array(points), np.array(drops, float))


# --- by hand


def test_a_profile_holds_the_values_within_the_likelihood_ratio() -> None:
    value, low, high = profile(lambda x: -((x - 3) ** 2) / 2, 0, 10)  # one observation, 3, of a normal of sd 1
    assert (value, low, high) == pytest.approx((3, 3 - 1.96, 3 + 1.96), abs=1e-3)
    assert profile(lambda x: -x, 0, 10) == pytest.approx((0, 0, 1.9207), abs=1e-3)
    assert profile(lambda x: x / 100, 0, 10) == pytest.approx((10, 0, 10))  # nothing is ruled out
    assert over(lambda x, y: -((x - y) ** 2), 0, 1)(0.5) == pytest.approx(0, abs=1e-6)
    assert over(lambda x, y: -((x - y) ** 2), 0, 1)(3) == pytest.approx(-4)


def test_the_order_of_choices_has_the_likelihood_of_plackett_and_luce() -> None:
    worth = np.log([1.0, 2.0, 3.0, 4.0])
    race = Race(worth, worth, np.array([0, 1, 2, 3]), np.array([2, 3]), 2)  # taken: first 3, then 2; 0 and 1 are left
    assert loglik([race], 1.0) == pytest.approx(np.log(4 / 10 * 3 / 6))
    assert loglik([race], 0.0) == pytest.approx(np.log(1 / 4 * 1 / 3))
    lasso = race._replace(choices=np.array([3]))  # both in one gesture, of which 3 was the first
    assert loglik([lasso], 1.0) == pytest.approx(np.log(4 / 10))


def test_what_an_image_is_taken_for_weighs_all_its_drops() -> None:
    density = np.array([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    drops = Drops(density, np.array([0, 2, 3, 4]), np.array([0, 0, 0, 1]))
    # the first image, of class 0, was put on pile 1 twice
    assert drops.given(0.2)[0] == pytest.approx([0.2 * 0.2, 0.8 * 0.8, 0.2 * 0.2])  # there are two piles to slip to
    assert drops.taken_for(0.3, 0.01).tolist() == [1, 0, 1, 0]
    assert drops.taken_for(0.2, 0.2).tolist() == [1, 0, 0, 1]  # a slip is likelier, but not the same one twice


def test_drags_are_read_in_order_and_a_lasso_is_one() -> None:
    start = np.array([[0.0, 0.0], [0.2, 0.0], [1.0, 0.0]])
    turns = [[drag([0, 1], (2, 2), (2.2, 2)), drag([0], (3, 3))], [], [drag([2], (1, 1))]]
    seen = Course.of(trace(start, [4, 4, 7], turns), CLASSES, OF_A_REAL_PERSON)
    assert np.isnan(seen.views[0].pins).all() and seen.views[2].pins[:2].tolist() == [[3, 3], [2.2, 2]]
    drags = Drags.of([seen, seen])
    assert drags.start[:3] == pytest.approx(np.array([[0.1, 0], [2, 2], [1, 0]]))  # 0 was already at (2, 2)
    assert drags.drop[:3] == pytest.approx(np.array([[2.1, 2], [3, 3], [1, 1]]))
    assert drags.truth.tolist() == [4, 4, 7] * 2 and drags.course.tolist() == [0] * 3 + [1] * 3
    assert drags.image.tolist() == [0, 1, 0, 2, 3, 4, 3, 5] and drags.gesture.tolist() == [0, 0, 1, 2, 3, 3, 4, 5]


def test_places_anchoring_and_a_hand_without_noise_are_exact() -> None:
    rng = np.random.default_rng(0)
    start = rng.normal(0, 1, (40, 2))
    truth = np.repeat([0, 1], 20)
    sites = np.array([[3.0, 0.0], [-3.0, 1.0]])
    taken_for = truth.copy()
    taken_for[5] = 1  # one of them misread
    drops = 0.75 * sites[taken_for] + 0.25 * start
    turn = [drag([i], tuple(drops[i])) for i in range(40)]
    drags = Drags.of([Course.of(trace(start, truth.tolist(), [turn]), ("a", "b"), OF_A_REAL_PERSON)])
    piles = fit_piles(drags, 1, 2)
    assert piles.intercepts[0] / 0.75 == pytest.approx(sites, abs=1e-3)
    assert piles.pile.tolist() == taken_for.tolist() and piles.sure.all()
    anchoring, constant, proportional = fit_hand(drags, piles)
    assert anchoring.value == pytest.approx(0.25, abs=1e-4) and constant.high < 1e-3 and proportional.high < 1e-3


def test_the_hand_spreads_by_the_length_that_is_dragged_and_not_by_the_way_to_the_pile() -> None:
    rng = np.random.default_rng(0)
    start, sites = rng.normal(0, 1, (300, 2)), np.array([[4.0, 0.0], [-4.0, 0.0]])
    truth = np.arange(300) % 2
    aim = 0.5 * sites[truth] + 0.5 * start
    length = np.linalg.norm(aim - start, axis=1, keepdims=True)
    drops = aim + 0.1 * length * rng.standard_normal((300, 2))
    turn = [drag([i], tuple(drops[i])) for i in range(300)]
    drags = Drags.of([Course.of(trace(start, truth.tolist(), [turn]), ("a", "b"), OF_A_REAL_PERSON)])
    _, constant, proportional = fit_hand(drags, fit_piles(drags, 1, 2))
    assert proportional.value == pytest.approx(0.1, rel=0.25) and proportional.low > 0.05
    assert constant.value < 0.05  # of drags about 2 long: the two parts are not told apart well


def test_two_classes_on_one_pile_are_a_pair() -> None:
    one = fitted(conflation={"pairs": [[3, 8]], "strength": 1.0})
    ((pair, strength),) = one.conflation.items()
    assert pair in (("3", "8"), ("8", "3")) and strength.value == 1
    assert one.estimates["misfiled"].value == 0  # of the other classes


def test_the_blind_oracle_is_found_without_a_departure() -> None:
    one = fitted()
    assert not one.neglected and not one.conflation
    for name, (value, low, high, n) in one.estimates.items():
        assert n == 300
        if name == "rationality":
            assert value == high == np.inf and low > 100
        else:
            assert value == pytest.approx(0, abs=1e-6) and low == pytest.approx(0) and high < 0.12, name
    assert max(one.gain, key=lambda name: one.gain[name]) == "pile"


def test_a_reserved_point_is_not_one_that_a_person_left_alone() -> None:
    one = person("blind_oracle")
    kept = rehearse(one, np.random.default_rng([1, 0]), reserve_of=(7, 8))
    assert kept.reserved.sum() > 30 and not kept.handled[:, kept.reserved].any()
    known = fit([Course.of(kept, CLASSES, one.piles)])
    assert not known.neglected and known.estimates["rationality"].value == np.inf
    assert known.estimates["deference"].value == known.estimates["knowledge.error"].value == 0
    offered = ~kept.reserved & np.isin(kept.truth, (7, 8))
    assert sum(row.points for row in known.attention if row.name in ("7", "8")) == offered.sum()
    # another person, who leaves half of 9 alone, is found to do so, and of no other class
    careless = person("blind_oracle", attention={"classes": [9], "strength": 0.5})
    kept = rehearse(careless, np.random.default_rng([1, 1]), reserve_of=tuple(range(7)))
    assert set(fit([Course.of(kept, CLASSES, careless.piles)]).neglected) == {"9"}


def test_a_person_who_did_next_to_nothing_leaves_next_to_all_open() -> None:
    start = np.zeros((3, 2))
    seen = Course.of(trace(start, [0, 1, 2], [[drag([0], (1, 1))]]), ("a", "b", "c"), OF_A_REAL_PERSON)
    estimated = fit([seen]).estimates
    assert (
        estimated["anchoring"].low == 0 and estimated["anchoring"].high == 1 and np.isnan(estimated["anchoring"].value)
    )
    assert estimated["misfiled"] == (0, 0, pytest.approx(0.975), 1)


# --- recovery

DOSES = {  # of three people, who have the more of everything, the later they come
    "knowledge.error": (0.0, 0.1, 0.25),
    "slips": (0.0, 0.04, 0.1),
    "motor.constant": (0.0, 0.03, 0.08),
    "motor.proportional": (0.0, 0.02, 0.06),
    "anchoring": (0.0, 0.15, 0.4),
    "rationality": (0.5, 1.5, 4.0),
    "deference": (0.0, 0.15, 0.3),
}


def tree(values: dict[str, float]) -> dict[str, Any]:
    """Dotted names as nested settings."""
    nested: dict[str, Any] = {}
    for name, value in values.items():
        group, _, key = name.rpartition(".")
        nested |= {group: {**nested.get(group, {}), key: value}} if group else {key: value}
    return nested


def test_doses_are_found_again() -> None:
    people = [fitted(**tree({name: doses[i] for name, doses in DOSES.items()})).estimates for i in range(3)]
    held = []
    for name, doses in DOSES.items():
        known = [one[name] for one in people]
        values = [one.value for one in known]
        assert values == sorted(values) and len(set(values)) == 3, name
        for dose, (value, low, high, _) in zip(doses, known, strict=True):
            assert low - 1e-9 <= value <= high + 1e-9
            held.append(low - 1e-3 <= dose <= high + 1e-3)
            # slips, of people who misread much, are the least well known
            assert value == pytest.approx(dose, rel=0.5, abs=0.1 if name == "slips" else 0.04), name
    assert np.mean(held) >= 0.8  # of 21 intervals at 95%; all departures at once are hard


def test_what_is_misread_is_handled_first_and_that_is_put_right() -> None:
    departures: dict[str, Any] = {"knowledge": {"error": 0.2}, "rationality": 4.0}
    one = person("blind_oracle", **departures)
    few = [rehearse(one, np.random.default_rng([3, seed]), turns=2) for seed in range(5)]
    estimated = fit([Course.of(kept, CLASSES, one.piles) for kept in few]).estimates
    assert estimated["misfiled"].low > 0.25  # of those handled; to a sorter a misread image looks wrong
    assert estimated["knowledge.error"].value == pytest.approx(0.2, abs=0.04)
    assert estimated["rationality"].value == pytest.approx(4.0, rel=0.2)


def test_neglected_classes_are_named_and_no_others() -> None:
    strength = 0.6
    one = fitted(rationality=2.0, attention={"classes": [3, 4], "strength": strength})
    assert sorted(one.neglected) == ["3", "4"]
    assert all(known.low - 0.05 <= strength <= known.high + 0.05 for known in one.neglected.values())
    assert one.estimates["rationality"].value == pytest.approx(2.0, rel=0.25)  # what is neglected was not passed over


@pytest.mark.parametrize(("seed", "neglected"), [(8, []), (2, [3])])
def test_what_was_never_looked_at_is_not_neglected(seed: int, neglected: list[int]) -> None:
    """Who looks region by region has not seen all of a class: looks tell that from leaving it alone."""
    attention = {"classes": neglected, "strength": 0.8}
    one = person("blind_oracle", gaze={"thumbnails": 10}, rationality=2.0, attention=attention)
    kept = rehearse(one, np.random.default_rng([1, seed]), budget=Budget(seconds=600.0))
    without, by_looks = (fit([Course.of(kept, CLASSES, one.piles, looks=looks)]) for looks in (False, True))
    assert set(without.neglected) > set(map(str, neglected)), "without looks some class is wrongly called neglected"
    assert set(by_looks.neglected) == set(map(str, neglected))
    assert all(found.low <= 0.8 <= found.high for found in by_looks.neglected.values())
    assert kept.looked is not None
    assert sum(row.known for row in by_looks.attention) == kept.looked.any(0).sum()


def test_looks_of_a_real_person_are_judged_by_what_they_tell() -> None:
    one = person("blind_oracle")
    kept = rehearse(one, np.random.default_rng([1, 0]), turns=2)
    n = kept.points
    hovered = np.zeros((2, n), np.float32)
    hovered[0, :200] = 1.5
    hovered[1, :100] = 0.5
    hovered[1, 100:] = 0.1  # less than a glance
    many = replace(kept, looked=kept.handled | (hovered >= 0.2), dwell=hovered)
    seen = Course.of(many, CLASSES, one.piles)
    assert seen.known[1].sum() == (many.looked.any(0)).sum() < n
    assert fit([seen]).estimates["tools.look"] == (1.5, 1.5, 1.5, 300)
    few = Course.of(replace(kept, looked=kept.handled, dwell=hovered), CLASSES, one.piles)
    assert few.known.all(), "who looks at no more than it handles sees the pictures on the canvas"
    assert Course.of(kept, CLASSES, one.piles).known.all() and "tools.look" not in fitted().estimates
    assert looks_of(settings("oracle")) is True and looks_of(settings("blind_oracle")) is False
    assert looks_of(settings("crowd")) is True and looks_of(settings("human")) is None


def test_sessions_of_one_person_add_up() -> None:
    several = [session(seed, rationality=1.0, motor={"constant": 0.1}, knowledge={"error": 0.1}) for seed in (0, 1)]
    one, both = fit(several[:1]).estimates, fit(several).estimates
    for name in ("misfiled", "motor.constant", "rationality"):
        assert both[name].n > 1.5 * one[name].n
        assert both[name].high - both[name].low < one[name].high - one[name].low


def test_the_strategy_is_the_likeliest() -> None:
    gain = fitted(strategy="rescue", rationality=2.0).gain
    assert max(gain, key=lambda name: gain[name]) == "rescue"


# --- the population


def known(value: float, half: float = 0.0) -> Estimate:
    return Estimate(value, max(0.0, value - half), value + half, 100)


def somebody(
    known_of: dict[str, Estimate] | None = None,
    neglected: dict[str, Estimate] | None = None,
    conflation: dict[tuple[str, str], Estimate] | None = None,
) -> Fitted:
    """Of whom all is known to be 0 but this."""
    attention = [Neglect(name, 30, 30, 10, 20.0, strength) for name, strength in (neglected or {}).items()]
    return Fitted({**estimates(), **(known_of or {})}, attention, conflation or {}, {}, 0.0)


def estimates(**values: float) -> dict[str, Estimate]:
    names = ("misfiled", "knowledge.error", "slips", "anchoring", "deference", "motor.constant", "motor.proportional")
    return {**{name: known(0.0) for name in (*names, "rationality")}, **{n: known(v) for n, v in values.items()}}


def test_moments_by_hand() -> None:
    people = [
        somebody(estimates(**{"anchoring": a, "motor.constant": a, "rationality": r}))
        for a, r in ((0.1, 1), (0.3, np.inf))
    ]
    drawn = population(people)
    # mean 0.2, variance 0.02: a + b = 0.16 / 0.02 - 1 = 7
    assert drawn["anchoring"] == {"beta": [pytest.approx(1.4), pytest.approx(5.6), 1.0]}
    assert drawn["motor.constant"] == {"normal": [0.2, pytest.approx(0.1414), 0.0, pytest.approx(0.7657)]}
    assert drawn["rationality"] == {"choice": [1.0, np.inf]}
    assert drawn["slips"] == 0.0 and population(people[:1])["anchoring"] == 0.1


def test_what_the_estimates_differ_by_chance_is_taken_off() -> None:
    sure = [somebody({"slips": known(value, 0.01)}) for value in (0.1, 0.2, 0.3)]
    vague = [somebody({"slips": known(value, 0.3)}) for value in (0.1, 0.2, 0.3)]
    assert "beta" in population(sure)["slips"] and population(vague)["slips"] == 0.2


def test_a_bias_of_most_people_is_in() -> None:
    people = [somebody(neglected={"3": known(0.5)}, conflation={("1", "7"): known(0.4)}), somebody()]
    drawn = population(people)
    assert drawn["attention.classes"] == ["3"] and drawn["conflation.pairs"] == [["1", "7"]]
    assert "beta" in drawn["attention.strength"]
    assert "attention.classes" not in population([*people, somebody()])


# --- the program


def store_of(path: Path, user: str, people: list[dict[str, Any]]) -> Condition:
    """A store with a session of each of these people, made without training."""
    store, of = (
        Store(path),
        condition(user, user__piles__spread=0.08, user__piles__radius=1.5, user__piles__spacing=0.8),
    )
    store.open_for_writing()
    store.add_condition(of)
    for p, departures in enumerate(people):
        session = rehearse(person("blind_oracle", **departures), np.random.default_rng([2, p]))
        store.write(Record(of.content, 0, p, "done", classes=CLASSES, trace=session))
    return of


def run(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["fit", *arguments])
    return exit_status.of(program.main)


def test_a_crowd_takes_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    people = [{"anchoring": a, "rationality": r, "motor": {"constant": 0.05}} for a, r in ((0.1, 1.0), (0.5, 3.0))]
    of = store_of(tmp_path / "store", "noisy", people)
    out = tmp_path / "population.yaml"
    assert run("--store", str(tmp_path / "store"), "--out", str(out), monkeypatch=monkeypatch) == 0
    printed = capsys.readouterr().out
    assert len([line for line in printed.splitlines() if line.split()[1:2] == ["anchoring"]]) == 2
    text = out.read_text()
    assert of.id in text and "2 people, 600 gestures" in text and "!!" not in text
    crowd = build({**settings("crowd"), "population": str(out)}, "user")
    assert isinstance(crowd, Crowd)
    drawn = [crowd.member(np.random.default_rng(seed))[1] for seed in range(200)]
    assert np.mean([one["anchoring"] for one in drawn]) == pytest.approx(0.3, abs=0.05)
    assert {(one["strategy"], one["gaze.thumbnails"]) for one in drawn} == {("pile", None)}
    assert len({one["rationality"] for one in drawn}) == 2
    # people like these, estimated in their turn, are like these
    member = crowd.member(np.random.default_rng(0))[0]
    again = fit([Course.of(rehearse(member, np.random.default_rng(0)), CLASSES, member.piles)]).estimates
    assert again["anchoring"].value == pytest.approx(member.anchoring, abs=0.05)


def test_a_real_person_is_read_before_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store_of(tmp_path, "noisy", [{}])
    real = store_of(tmp_path, "human", [{}])
    assert [one.id for one in sessions.conditions(Store(tmp_path), None)] == [real.id]
    assert run("--store", str(tmp_path), "--out", str(tmp_path / "p.yaml"), monkeypatch=monkeypatch) == 0
    assert real.id in (tmp_path / "p.yaml").read_text()


def test_what_cannot_be_read_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store_of(tmp_path / "two", "noisy", [{}])
    store_of(tmp_path / "two", "shaky", [{}])
    empty = store_of(tmp_path / "empty", "noisy", [])
    out = str(tmp_path / "p.yaml")
    cases = {
        ("--store", str(tmp_path / "no")): "there is no store",
        ("--store", str(tmp_path / "two")): "say which condition by --condition ID",
        ("--store", str(tmp_path / "two"), "--condition", "zz"): "no condition with a person has an id that begins so",
        ("--store", str(tmp_path / "empty"), "--condition", empty.id[:6]): "keeps a gesture; run one first",
    }
    for arguments, sentence in cases.items():
        assert run(*arguments, "--out", out, monkeypatch=monkeypatch) == 2
        assert sentence in capsys.readouterr().err
    assert not Path(out).exists()
    missing = str(tmp_path / "no" / "p.yaml")
    store_of(tmp_path / "one", "noisy", [{}])
    assert run("--store", str(tmp_path / "one"), "--out", missing, monkeypatch=monkeypatch) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_the_file_is_data_alone() -> None:
    import yaml

    text = as_yaml({"anchoring": 0.1, "motor.constant": 0.2, "rationality": {"choice": [1.0, np.inf]}}, ["a", "b"])
    assert text.startswith("# a\n# b\n")
    assert yaml.safe_load(text) == {
        "anchoring": 0.1,
        "motor": {"constant": 0.2},
        "rationality": {"choice": [1.0, np.inf]},
    }


def test_the_command_takes_its_options_and_ends_with_a_status(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulated_users.fit", "--store", str(tmp_path / "no"), "--out", "p.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2 and "there is no store" in done.stderr


def test_importing_it_loads_nothing_slow() -> None:
    heavy = {"torch", "scipy", "statsmodels", "pandas", "sklearn", "matplotlib"}
    code = f"import simulated_users.fit, sys; print(*sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []


@pytest.mark.slow
def test_people_run_by_the_program_are_found_again(tmp_path: Path) -> None:
    departures = ["knowledge.error=0.15", "motor.constant=0.06", "anchoring=0.25", "rationality=2.0", "slips=0.05"]
    departures += ["strategy=pile", "gaze.thumbnails=null"]  # of whom the fit gives an account
    command = [sys.executable, "-m", "hill_exp", "+user=noisy", *(f"user.{value}" for value in departures)]
    where = [f"store={tmp_path / 'store'}", f"hydra.run.dir={tmp_path / 'run'}"]
    command += ["participants=4", "controls=[]", "workers=1", *where]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    store = Store(tmp_path / "store")
    people = [fit(sessions).estimates for sessions in program.people(store, program.conditions(store, None)).values()]
    assert len(people) == 4
    truth = {"knowledge.error": 0.15, "motor.constant": 0.06, "anchoring": 0.25, "rationality": 2.0, "slips": 0.05}
    held = [[one[name].low <= value <= one[name].high for one in people] for name, value in truth.items()]
    assert np.mean(held) >= 0.75
    for name, value in truth.items():
        assert np.mean([one[name].value for one in people]) == pytest.approx(value, rel=0.25, abs=0.03), name
