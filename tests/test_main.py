"""The program as its user meets it: exit status, what it prints, what it leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pytest
from commands import accuracies, hill_exp, hill_exp_here
from conftest import TINY, condition_of

from hill_exp.config import compose
from hill_exp.record.store import Store
from hill_exp.study.job import Job, work
from hill_exp.study.workers import cores, how_it_ended
from hill_exp.types import Edit, View

ROOT = Path(__file__).parents[1]
QUICK = [*TINY, "projection=pca"]


def test_without_a_user_it_lists_the_users_and_how_to_choose_one() -> None:
    done = hill_exp()
    assert done.returncode == 2
    for user in compose.choices("user"):
        assert f"\n  {user} " in done.stdout
    assert "python -m hill_exp +user=biased" in done.stdout


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("run")
    return folder, hill_exp_here("+user=oracle", *QUICK, "participants=3", "workers=2", cwd=folder)


def test_one_command_runs_a_condition_and_its_controls(ran: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, done = ran
    assert done.returncode == 0, done.stderr
    store = folder / "results"
    assert {user for user, _ in accuracies(store)} == {"oracle", "none", "placebo"}
    assert len(accuracies(store)) == 9
    assert "minus none" in done.stdout and "minus placebo" in done.stdout and "test accuracy" in done.stdout
    (run,) = (store / "runs").iterdir()
    for name in ("config.yaml", "summary.csv", "story.png", "learning_curves.png"):
        assert (run / name).stat().st_size > 0
        assert name in done.stdout or name in ("config.yaml", "summary.csv")


def test_the_same_command_again_finds_its_work_done(ran: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, first = ran
    records = sorted((folder / "results" / "records").rglob("*.json"))
    before = [path.stat().st_mtime_ns for path in records]
    again = hill_exp_here("+user=oracle", *QUICK, "participants=3", "workers=2", cwd=folder)
    assert again.returncode == 0
    assert "all 3 participants are in the store already" in again.stdout
    assert [path.stat().st_mtime_ns for path in records] == before
    table = first.stdout.index("metric")
    assert first.stdout[table:] == again.stdout[again.stdout.index("metric") :]


def test_records_are_the_same_whatever_the_number_of_workers(
    ran: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    folder, _ = ran
    assert hill_exp_here("+user=oracle", *QUICK, "participants=3", "workers=1", cwd=tmp_path).returncode == 0
    assert accuracies(tmp_path / "results") == accuracies(folder / "results")


def test_the_config_that_is_kept_is_the_one_that_ran(ran: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    import yaml

    (run,) = (ran[0] / "results" / "runs").iterdir()
    kept = yaml.safe_load((run / "config.yaml").read_text())
    assert kept["training"]["epochs"] == 4 and kept["participants"] == 3 and kept["user"]["slips"] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["+user=biasd"], "biasd"),
        (["+user=oracle", "teacher=contrastiv"], "contrastiv"),
        (["+user=oracle", "training.epochs=-3"], "training.epochs = -3: must be greater than or equal to 1"),
        (["+user=oracle", "training.epochs=many"], "training.epochs = many: must be a valid integer"),
        (["+user=oracle", "dataset.labelled=1.5"], "dataset.labelled = 1.5: must be"),
        (["+user=oracle", "teacher.wieght=2"], "wieght"),
        (["+user=oracle", "+teacher.wieght=2"], "teacher: there is no 'wieght'. Did you mean weight?"),
        (["+user=oracle", "+nonsense=2"], "there is no 'nonsense'"),
        (["+user=oracle", "teacher=linear"], "teacher=linear needs projection=pca"),
        (["+user=oracle", "controls=[nobody]"], "controls: there is no 'nobody'"),
        (["+user=oracle", "schedule.budget.points=0"], "schedule.budget.points = 0: must be above 0"),
        (["+user=custom", "user._target_=no_such_module.Me"], "user._target_ = no_such_module.Me: cannot be imported"),
        (["+user=oracle", "dataset.canvas_points=5000"], "dataset.canvas_points"),
        (["+user=oracle", "dataset=image_folder", "dataset.root=empty"], "dataset.root"),
        (["+user=oracle", "dataset=image_folder", "dataset.root=nowhere"], "dataset.root"),
        (["+user=oracle", "dataset=image_folder", "dataset.root=one_class"], "class"),
        (["+user=oracle", "device=tpu"], "device"),
        (["+user=oracle", "store=a_file"], "store=a_file: cannot be written to"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_bad_input_gets_a_sentence_and_no_traceback(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a_file").write_text("")
    (tmp_path / "one_class" / "cats").mkdir(parents=True)
    projection = [] if "teacher=linear" in arguments else ["projection=pca"]
    done = hill_exp_here(*arguments, *projection, "workers=2", cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("results/records/*/*.json"))


def test_a_truncated_record_is_run_again_and_the_others_are_not(
    ran: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    import shutil

    shutil.copytree(ran[0] / "results", tmp_path / "results")
    before = accuracies(tmp_path / "results")
    victim = sorted((tmp_path / "results" / "records").rglob("*.json"))[0]
    victim.write_bytes(victim.read_bytes()[:100])
    others = {p: p.stat().st_mtime_ns for p in (tmp_path / "results" / "records").rglob("*.json") if p != victim}
    done = hill_exp_here("+user=oracle", *QUICK, "participants=3", cwd=tmp_path)
    assert done.returncode == 0 and "2 of 3 participants are in the store, 1 to run" in done.stdout
    assert accuracies(tmp_path / "results") == before
    assert {p: p.stat().st_mtime_ns for p in others} == others


OWN_PERSON = """
import os
import numpy as np
from hill_exp.types import Edit

