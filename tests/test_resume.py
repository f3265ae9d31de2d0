"""A sweep that is killed goes on where it stopped; what a store holds and lacks is said."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import TINY, condition_of

from hill_exp import exit_status
from hill_exp.inventory import main
from hill_exp.record import inventory, tuning
from hill_exp.record.condition import Condition
from hill_exp.record.files import write_whole
from hill_exp.record.record import Record
from hill_exp.record.store import Store

TINY_PCA = [*TINY, "projection=pca"]


def record(condition: Condition, participant: int, **values: object) -> Record:
    return Record(condition.content, 0, participant, **{"status": "done", **values})  # type: ignore[arg-type]


def keep_asked(store: Store, participants: int, *conditions: Condition) -> None:
    asked = inventory.Asked(conditions=tuple(c.id for c in conditions), seed=0, participants=participants)
    write_whole(store.run_folder(conditions[0]) / inventory.FILE, asked.model_dump_json().encode())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Of four participants under the oracle: two done, one failed, one missing; of the control `none`, all missing."""
    store = Store(tmp_path / "store")
    store.open_for_writing()
    oracle, none = (condition_of(*TINY_PCA, f"+user={user}") for user in ("oracle", "none"))
    store.add_condition(oracle)
    store.add_condition(none)
    keep_asked(store, 4, oracle, none)
    for participant in (0, 3):
        store.write(record(oracle, participant))
    store.write(record(oracle, 1, status="failed", reason="Diverged: at epoch 3\nTraceback"))
    return store


def test_the_inventory_says_what_is_done_failed_and_missing(store: Store) -> None:
    none, oracle = inventory.lines(store)
    assert none.startswith("digits-mlp-contrastive-none (") and none.endswith("seed 0: 4 missing")
    first, second = oracle.splitlines()
    assert first.startswith("digits-mlp-contrastive-oracle (")
    assert first.endswith("seed 0: 2 done, 1 failed, 1 missing")
    assert second == "  failed: participant 1: Diverged: at epoch 3"


def test_the_inventory_names_damaged_files_and_counts_them_as_missing(store: Store) -> None:
    victim = sorted((store.path / "records").rglob("*0003.json"))[0]
    victim.write_bytes(victim.read_bytes()[:50])
    _, oracle, damaged = inventory.lines(store)
    assert "1 done, 1 failed, 2 missing" in oracle
    assert damaged.startswith(f"damaged: {victim}")


