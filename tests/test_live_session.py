"""Sessions as files: what is read, what is refused in a sentence, and that a replay is the session again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import assert_same, hill_exp_here
from conftest import TINY, condition_of

from hill_exp.config import build, compose
from hill_exp.config.groups import BESIDE_THE_USER
from hill_exp.live import host, participant
from hill_exp.live.host import Address
from hill_exp.live.noted import Noted
from hill_exp.live.recorded import as_recorded
from hill_exp.live.session import LARGEST, Session, Stroke, Turn, read, write
from hill_exp.live.training import TrainingStep
from hill_exp.live.way import Way
from hill_exp.person import AtThePage
from hill_exp.record.condition import Condition
from hill_exp.record.record import Record
from hill_exp.record.store import Store
from hill_exp.record.trace import digest
from hill_exp.study.job import participate
from hill_exp.types import Edit, UserError, View

QUICK = [*TINY, "projection=pca", "teacher.weight=2"]
STROKES = tuple(
    Stroke(points=points, drops=tuple((0.1 + i / 7, -1.0 / (turn + 3)) for i in points), seconds=1.1, at=2.2)
    for turn, points in enumerate([(0, 7, 3), (7,), (11, 2)])
)

NOTED = Noted.model_validate(
    {"until": 9.0, "away": [[3.0, 4.5]], "gaps": [], "looks": [[5, 1.0, 0.1], [6, 1.1, 0.3], [5, 2.0, 0.05]],
     "windows": [{"at": 0.0, "width": 1366, "height": 768, "ratio": 1.0, "pointer": "fine"}], "zooms": [],
     "selections": [{"at": 5.0, "count": 2, "points": [8, 9]}], "undone": []}
)  # fmt: skip


class Clicker(AtThePage):
    """A real person, as the harness sees one, with a mind of its own."""

    def __init__(self, stops: bool = False) -> None:
        self.stops, self.turns = stops, list[Turn]()

    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        strokes = () if self.stops else STROKES[view.turn : view.turn + 2]
        how = "stop" if self.stops else "teach"
        turn = Turn(turn=view.turn, how=how, gestures=strokes, undone=0, shown=digest(view.positions), noted=NOTED)
        self.turns.append(turn)
        return turn.edit(view.positions)

    def watch(self, view: View) -> None:
        pass

    def leaves_after(self, turn: int) -> bool:
        return self.stops


def recorded(path: Path, *overrides: str, stops: bool = False) -> tuple[Record, Session]:
    """What a person did, and its session, which is at `path`."""
    condition, person = condition_of(*QUICK, "+user=human", *overrides), Clicker(stops)
    record = participate(condition, 0, 2, lambda *_: None, person)
    session = Session.begin(condition, 0, 2, {"code": "P3"}).updated(turns=tuple(person.turns), status="done")
    write(path, session)
    return record, session


def test_what_was_looked_at_is_kept_beside_the_record_and_teaches_nothing(tmp_path: Path) -> None:
    record, session = recorded(tmp_path / "one.json")
    trace = record.trace
    assert trace and trace.looked is not None and trace.dwell is not None
    handled = {0, 3, 7}
    assert set(np.flatnonzero(trace.looked[0])) == handled | {6, 8, 9}, "5 was looked at for less than a glance"
    np.testing.assert_allclose(trace.dwell[0, [5, 6, 8]], [0.15, 0.3, 0.2])
    (turn, *_) = session.turns
    unseen = turn.model_copy(update={"noted": None}).edit(np.zeros((60, 2)))
    assert unseen.dwell is None and set(np.flatnonzero(turn.edit(np.zeros((60, 2))).looked)) == handled


def replay_of(path: Path, *overrides: str) -> Condition:
    return condition_of(*QUICK, "+user=replay", f"user.session={path}", *overrides)


@pytest.mark.parametrize("stops", [False, True])
def test_a_replay_is_the_session_again(stops: bool, tmp_path: Path) -> None:
    live, session = recorded(tmp_path / "session.json", stops=stops)
    again = participate(replay_of(tmp_path / "session.json"), 0, 2, lambda *_: None)
    assert_same(live, again)
    assert again.person == {"code": "P3"}
    assert len(live.turns["turn"]) == (1 if stops else 2)
    assert again.trace
    assert session.first_difference(again.trace.shown.tolist()) is None
    assert session.first_difference(["another", *again.trace.shown[1:].tolist()]) == 0


def test_a_session_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    _, session = recorded(tmp_path / "session.json")
    assert read(tmp_path / "session.json", "session") == session
    assert "_target_" not in (tmp_path / "session.json").read_text()


def test_two_sessions_never_share_an_address(tmp_path: Path) -> None:
    _, session = recorded(tmp_path / "one.json")
    write(tmp_path / "copy.json", session)
    moved = session.turns[0].model_copy(update={"gestures": session.turns[0].gestures[:1]})
    write(tmp_path / "other.json", session.updated(turns=(moved, *session.turns[1:])))
    one, copy, other = (replay_of(tmp_path / f"{name}.json").content for name in ("one", "copy", "other"))
    assert one == copy != other


def test_people_under_one_condition_share_it() -> None:
    assert condition_of("+user=human").content == condition_of("+user=human", "participants=20").content
    assert condition_of("+user=human").content != condition_of("+user=placebo").content


# --- files that are refused


def _damage(change: Callable[[dict[str, Any]], Any]) -> Callable[[bytes], bytes]:
    def damaged(content: bytes) -> bytes:
        entry = json.loads(content)
        change(entry)
        return json.dumps(entry).encode()

    return damaged


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda content: content[: len(content) // 2], "damaged (not whole JSON)"),
        (lambda content: b"\x80\x04" + content, "damaged (not whole JSON)"),
        (lambda _: b"[" * 100_000, "damaged (not whole JSON)"),
        (lambda _: b"[1, 2]", "is no session file"),
        (lambda _: b'{"format": 1}', "is no session file"),
        (_damage(lambda s: s.update(format=1)), "written in format 1, and this version reads format 3"),
        (_damage(lambda s: s.pop("seed")), "damaged (seed: needs a value)"),
        (_damage(lambda s: s.update(mood="good")), "there is no 'mood'"),
        (_damage(lambda s: s["turns"].pop(0)), "not numbered 0, 1, 2"),
        (
            _damage(lambda s: s["turns"][0]["gestures"][0]["points"].__setitem__(0, 60)),
            "point 60, and the canvas has 60",
        ),
        (_damage(lambda s: s["turns"][0]["gestures"][0]["points"].__setitem__(0, 7)), "names a point twice"),
        (_damage(lambda s: s["turns"][0]["gestures"][0]["drops"][0].__setitem__(0, float("nan"))), "finite number"),
        (_damage(lambda s: s["turns"][0]["gestures"][0]["drops"].pop()), "3 points has 2 drops"),
        (_damage(lambda s: s["settings"]["model"].update(_target_="os.system")), "may not name code"),
        (_damage(lambda s: s["settings"].pop("teacher")), "not complete: teacher is missing"),
        (_damage(lambda s: s["settings"].update(store={})), "hold store, which is no group"),
        (_damage(lambda s: s["person"].update(code="../../..")), "must be 1 to 32 letters"),
        (_damage(lambda s: s["person"].update(code="a" * 5000)), "must be 1 to 32 letters"),
        (_damage(lambda s: s["person"].update(code={"a": 1})), "person.code"),
        (_damage(lambda s: s["person"].update(code=" ")), "must be 1 to 32 letters"),
        (_damage(lambda s: s["person"].update(effort=10**400)), "person.effort"),
        (_damage(lambda s: s["person"].update(effort=[1])), "person.effort"),
        (
            _damage(lambda s: s["turns"][0]["gestures"][0].update(drops=[[1e300, 0]] * 3)),
            "less than or equal to 100",
        ),
        (_damage(lambda s: s["turns"][0]["gestures"][0].update(seconds=1e308)), "less than or equal to 10000000"),
        (_damage(lambda s: s["turns"][0].update(undone=10**9)), "less than or equal to 1000000"),
        (_damage(lambda s: s.update(versions={"torch": "2" * 10**6})), "at most 1000 characters"),
        (_damage(lambda s: s.update(device="gpu" * 10**6)), "at most 1000 characters"),
        (_damage(lambda s: s.update(participant=10**30)), "participant = 1"),
        (_damage(lambda s: s.update(seed=2**70)), "seed = 1180591620717411303424: must be less than 4294967296"),
        (_damage(lambda s: s["turns"][0].update(how="skip")), "turn 0 has gestures, and ended with skip"),
        (_damage(lambda s: s.update(status="open")), "Finish it with +user=human resume=FILE"),
    ],
)
def test_a_file_that_is_not_right_gets_a_sentence(
    damage: Callable[[bytes], bytes], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "session.json"
    recorded(path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UserError) as refused:
        build({"_target_": "hill_exp.live.replay.Replay", "session": str(path)}, "user")
    assert (
        sentence in str(refused.value) and str(refused.value).startswith("session") and "\n" not in str(refused.value)
    )


@pytest.mark.parametrize(("who", "key"), [("replay", "session"), ("human", "resume")])
def test_a_file_writes_nothing_outside_the_store(who: str, key: str, tmp_path: Path) -> None:
    recorded(tmp_path / "evil.json")
    entry = json.loads((tmp_path / "evil.json").read_text())
    entry["status"] = "done" if who == "replay" else "open"
    (tmp_path / "inner").mkdir()
    for where in ("person", "names"):
        evil = {**entry, where: {**entry[where], "code" if where == "person" else "dataset": "../../OUT/PWN"}}
        (tmp_path / "evil.json").write_text(json.dumps(evil))
        done = hill_exp_here(f"+user={who}", f"{key}=../evil.json", "controls=[]", cwd=tmp_path / "inner")
        assert done.returncode == 2 and "Traceback" not in done.stderr
        assert done.stderr.splitlines()[-1].startswith(f"{key} = ../evil.json: ")
    assert {path.name for path in tmp_path.rglob("*")} == {"evil.json", "inner"}


def _replayed(tmp_path: Path, *strokes: Stroke, shown: str | None = None) -> Record:
    """What comes of a session of one turn that teaches these strokes."""
    _, session = recorded(tmp_path / "s.json")
    turn = session.turns[0].model_copy(update={"gestures": strokes})
    if shown:
        turn = turn.model_copy(update={"shown": shown})
    write(tmp_path / "s.json", session.updated(turns=(turn,)))
    return participate(replay_of(tmp_path / "s.json"), 0, 2, lambda *_: None)


def _stroke(*points: int, x: float = 0.5) -> Stroke:
    return Stroke(points=points, drops=((x, 0.0),) * len(points), seconds=1.0, at=1.0)


@pytest.mark.parametrize(
    ("strokes", "sentence"),
    [
        ((_stroke(*range(13)),), "These gestures handle 13 points; a turn allows 12"),
        ((_stroke(0), _stroke(1, x=99.0)), "Gesture 2 drops a point outside the canvas"),
    ],
)
def test_what_the_page_refuses_is_not_replayed(strokes: tuple[Stroke, ...], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"turn 0 of the session cannot have been made at the page: {sentence}"):
        _replayed(tmp_path, *strokes)


def test_where_another_layout_is_shown_drops_are_not_held_to_its_edges(tmp_path: Path) -> None:
    assert _replayed(tmp_path, _stroke(1, x=9.0), shown="another").status == "done"


@pytest.mark.slow
def test_a_replay_whose_training_fails_gets_the_sentence_of_every_failure(tmp_path: Path) -> None:
    _, session = recorded(tmp_path / "s.json")
    training = {**session.settings["training"], "learning_rate": 1e6}
    write(tmp_path / "s.json", session.updated(settings={**session.settings, "training": training}))
    done = hill_exp_here("+user=replay", "session=s.json", "controls=[]", "workers=1", cwd=tmp_path)
    assert done.returncode == 1 and "1 of 1 participants failed" in done.stderr and "Traceback" not in done.stderr, (
        done.stderr
    )


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(LARGEST + 1)  # takes no room on the disk
    with pytest.raises(UserError, match=r"session = .*large.json: must be at most 100 MB"):
        read(tmp_path / "large.json", "session")


def test_a_file_that_is_not_there_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"session = .*nowhere.json: cannot be read \(No such file"):
        read(tmp_path / "nowhere.json", "session")


# --- the settings come from the file


def _merged(session: Session, *overrides: str) -> tuple[dict[str, Any], dict[str, str]]:
    cfg, choices = compose.composed("+user=oracle", *overrides)
    return as_recorded(session, cfg, choices, overrides, "session = FILE")


def test_the_settings_come_from_the_session(tmp_path: Path) -> None:
    _, session = recorded(tmp_path / "s.json", "teacher=linear", "seed=0")
    cfg, choices = _merged(session.updated(seed=5))
    assert choices["teacher"] == "linear" and cfg["seed"] == 5
    assert cfg["teacher"]["_target_"] == "hill_exp.teacher.linear.Linear" and cfg["teacher"]["weight"] == 2
    assert cfg["dataset"]["canvas_points"] == 60 and cfg["schedule"]["budget"]["points"] == 12
    expected = condition_of(*QUICK, "teacher=linear", "+user=human")
    for group in BESIDE_THE_USER:
        assert cfg[group] == expected.settings[group]


def test_what_the_command_says_may_not_contradict_the_session(tmp_path: Path) -> None:
    _, session = recorded(tmp_path / "s.json")
    _merged(
        session, "teacher=contrastive", "teacher.weight=2.0", "dataset.canvas_points=60", "schedule.budget={points:12}"
    )
    for override, sentence in [
        ("teacher=linear", "teacher = linear: session = FILE was recorded under teacher = contrastive"),
        ("teacher.weight=7", "teacher.weight = 7: session = FILE was recorded under teacher.weight = 2"),
        ("training.epochs=5", "training.epochs = 5: session = FILE was recorded under training.epochs = 4"),
        ("schedule.budget={points:5}", "schedule.budget = {'points': 5"),
    ]:
        with pytest.raises(UserError) as refused:
            _merged(session, override)
        assert sentence in str(refused.value)


def test_a_choice_that_is_not_ours_is_refused_by_name(tmp_path: Path) -> None:
    _, session = recorded(tmp_path / "s.json")
    with pytest.raises(UserError, match=r"session = FILE: model: there is no '../../etc'"):
        _merged(session.updated(names={**session.names, "model": "../../etc"}))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["+user=replay"], "user=replay: say which session, with session=FILE"),
        (["+user=replay", "session=s.json"], "session = s.json was recorded on other data (an/other) than these"),
        (["+user=replay", "session=s.json", "experiment=bias", "seed=0"], "no 'attribute'. Allowed: session"),
        (["+user=oracle", "session=s.json"], "session: is played back by +user=replay"),
        (["+user=oracle", "resume=new"], "resume: is for +user=human"),
        (["+user=human", "resume=nowhere.json"], "resume = nowhere.json: cannot be read"),
        (["+user=human", "page.port=99999"], "page.port = 99999: must be less than or equal to 65535"),
        (["+user=human", "page.host=0.0.0.0"], "page.host: must be the one address"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " ".join(value),
)
def test_a_command_that_is_wrong_gets_a_sentence(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    _, session = recorded(tmp_path / "s.json")
    write(tmp_path / "s.json", session.updated(data="an/other"))
    done = hill_exp_here(*arguments, cwd=tmp_path)
    assert done.returncode == 2 and sentence in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "results" / "records").exists()


# --- who is led, and which session is gone on with


class Led(Exception):
    """Stands in for the page."""


@pytest.fixture
def next_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    """Gives (session, path) with which a participant would be led now, or None."""
    condition, store = condition_of(*QUICK, "+user=human"), Store(tmp_path)

    def lead(way: Way, address: Address) -> None:
        (step,) = way.left()
        assert isinstance(step, TrainingStep)
        raise Led(step.session, step.path)

    monkeypatch.setattr(host, "lead", lead)

    def session_and_path(resume: str | Session = "auto") -> Any:
        try:
            return participant.lead(
                condition, store, 0, 2, Address(host="127.0.0.1", port=0, browser=False, public=None), resume, ""
            )
        except Led as led:
            return led.args

    return session_and_path


def test_participants_come_in_order_and_an_unfinished_session_is_gone_on_with(
    next_step: Callable[..., Any], tmp_path: Path
) -> None:
    condition, store = condition_of(*QUICK, "+user=human"), Store(tmp_path)
    session, path = next_step()
    assert session.participant == 0 and path.parent == tmp_path / "sessions" and not session.turns
    write(path, session.updated(turns=recorded(tmp_path / "other.json")[1].turns[:1]))
    gone_on, same_path = next_step()
    assert len(gone_on.turns) == 1 and same_path == path
    anew, new_path = next_step("new")
    assert not anew.turns and new_path != path and path.exists()
    store.write(Record(condition.content, 0, 0, status="done"))
    assert next_step()[0].participant == 1
    store.write(Record(condition.content, 0, 1, status="failed"))
    assert next_step()[0].participant == 1
    store.write(Record(condition.content, 0, 1, status="done"))
    assert next_step() is None
    with pytest.raises(UserError, match="participant 1 is done in this store already"):
        next_step(session.updated(participant=1))


def test_a_session_from_elsewhere_is_gone_on_with_in_this_store(next_step: Callable[..., Any], tmp_path: Path) -> None:
    _, session = recorded(tmp_path / "elsewhere.json")
    gone_on, path = next_step(session)
    assert gone_on.turns == session.turns and path.parent == tmp_path / "sessions"


def test_a_damaged_session_is_told_with_the_way_out(next_step: Callable[..., Any]) -> None:
    _, path = next_step()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"{")
    with pytest.raises(UserError, match=r"damaged .* Move it away to begin another"):
        next_step()


def test_a_page_is_served_at_one_address_only() -> None:
    local = {"http://127.0.0.1:81", "http://localhost:81", "http://[::1]:81"}
    for address, origins in [("127.0.0.1", local), ("10.0.0.5", {"http://10.0.0.5:81"})]:
        assert Address(host=address, port=81, browser=False, public=None).origins(81) == origins
    with pytest.raises(ValueError, match="must be the one address"):
        Address(host="0.0.0.0", port=0, browser=False, public=None)
    taken = Address(host="127.0.0.1", port=0, browser=False, public=None).listen()
    port = taken.getsockname()[1]
    with taken, pytest.raises(UserError, match=f"page.port = {port}: the page cannot be served there"):
        Address(host="127.0.0.1", port=port, browser=False, public=None).listen()