class {name}:
    def edit(self, view, rng):
        {act}
        return Edit.of(view.positions, [])
"""


def _own(tmp_path: Path, act: str) -> list[str]:
    (tmp_path / "my_module.py").write_text(OWN_PERSON.format(name="Me", act=act))
    return ["+user=custom", "user._target_=my_module.Me", *QUICK, "controls=[]"]


def test_your_own_person_from_outside_the_package(tmp_path: Path) -> None:
    done = hill_exp(*_own(tmp_path, "pass"), "participants=2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert set(accuracies(tmp_path / "results")) == {("Me", 0), ("Me", 1)}


@pytest.mark.slow
def test_a_worker_that_dies_costs_its_participant_only(tmp_path: Path) -> None:
    dies_once = "os.system('mkdir died 2>/dev/null') or os.kill(os.getpid(), 9)"  # mkdir succeeds for one of them only
    arguments = _own(tmp_path, dies_once)
    done = hill_exp(*arguments, "participants=4", "workers=2", cwd=tmp_path)
    assert done.returncode == 1
    assert "its worker process died (killed by signal 9, as the system does where memory runs out" in done.stderr
    assert len(accuracies(tmp_path / "results")) == 3
    (failed,) = [
        entry for path in (tmp_path / "results").rglob("records/*/*.json")
        if (entry := json.loads(path.read_text()))["status"] == "failed"
    ]  # fmt: skip
    assert "killed by signal 9" in failed["reason"]
    again = hill_exp(*arguments, "participants=4", "workers=2", cwd=tmp_path)
    assert again.returncode == 0 and len(accuracies(tmp_path / "results")) == 4


def test_a_worker_that_is_asked_to_stop_has_not_failed(tmp_path: Path) -> None:
    """It has no record: the participant is missing, and the next command runs it."""
    stops_once = "os.system('mkdir stopped 2>/dev/null') or os.kill(os.getpid(), 15)"
    arguments = _own(tmp_path, stops_once)
    done = hill_exp(*arguments, "participants=3", "workers=2", cwd=tmp_path)
    assert done.returncode == 1
    assert "killed by signal 15, from outside" in done.stderr and "memory" not in done.stderr
    assert "1 of 3 participants were interrupted" in done.stderr
    records = list((tmp_path / "results").rglob("records/*/*.json"))
    assert [json.loads(path.read_text())["status"] for path in records] == ["done", "done"]
    assert hill_exp(*arguments, "participants=3", "workers=2", cwd=tmp_path).returncode == 0


def test_a_pool_that_is_ended_from_outside_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def schedule(self, *_given: object, **_named: object) -> None:
            raise BrokenProcessPool

    monkeypatch.setattr("hill_exp.study.workers.shared", lambda *_given: Broken())
    done = hill_exp_here("+user=none", *QUICK, "participants=2", cwd=tmp_path)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.endswith("The worker processes were ended from outside; run the same command to go on\n")


@pytest.mark.parametrize(
    ("exitcode", "cause"),
    [
        (-9, "memory runs out"),
        (-15, "from outside"),
        (-2, "from outside"),
        (-11, "killed by signal 11"),
        (255, "code 255"),
    ],
)
def test_a_cause_is_said_as_far_as_it_can_be_known(exitcode: int, cause: str) -> None:
    told = how_it_ended(exitcode)
    assert cause in told and ("memory" in told) == (exitcode == -9)


def test_the_cores_are_those_that_a_cluster_gave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joblib.cpu_count", lambda: 6)
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "2")
    assert cores() == 2
    for given in ("", "0", "many", "9"):
        monkeypatch.setenv("SLURM_CPUS_PER_TASK", given)
        assert cores() == 6


class FedUp:
    def edit(self, view: View, rng: np.random.Generator) -> Edit:
        assert view.turn < 1, "I have had enough"
        return Edit.of(view.positions, [])


def test_a_person_that_raises_is_a_failed_participant_with_its_reason(tmp_path: Path) -> None:
    condition = condition_of(*QUICK, "+user=custom", f"user._target_={__name__}.FedUp")
    record = work(Job(condition, seed=0, participant=0, store=tmp_path))
    assert record.status == "failed" and record.reason.startswith("AssertionError: I have had enough")
    assert Store(tmp_path).read(condition.content, 0, 0) == record


def test_a_diverging_run_is_recorded_as_failed_with_its_epoch(tmp_path: Path) -> None:
    done = hill_exp_here("+user=none", *QUICK, "training.learning_rate=1e6", "participants=2", cwd=tmp_path)
    assert done.returncode == 1 and "diverged" in done.stderr and "epoch" in done.stderr
    assert accuracies(tmp_path / "results") == {}


def _wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.1)


@pytest.mark.slow
def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on(tmp_path: Path) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job's is ignored, and its children's too
    slow = _own(tmp_path, "import time; time.sleep(1.0)")
    command = [sys.executable, "-m", "hill_exp", *slow, "participants=8", "workers=2"]
    with subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        _wait_for(lambda: len(list(tmp_path.glob("results/records/*/*.json"))) >= 2)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130, stderr
    assert "Stopped" in stderr and "Traceback" not in stderr
    kept = accuracies(tmp_path / "results")
    assert 2 <= len(kept) < 8
    done = hill_exp(*slow, "participants=8", "workers=2", cwd=tmp_path)
    assert done.returncode == 0 and f"{len(kept)} of 8 participants are in the store" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [1.0, 2.0, 3.0, 5.0, 8.0])
def test_ctrl_c_at_any_moment_of_the_start_is_no_traceback(seconds: float, tmp_path: Path) -> None:
    """To all processes, as a terminal sends it: while they import, while they are started, and while they work."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    slow = _own(tmp_path, "import time; time.sleep(60)")
    command = [sys.executable, "-m", "hill_exp", *slow, "participants=2", "workers=2"]
    with subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True
    ) as process:
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    assert process.returncode in (130, -signal.SIGINT), stderr
    assert "Traceback" not in stderr, stderr


def test_a_sweep_goes_on_after_a_job_that_is_refused(tmp_path: Path) -> None:
    done = hill_exp_here(
        "-m", "+user=oracle,none", "training.epochs=0,4", "controls=[]", "participants=1",
        *(t for t in QUICK if "epochs" not in t), cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert "training.epochs = 0: must be" in done.stderr
    assert set(accuracies(tmp_path / "results")) == {("oracle", 0), ("none", 0)}
