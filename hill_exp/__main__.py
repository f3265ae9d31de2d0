"""The command line: `python -m hill_exp +user=NAME [key=value ...]`. The one place that knows Hydra."""

from __future__ import annotations

import math
import os
import re
import shutil
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, MissingConfigException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from hill_exp.config import build, compose, unknown, validate
from hill_exp.config.folder import CONF
from hill_exp.live.session import Session, read
from hill_exp.types import UserError

if TYPE_CHECKING:
    from hill_exp.live.host import Address
    from hill_exp.record.condition import Condition
    from hill_exp.record.store import Record, Store
    from hill_exp.study.run import Study

LAUNCHERS = ("joblib", "submitit", "ray")  # packages, whose errors tell that a job's process died
SIDE_BY_SIDE = ("joblib", "ray", "submitit_local")  # launchers that fill this machine with jobs: one worker each


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def run(cfg: DictConfig) -> float:
    """One job: a condition, its controls, and the summary of both. Gives the condition's mean validation accuracy, the
    objective of sweeps that tune (never the test set)."""
    try:
        return _run(OmegaConf.to_container(cfg, resolve=True), dict(HydraConfig.get().runtime.choices))  # type: ignore[arg-type]
    except (UserError, OmegaConfBaseException) as error:
        if HydraConfig.get().mode == RunMode.MULTIRUN:  # told at once: Hydra itself waits for the end of the sweep
            _tell(error)
        raise


def _run(cfg: Mapping[str, Any], choices: Mapping[str, str]) -> float:
    from hill_exp.command.summary import save_config, summarize
    from hill_exp.live.host import Address
    from hill_exp.live.recorded import as_recorded
    from hill_exp.record import inventory
    from hill_exp.record.store import Store
    from hill_exp.study import run as study_module
    from hill_exp.study.run import Failed, Study

    if "user" not in cfg:
        raise UserError(f"Who sits at the canvas? Say +user=NAME.\n\n{users()}")
    is_human, is_replay = choices["user"] == "human", choices["user"] == "replay"
    session, where = _session(cfg, choices["user"])
    if session:
        cfg, choices = as_recorded(session, cfg, choices, HydraConfig.get().overrides.task, where)
    settings = {name: cfg[name] for name in (*compose.GROUPS, "training")}
    tracking = build(cfg["tracking"], "tracking")
    address: Address = validate(Address, cfg["canvas"], "canvas")
    elsewhere = (*settings, "tracking", "experiment", "plan", "canvas", "resume", "session")
    study: Study = validate(Study, {name: value for name, value in cfg.items() if name not in elsewhere}, "")
    if study.workers is None and choices.get("hydra/launcher") in SIDE_BY_SIDE:
        study = study.model_copy(update={"workers": 1})
    device = resolve_device(study.device)
    names = {group: choices[group] for group in compose.GROUPS}
    if "custom" in names["user"]:
        names["user"] = str(settings["user"]["_target_"]).rpartition(".")[2]

    def condition(user: str, node: Mapping[str, Any]) -> Condition:
        return study_module.condition({**names, "user": user}, {**settings, "user": node}, device)

    if session and is_replay:
        names["user"] = f"replay-{session.who}"
    asked = condition(names["user"], settings["user"])
    if session and session.data != asked.data:
        other = f"{where} was recorded on other images ({session.data}) than these ({asked.data})"
        raise UserError(f"{other}. Say where the same ones lie with dataset.root=DIR.")
    controls = [
        condition(name, _same_tools(compose.settings("user", name, "controls"), settings["user"]))
        for name in study.controls
        if asked.looks and name != names["user"]
    ]
    store = Store(study.store)
    if cfg["plan"]:
        for each in (asked, *controls):
            print(inventory.line(store, each, study.seed, study.participants), flush=True)
        return math.nan
    store.open_for_writing()
    save_config(study.store, asked, cfg)
    seats: Sequence[int] = [session.participant] if session and is_replay else range(study.participants)
    if is_human:
        store.add_condition(asked)
        _seat(asked, store, study, address, session or cfg["resume"])
        seats = [p for p in seats if store.is_done(asked.content, study.seed, p)]
    records, ran = study_module.run([asked, *controls], study, seats)
    in_sweep = HydraConfig.get().mode == RunMode.MULTIRUN
    if ran or not in_sweep:  # in a sweep, work found done must cost next to nothing
        summarize(asked, controls, store, tracking, draw=not in_sweep)
    if is_human:
        told = "the same command seats the next" if len(seats) < study.participants else "that is all of them"
        print(f"{len(seats)} of {study.participants} participants; {told}")
    if session and is_replay:
        _warn_of_differences(session, store, [record for record in records if record.content == asked.content])
    if failed := sum(record.status == "failed" for record in records):
        raise Failed(f"{failed} of {len(records)} participants failed; run the same command to try them again")
    return statistics.fmean(r.outcome["validation_accuracy"] for r in records if r.content == asked.content)