def test_the_inventory_needs_no_torch(store: Store) -> None:
    code = (
        "import sys; from hill_exp.inventory import main; sys.argv = ['', '--store', sys.argv[1]]; status = main(); "
        "sys.exit(status or bool({'torch', 'pandas', 'matplotlib', 'hydra'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code, store.path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_store_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["inventory", "--store", str(tmp_path / "nowhere")])
    assert exit_status.of(main) == 2
    assert "there is no store" in capsys.readouterr().err


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Gives a function that mounts a disk of so many KiB, or resizes it."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def sized(kib: int) -> Path:
        options = f"size={kib}k" + (",remount" if disk.is_mount() else "")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", disk], capture_output=True).returncode:
            pytest.skip("only root may mount a small disk")
        return disk

    if shutil.which("mount") is None:
        pytest.skip("there is no mount command")
    yield sized
    if disk.is_mount():
        subprocess.run(["umount", disk], check=True)


@pytest.mark.slow
def test_a_full_disk_loses_and_damages_nothing(small_disk: Callable[[int], Path]) -> None:
    disk = small_disk(100)
    command = [*_sweep(disk / "store"), "dataset.canvas_points=200"]
    stopped = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert stopped.returncode != 0
    assert "No space left on device" in stopped.stderr and "Traceback" not in stopped.stderr
    store = Store(disk / "store")
    kept = list((store.path / "records").glob("*/*.json"))
    assert kept and not store.damaged() and not list(disk.rglob("*.partial"))
    list(inventory.lines(store))  # whatever was cut off, it can be read
    small_disk(50_000)
    times = {path: path.stat().st_mtime_ns for path in kept}
    done = {path for path in kept if json.loads(path.read_text())["status"] == "done"}  # and not run again
    again = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert again.returncode == 0, again.stderr
    assert {path for path in kept if path.stat().st_mtime_ns == times[path]} == done
    assert len(list((store.path / "records").glob("*/*.json"))) == 33  # 11 conditions of 3 participants


# --- tuning


def test_the_best_is_chosen_on_validation_data_among_finished_conditions(tmp_path: Path) -> None:
    import yaml

    store = Store(tmp_path)
    store.open_for_writing()
    outcomes = {0.5: [(0.9, 0.1), (0.5, 0.1)], 1.0: [(0.8, 0.9), (0.7, 0.9)], 2.0: [(0.99, 0.2)]}  # validation, test
    for weight, pairs in outcomes.items():
        condition = condition_of(
            *TINY_PCA, "+user=oracle", f"teacher.weight={weight}", f"training.epochs={int(4 * weight)}"
        )
        store.add_condition(condition)
        for participant, (validation, test) in enumerate(pairs):
            metrics = {"validation_accuracy": validation, "test_accuracy": test}
            store.write(record(condition, participant, metrics=metrics))
    found = tuning.ranking(store)
    best, second = found["digits-mlp-contrastive-oracle"]  # 2.0 lacks a participant
    assert best.accuracy == 0.75 and second.accuracy == 0.7
    assert best.settings == {"teacher.weight": 1.0, "training.epochs": 4}
    text = tuning.text(best, [best, second], tmp_path)
    assert text.startswith("# @package _global_\n") and best.condition.id in text
    assert yaml.safe_load(text) == {
        "defaults": [{"override /teacher": "contrastive"}],
        "teacher": {"weight": 1.0},
        "training": {"epochs": 4},
    }


@pytest.mark.slow
def test_a_search_goes_on_and_its_best_flows_into_a_run(tmp_path: Path) -> None:
    if find_spec("hydra_plugins") is None or find_spec("hydra_plugins.hydra_optuna_sweeper") is None:
        pytest.skip("the extra tune is not installed")

    def program(*arguments: str) -> None:
        command = [sys.executable, "-m", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path, check=False)
        assert done.returncode == 0, done.stderr

    search = ["hill_exp", "-m", "hydra/sweeper=tune", "+user=oracle", "teacher=triplet", *TINY_PCA, "participants=1",
              "store=tuning", "hydra.sweeper.n_trials=2"]  # fmt: skip
    program(*search)
    assert len(Store(tmp_path / "tuning").conditions()) == 2
    program(*search)  # adds to the trials that there are
    (candidates,) = tuning.ranking(Store(tmp_path / "tuning")).values()
    assert len(candidates) == 4
    program("hill_exp.tuned", "--store", "tuning", "--write", "mine/tuned/best.yaml")
    program("hill_exp", "--config-dir", "mine", "+user=random", "+tuned=best", *TINY_PCA, "participants=1",
            "controls=[]", "store=results")  # fmt: skip
    (used,) = Store(tmp_path / "results").conditions()
    columns = used.columns()
    assert columns["teacher"] == "triplet"
    assert {key: columns[key] for key in candidates[0].settings} == candidates[0].settings


# --- the program


def _sweep(store: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "hill_exp", "-m", "+user=oracle,random", "teacher.weight=1,2,3,4,5", *TINY_PCA,
        "participants=3", "controls=[none]", "workers=2", f"store={store}", *more,
    ]  # fmt: skip


def _wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


def _descendants(process: int) -> set[int]:
    found = set()
    for line in subprocess.run(
        ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout.splitlines():
        pid, parent = map(int, line.split())
        if parent == process:
            found |= {pid} | _descendants(pid)
    return found


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_killed_sweep_leaves_no_process_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with subprocess.Popen(_sweep(store), stdout=subprocess.DEVNULL, cwd=tmp_path) as process:
        _wait_for(lambda: len(list(store.glob("records/*/*.json"))) >= 8)
        workers = _descendants(process.pid)
        assert workers
        os.kill(process.pid, signal.SIGKILL)
    _wait_for(lambda: not any(_runs(worker) for worker in workers), 20)
    before = {path: path.stat().st_mtime_ns for path in store.glob("records/*/*.json")}
    assert 8 <= len(before) < 33
    plan = subprocess.run(_sweep(store, "plan=true"), capture_output=True, text=True, cwd=tmp_path, check=True)
    assert "missing" in plan.stdout
    done = subprocess.run(_sweep(store), capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    after = {path: path.stat().st_mtime_ns for path in store.glob("records/*/*.json")}
    assert len(after) == 33  # 10 conditions and one control that all share, 3 participants each
    assert {path: after[path] for path in before} == before
    assert {json.loads(path.read_text())["status"] for path in after} == {"done"}
    assert not list(Store(store).damaged()) and not list(store.rglob("records/*/*.partial"))
    planned = subprocess.run(_sweep(store, "plan=true"), capture_output=True, text=True, cwd=tmp_path, check=True)
    assert "missing" not in planned.stdout and "3 done" in planned.stdout
