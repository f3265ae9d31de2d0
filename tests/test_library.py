"""hill_exp from Python: conditions, stores, and the latent loop of a training of one's own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import torch
from commands import accuracies, hill_exp_here
from conftest import TINY
from websockets.sync.client import connect

import hill_exp
from hill_exp import LatentLoop, UserError
from hill_exp.live.queue import Queue
from hill_exp.types import NO_CLASS, Edit, Gesture, View

CLASSES = ("cat", "dog", "emu")
N = 45
TRUTH = np.arange(N) % 3
OBSERVED = np.where(np.arange(N) < 9, TRUTH, NO_CLASS)


def points() -> tuple[torch.Tensor, torch.Tensor]:
    """Latents (N, 4) of three clouds, of which points 20 to 22 lie in another's; logits (N, 3) likewise."""
    rng = np.random.default_rng(0)
    where = TRUTH.copy()
    where[20:23] = (where[20:23] + 1) % 3
    latents = rng.normal(size=(N, 4)) * 0.3 + 4 * np.eye(4)[where]
    return torch.tensor(latents, dtype=torch.float32), 9 * torch.eye(3)[torch.from_numpy(where)]


def loop_of(person: Any = "oracle", **changes: Any) -> LatentLoop:
    given: dict[str, Any] = {"truth": TRUTH, "settings": ["projection=pca"], **changes}
    return LatentLoop(OBSERVED, CLASSES, person, **given)


# --- conditions and stores


def test_every_name_is_there_and_comes_from_where_it_says() -> None:
    assert {name: getattr(hill_exp, name).__module__ for name in hill_exp.__all__}.keys() == {*hill_exp.__all__}
    assert {*hill_exp.__all__} <= {*dir(hill_exp)}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = hill_exp.nothing