def _session(cfg: Mapping[str, Any], user: str) -> tuple[Session | None, str]:
    """The recorded session that the command is about, if it is about one, and the config key that names it."""
    resume = cfg["resume"]
    if user != "replay" and cfg["session"] is not None:
        raise UserError("session: is played back by +user=replay; it is of no use to another user")
    if user != "human" and resume != "auto":
        raise UserError("resume: is for +user=human; what others have done is never done again")
    if user == "replay":
        return build(cfg["user"], "user").session, f"session = {cfg['session']}"
    if user == "human" and resume not in ("auto", "new"):
        return read(Path(str(resume)), "resume"), f"resume = {resume}"
    return None, ""


def _seat(asked: Condition, store: Store, study: Study, address: Address, resume: str | Session) -> None:
    from hill_exp.live.seat import seat
    from hill_exp.loop.parts import Parts
    from hill_exp.projection.umap import Umap
    from hill_exp.study import workers
    from hill_exp.study.run import Failed, check_against_data, command

    parts = Parts.of(asked.resolved)
    workers.context(isinstance(parts.projection, Umap))  # gets ready meanwhile
    check_against_data(parts)
    record = seat(asked, store, study.seed, study.participants, address, resume, command())
    if record and record.status == "failed":
        raise Failed(f"The session of participant {record.participant} ended badly: {record.reason}")


def _warn_of_differences(session: Session, store: Store, records: Sequence[Record]) -> None:
    from hill_exp.live.steps import differs

    for record in records:
        if (turn := session.first_difference(store.layouts(record)["shown"].tolist())) is not None:
            print(f"warning: {differs(turn)}", file=sys.stderr)


def _same_tools(control: Mapping[str, Any], asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """A control works with the tools of the person it stands beside."""
    return {**control, "tools": asked["tools"]} if "tools" in control and "tools" in asked else control


def resolve_device(device: str) -> str:
    """cpu or cuda. `auto` asks torch only where an NVIDIA driver is installed, so that elsewhere it costs nothing."""
    if device == "cpu" or (device == "auto" and shutil.which("nvidia-smi") is None):
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if device == "cuda":
        raise UserError("device=cuda: torch sees no GPU here. Use device=cpu, or install a CUDA build of torch.")
    return "cpu"


def users() -> str:
    """The users there are, one line each."""
    lines = [f"  {name:<15} {description}" for name, description in compose.choices("user").items()]
    return "\n".join(
        ["The users there are:", "", *lines, "", "For example: python -m hill_exp +user=biased",
         "Your own: python -m hill_exp +user=custom user._target_=my_module.MyUser"]
    )  # fmt: skip


def _tell(error: BaseException) -> None:
    print(_sentence(error), file=sys.stderr, flush=True)


def _sentence(error: BaseException) -> str:
    """What Hydra complains of as a sentence that names what there is; our own sentences as they are."""
    if isinstance(error, MissingConfigException) and error.missing_cfg_file and error.options:
        group, _, name = error.missing_cfg_file.rpartition("/")
        return unknown(name, list(error.options), group)
    if missing := re.search(r"full_key: (\S+)", f"{error}\n{error.__cause__}"):
        where, _, key = missing[1].rpartition(".")
        there = compose.keys(where)
        if key not in there:
            return unknown(key, there, where or "the configuration")
    return str(error).strip()


def main() -> int:
    """Exit status: 0 if every participant ended well, 1 if one failed, 2 for bad input, 130 after Ctrl-C."""
    from hill_exp.study.run import Failed, keep_command

    keep_command("hill_exp")
    if "HYDRA_FULL_ERROR" in os.environ:  # the developer wants tracebacks
        run()
        return 0
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come here, to be told in a sentence
    if not any(word in argument for argument in sys.argv[1:] for word in ("user=", "experiment=", "--")):
        print(users())
        return 2
    try:
        run()
    except (UserError, HydraException, OmegaConfBaseException) as error:
        _tell(error)
        return 2
    except OSError as error:
        print(f"{error.filename or 'A file that was written'}: {error.strerror or error}", file=sys.stderr)
        print("Finished participants are in the store; the same command goes on from there.", file=sys.stderr)
        return 2
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in LAUNCHERS:
            raise
        reason = str(error).strip().partition("\n")[0]
        print(f"A job of the sweep was lost: {type(error).__name__}: {reason}", file=sys.stderr)
        print("What it had finished is in the store; the same command goes on from there.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nStopped. Finished participants are in the store; the same command goes on from there.", file=sys.stderr
        )
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
