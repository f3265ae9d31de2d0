"""python -m hill_exp.reproduce: freeze, run every experiment of docs/results.md, analyse, draw, write the page, pack.

OUT/store                 the records, and what was frozen before them; OUT/apart: those of the multiverse
OUT/report                tables, figures and report.html of python -m analysis; OUT/report_apart: of the multiverse
OUT/results.md            the page, with its figures beside it; --docs DIR writes them there too
OUT/hypotheses            conf/hypotheses, with the seed of this run in their cells
OUT/records.tar.gz        store, hypotheses and tables, and OUT/records.sha256 with the checksum of each file in it
OUT/log.txt               what every command printed

The same command goes on where it was stopped. It runs nothing itself but the commands that the page names.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hill_exp import exit_status
from hill_exp.record.files import write_whole
from hill_exp.reproduce import plan
from hill_exp.reproduce.plan import Step
from hill_exp.types import UserError

MADE: Final = "texts.npz"


@dataclass(frozen=True)
class Run:
    """One reproduction, in a folder."""

    out: Path
    seed: int
    participants: int
    quick: bool
    steps: Sequence[Step]
    files: dict[str, Path]  # texts, and photographs and labels where they are given

    @property
    def store(self) -> Path:
        return self.out / "store"

    @property
    def apart(self) -> Path:
        """The store of the steps that are apart."""
        return self.out / "apart"

    @property
    def hypotheses(self) -> Path:
        return self.out / "hypotheses"

    def missing(self, step: Step) -> str:
        """What the step needs and has not, in words; empty where it can be run."""
        needed = {"": (), "photographs": ("photographs",), "labels": ("photographs", "labels")}[step.data]
        return " and ".join(f"--{name}" for name in needed if name not in self.files)

    def command(self, step: Step) -> list[str]:
        """After `python`."""
        files = {name: shlex.quote(str(path)) for name, path in self.files.items()}
        return [*self._asked(step, files), f"store={self.apart if step.apart else self.store}"]

    def told(self, step: Step) -> str:
        """The command as a page has it: files by their options, without the store."""
        named = {"texts": MADE, "photographs": "DIR", "labels": "labels.csv"}
        return shlex.join(["python", *self._asked(step, named)])

    def _asked(self, step: Step, files: Mapping[str, str]) -> list[str]:
        arguments = [argument.format(**files) for argument in step.arguments]
        participants = step.participants or self.participants
        return ["-m", "hill_exp", *arguments, f"seed={self.seed}", f"participants={participants}"]

    def minutes(self, step: Step, spent: Mapping[str, float]) -> str:
        """That the step's command took, of `minutes.json`."""
        taken = spent.get(step.name)
        return "not run" if taken is None else f"{taken:.1f}"

    def tell(self, name: str, command: Sequence[str]) -> int:
        """Run a command of ours, its output to the log; gives its exit status. KeyboardInterrupt after Ctrl-C."""
        print(f"python {shlex.join(command)}", flush=True)
        begun = time.monotonic()
        with (self.out / "log.txt").open("a", encoding="utf-8") as log:
            log.write(f"\n$ python {shlex.join(command)}\n")
            log.flush()
            status = subprocess.run(
                [sys.executable, *command], stdout=log, stderr=subprocess.STDOUT, check=False
            ).returncode
        if status == 130:
            raise KeyboardInterrupt
        minutes = (time.monotonic() - begun) / 60
        print(
            f"  {minutes:.1f} minutes{f', exit status {status}: see {self.out}/log.txt' if status else ''}", flush=True
        )
        self._note(name, minutes)
        return status

    def _note(self, name: str, minutes: float) -> None:
        """Minutes of each step over all times that it was begun, for the page."""
        path = self.out / "minutes.json"
        spent = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        spent[name] = round(spent.get(name, 0.0) + minutes, 2)
        write_whole(path, json.dumps(spent, indent=1).encode())


def main() -> int:
    """Exit status: 0, or 1 where a command failed. UserError for what the user can put right."""
    options = _options()
    files = {
        name: _there(getattr(options, name), f"--{name}")
        for name in ("photographs", "labels")
        if getattr(options, name)
    }
    steps = [step for step in plan.STEPS if step.quick or not options.quick]
    out = options.out or Path("reproduction-quick" if options.quick else "reproduction")
    seed, participants = (plan.QUICK_SEED, plan.QUICK_PARTICIPANTS) if options.quick else (plan.SEED, plan.PARTICIPANTS)
    run = Run(
        out,
        seed if options.seed is None else options.seed,
        participants if options.participants is None else options.participants,
        options.quick,
        steps,
        {"texts": out / MADE, **files},
    )
    if run.participants < 4:
        raise UserError(f"--participants {run.participants}: must be 4 or more, or there is nothing to test")
    for step in steps:
        if lacking := run.missing(step):
            print(f"Left out: {step.name} ({step.claims}), which needs {lacking}")
    if options.plan:
        for step in steps:
            print(f"{step.name:14} {step.minutes:5.1f} minutes  {step.claims:38} {run.told(step)}")
        return 0
    return _reproduce(run, options.docs)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m hill_exp.reproduce",
        description="Run every experiment of docs/results.md, and write that page from what it finds.",
    )
    parser.add_argument("--quick", action="store_true", help="in small, on people of another seed: ten minutes")
    parser.add_argument("--plan", action="store_true", help="print what would be run, and run nothing")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: reproduction, or reproduction-quick")
    parser.add_argument("--seed", type=int, help=f"of the participants; default: {plan.SEED}, quick {plan.QUICK_SEED}")
    parser.add_argument(
        "--participants", type=int, help=f"default: {plan.PARTICIPANTS}, quick {plan.QUICK_PARTICIPANTS}"
    )
    parser.add_argument(
        "--photographs", type=Path, metavar="DIR",
        help="CIFAR-10 as image files, train/CLASS/FILE and test/CLASS/FILE (extra: encoders)",
    )  # fmt: skip
    parser.add_argument("--labels", type=Path, metavar="FILE", help="what real people took them for (docs/eyes.md)")
    parser.add_argument("--docs", type=Path, metavar="DIR", help="write results.md and its figures here too")
    return parser.parse_args()


def _there(path: Path, option: str) -> Path:
    if not path.exists():
        raise UserError(f"{option} {path}: there is no such file or folder")
    return path.absolute()


def _reproduce(run: Run, docs: Path | None) -> int:
    from hill_exp.reproduce import archive, cells, page, texts

    run.out.mkdir(parents=True, exist_ok=True)
    if not run.files["texts"].exists():
        texts.write(run.files["texts"])
    cells.write(run.hypotheses, run.seed)
    failed = 0
    if not (run.store / "frozen").exists():
        frozen = ["-m", "analysis", "freeze", "--store", str(run.store), "--participants", str(run.participants)]
        failed |= run.tell("freeze", [*frozen, "--hypotheses", str(run.hypotheses)])
    for step in run.steps:
        if not run.missing(step):
            failed |= run.tell(step.name, run.command(step))
    stated = ["--hypotheses", str(run.hypotheses)]
    analysed = ["-m", "analysis", "--store", str(run.store), "--out", str(run.out / "report")]
    if run.tell("analysis", [*analysed, *stated]):
        return 1
    if run.apart.exists():
        analysed = ["-m", "analysis", "--store", str(run.apart), "--out", str(run.out / "report_apart")]
        failed |= run.tell("analysis apart", [*analysed, *stated, "--figure", "specification"])
    for written in page.write(run, [run.out, *([docs] if docs else [])]):
        print(written)
    for path in archive.pack(run.out):
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(exit_status.of(main))