def test_a_call_makes_the_records_of_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "it's a store"
    settings = ["+user=oracle", *TINY, "projection=pca"]
    results = hill_exp.run(*settings, participants=2, controls=["none"], workers=1, store=store)
    done = hill_exp_here(*settings, "participants=2", "controls=[none]", "workers=1", "store=other", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert accuracies(store) == accuracies(tmp_path / "other")
    kept = {path.relative_to(store) for path in store.glob("runs/*/*") if path.suffix in (".yaml", ".json")}
    assert kept == {path.relative_to(tmp_path / "other") for path in tmp_path.glob("other/runs/*/*")
                    if path.suffix in (".yaml", ".json")} and kept, "what was asked for lies beside it"  # fmt: skip
    capsys.readouterr()
    hill_exp.run(*settings, participants=2, controls=["none"], store=store)
    assert "all 2 participants are in the store already" in capsys.readouterr().out

    table = results.participants
    assert {(row.user, row.participant): row.test_accuracy for row in table.itertuples()} == accuracies(store)
    assert results.summary().columns.tolist() == ["mean [95% interval]", "minus none"]
    assert len(results.epochs) == table["epochs"].sum()
    assert {*results.turns["user"]} == {"oracle"}
    assert {*results.groups["kind"]} == {"class"}
    assert {*results.tests()["verdict"]} == {"not tested"}  # there are two participants
    assert results.figure("learning_curves").axes

    hill_exp.run("+user=placebo", *settings[1:], participants=2, controls=[], workers=1, store=store)
    whole = hill_exp.load(store)
    assert whole.summary().set_index("user")["n"].to_dict() == {"none": 2, "oracle": 2, "placebo": 2}
    assert {*results.participants["user"]} == {"none", "oracle"}, "a run is its own conditions"
    with pytest.raises(UserError, match="no two settings were crossed"):
        whole.figure("regime_map")
    with pytest.raises(UserError, match=r"figure 'curve': there is no such figure\. There are: learning_curves"):
        whole.figure("curve")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["+user=orakel"], "there is no 'orakel'. Did you mean oracle"),
        (["+user=oracle,noisy"], r"oracle,noisy: asks for many conditions, and run takes one"),
        (["experiment=replication"], "experiment=replication: asks for many"),
        (["-m", "+user=oracle"], "-m: is no override"),
        ([], "Who sits at the canvas"),
        (["+user=oracle", "participants=0"], "participants = 0: must be"),
    ],
)
def test_what_is_wrong_with_a_call_gets_a_sentence(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=sentence):
        hill_exp.run(*arguments, store=tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_a_folder_of_choices_of_ones_own_is_searched(tmp_path: Path) -> None:
    (tmp_path / "mine" / "user").mkdir(parents=True)
    (tmp_path / "mine" / "user" / "sure.yaml").write_text("# Never errs.\ndefaults: [oracle]\nslips: 2\n")
    with pytest.raises(UserError, match=r"slips = 2: must be"):
        hill_exp.run("+user=sure", config_dir=tmp_path / "mine", store=tmp_path / "store")
    with pytest.raises(UserError, match="there is no 'sure'"):
        hill_exp.run("+user=sure", store=tmp_path / "store")


def test_a_folder_that_is_no_store_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no store"):
        hill_exp.load(tmp_path / "nowhere")


@pytest.mark.slow
def test_a_script_that_guards_nothing_is_told_so(tmp_path: Path) -> None:
    settings = ", ".join(map(repr, ["+user=oracle", *TINY, "projection=pca"]))
    script = tmp_path / "script.py"
    script.write_text(f"import hill_exp\nhill_exp.run({settings}, participants=2)\n", encoding="utf-8")
    done = subprocess.run([sys.executable, script.name], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert 'A script calls hill_exp.run under if __name__ == "__main__":' in done.stderr.splitlines()[-1]
    assert done.stderr.count("Traceback") == 1
    guarded = f'import hill_exp\nif __name__ == "__main__":\n    hill_exp.run({settings}, participants=2)\n'
    script.write_text(guarded, encoding="utf-8")
    done = subprocess.run([sys.executable, script.name], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and len(accuracies(tmp_path / "results")) == 6, done.stderr


def test_progress_is_plain_lines_in_a_notebook() -> None:
    """A kernel sets FORCE_COLOR, and its output is no terminal."""
    program = "from hill_exp.study.console import errors, out; print(out.is_terminal, errors.is_terminal)"
    env = {**os.environ, "FORCE_COLOR": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


# --- a training of one's own


def test_the_person_moves_what_lies_wrong_and_the_loss_draws_it_home() -> None:
    loop = loop_of()
    latents, logits = points()
    latents.requires_grad_()
    rows = torch.arange(N)
    before = loop.loss(latents, logits, rows)
    assert before.item() == 0 and not loop.over
    before.backward()
    edit = loop.turn(latents, logits, epoch=3)
    assert edit is not None and {*np.flatnonzero(edit.moved)} == {20, 21, 22}
    loss = loop.loss(latents, logits, rows)
    latents.grad = None
    loss.backward()
    assert loss.item() > 0 and latents.grad is not None
    home = torch.stack([latents[c == TRUTH].mean(0) for c in TRUTH[20:23]]) - latents[20:23]
    assert ((-latents.grad[20:23] * home.detach()).sum(1) > 0).all(), "down the loss is toward their own"
    loop.turn(latents, logits, epoch=6)
    turns = loop.finish(latents, logits)
    assert turns["epoch"].tolist() == [3, 6] and turns["points_moved"][0] == 3


def test_the_settings_are_those_of_the_configuration_and_can_be_changed() -> None:
    latents, logits = points()
    rows = torch.arange(N)
    losses = {}
    for weight in (1, 3):
        loop = loop_of(settings=["projection=pca", f"teacher.weight={weight}", "schedule.turns=1"])
        loop.turn(latents, logits)
        assert loop.over and loop.turn(latents, logits) is None
        losses[weight] = loop.loss(latents, logits, rows).item()
    assert losses[3] == pytest.approx(3 * losses[1])
    shipped = loop_of()
    assert shipped.teacher.weight == 1 and type(shipped.teacher).__name__ == "Contrastive"
    rising = loop_of(settings=["projection=pca", "teacher.weight_schedule=warmup"])
    rising.turn(latents, logits)
    assert rising.loss(latents, logits, rows, share=0.5).item() == pytest.approx(0.5 * losses[1])
    with pytest.raises(UserError, match=r"teacher\.weight_schedule = warmup: the weight changes"):
        rising.loss(latents, logits, rows)


@pytest.mark.parametrize("person", ["none", "placebo", "noisy", "hard_images", "crowd", "random"])
def test_anybody_may_sit_there_and_does_the_same_again(person: str) -> None:
    latents, logits = points()
    first, second = (loop_of(person, inputs=latents) for _ in range(2))
    edits = [loop.turn(latents, logits / 9) for loop in (first, second)]
    if person == "none":
        assert edits == [None, None] and first.over and first.finish(latents, logits).empty
        return
    assert edits[0] is not None and edits[1] is not None
    assert (edits[0].positions == edits[1].positions).all()
    assert edits[0].moved.any() == (person != "placebo")


def test_a_person_of_ones_own_sees_what_was_given_and_no_truth_unless_it_was() -> None:
    class Mine:
        seen: View

        def edit(self, view: View, rng: np.random.Generator) -> Edit:
            self.seen = view
            return Edit.of(view.positions, [Gesture(np.array([4]), np.array([[0.5, 0.25]]))])

    latents, logits = points()
    mine, reserved = Mine(), np.arange(N) == 40
    texts = [f"text {row}" for row in range(N)]
    edit = loop_of(mine, truth=None, texts=texts, reserved=reserved).turn(latents, logits)
    assert edit is not None and edit.positions[4].tolist() == [0.5, 0.25] and edit.moved.sum() == 1
    assert (mine.seen.recognised == NO_CLASS).all() and (mine.seen.observed == OBSERVED).all()
    assert mine.seen.cards.texts == tuple("" if row == 40 else text for row, text in enumerate(texts))
    assert mine.seen.classes == CLASSES and (mine.seen.predicted == logits.argmax(1).numpy()).all()
    loop_of(mine).turn(latents, logits)
    assert (mine.seen.recognised == TRUTH).all()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: loop_of("orakel"), "Did you mean oracle"),
        (lambda: loop_of("oracle", truth=None), "truth: is needed with person=oracle"),
        (lambda: loop_of("hard_images"), "inputs: are needed with this person"),
        (lambda: loop_of("spreading"), "names points and moves none"),
        (lambda: loop_of("biased"), "user.conflation.pairs: there is no class 8; allowed: 0 to 2"),
        (lambda: loop_of(object()), "must be the name of a user, or have a method edit"),
        (lambda: loop_of(truth=TRUTH + 1), r"truth: holds 3; must be from 0 to 2, or -1"),
        (lambda: loop_of(truth=TRUTH[:9]), r"a canvas of 45 points, as labels has them: "),
        (lambda: loop_of(truth=TRUTH / 2), "truth: has shape .45,. of float64; must be .N,. of whole numbers"),
        (lambda: loop_of(texts=["a"]), "a canvas of 45 points, as labels has them: 1 cards"),
        (lambda: loop_of(texts=["a"] * N, values=np.zeros((N, 2))), "texts and values: a point shows one"),
        (lambda: loop_of(thumbnails=np.zeros((N, 8, 8))), r"thumbnails: has shape \(45, 8, 8\) of float64; must be"),
        (lambda: loop_of(settings=["training.epochs=3"]), "settings: .*'training'.* The training, model and data are"),
        (lambda: loop_of(settings=["teacher=linear"]), "teacher=linear needs projection=pca"),
        (lambda: loop_of(settings=["teacher.wait=3"]), "Did you mean weight"),
    ],
)
def test_what_is_wrong_with_a_loop_gets_a_sentence(make: Callable[[], LatentLoop], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        make()


# --- with a real person in the browser


class Browser(Thread):
    """In place of one: opens the page, and does each turn as it is told. said: the phases that it was shown."""

    def __init__(self, patch: pytest.MonkeyPatch, *turns: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self.turns, self.said, self.states = [*turns], list[str](), list[dict[str, Any]]()
        patch.setattr(webbrowser, "open", self.open)

    def open(self, url: str) -> None:
        self.url = url
        self.start()

    def run(self) -> None:
        page = self.url.replace("http://", "ws://").replace("/?", "/ws?")
        with connect(page, origin=self.url.partition("/?")[0], max_size=None) as socket:  # type: ignore[arg-type]
            for message in map(json.loads, socket):
                if message["type"] != "state":
                    continue
                self.said.append(message["phase"])
                self.states.append(message)
                if message["phase"] == "edit" and message["view"]["turn"] < len(self.turns):
                    socket.send(json.dumps(self.turns[message["view"]["turn"]]))
                if message["phase"] == "answer":
                    socket.send(json.dumps({"type": "next"}))


def drop(turn: int, point: int) -> dict[str, Any]:
    stroke = {"points": [point], "drops": [[0.5, 0.25]], "seconds": 2.0, "at": 2.0}
    return {"type": "teach", "turn": turn, "gestures": [stroke], "undone": 0}


def test_a_real_person_edits_and_is_shown_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(monkeypatch, drop(0, 4), {"type": "stop", "turn": 1})
    latents, logits = points()
    loop = loop_of("human", truth=None, texts=[f"text {row}" for row in range(N)])
    edit = loop.turn(latents, logits, epoch=1)
    assert edit is not None and np.flatnonzero(edit.moved).tolist() == [4] and edit.seconds == 2.0
    assert loop.loss(latents, logits, torch.arange(N)).item() > 0
    edit = loop.turn(latents, logits, epoch=2)
    assert edit is not None and not edit.handled.any() and loop.over
    turns = loop.finish(latents, logits)
    browser.join(10)
    assert not browser.is_alive() and turns["person_seconds"].tolist() == [2.0, 0.0]
    assert browser.said[-2:] == ["answer", "done"] and browser.said.count("edit") == 2
    first = next(state for state in browser.states if state["phase"] == "edit")
    assert first["who"] is None and first["view"]["texts"][7] == "text 7"
    assert {state["epochs"] for state in browser.states if state["phase"] == "training"} == {None}


def test_what_a_training_says_while_the_page_begins_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is slow to begin: till it listens, the training waits."""
    enter = Queue.enter

    async def late(*given: Any) -> None:
        await asyncio.sleep(0.5)
        await enter(*given)

    loop_of("oracle").turn(*points())  # loads what a turn needs, so that the next one is quicker than the page
    monkeypatch.setattr(Queue, "enter", late)
    Browser(monkeypatch, drop(0, 4))
    with loop_of("human", truth=None) as loop:
        assert loop.turn(*points()) is not None


def test_a_training_that_breaks_off_says_so_at_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(monkeypatch, drop(0, 4))
    with pytest.raises(ZeroDivisionError), loop_of("human", truth=None) as loop:
        loop.turn(*points())
        _ = 1 / 0
    browser.join(10)
    assert not browser.is_alive() and browser.said[-1] == "failed"
    assert browser.states[-1]["text"] == "The training broke off: ZeroDivisionError."


def test_a_page_that_cannot_be_served_gets_a_sentence() -> None:
    with pytest.raises(UserError, match=r"page\.host = 192\.0\.2\.1, page\.port = 0: the page cannot be served there"):
        loop_of("human", truth=None, settings=["page.host=192.0.2.1"])
