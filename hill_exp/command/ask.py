"""What a command asks for, as one frozen request: all that can be refused is refused before anything is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hill_exp.command.seats import Live, Recorded, Seat, Simulated
from hill_exp.config import build, compose, unknown, validate
from hill_exp.config.groups import CHOICES, SETTINGS
from hill_exp.live.replay import Replay
from hill_exp.record.condition import PLACES, Condition
from hill_exp.study.check import check
from hill_exp.study.plan import Plan, resolve_device
from hill_exp.tracking import Tracker
from hill_exp.types import UserError

if TYPE_CHECKING:
    from hill_exp.live.session import Session

SIDE_BY_SIDE = (
    "joblib",
    "ray",
    "ray_cluster",
    "submitit_local",
)  # launchers that fill this machine with jobs: one worker each
NO_CONTROLS = ("custom", "human", "replay")
BESIDE_THE_PLAN = (*SETTINGS, "tracking", "experiment", "plan", "page", "resume", "session")  # keys of the top level


@dataclass(frozen=True)
class Job:
    """What Hydra says of the job beside its configuration."""

    choices: Mapping[str, str]  # group -> name of the choice
    overrides: Sequence[str]  # of the command line, key=value
    in_sweep: bool


@dataclass(frozen=True)
class Request:
    """All that is asked for. Nothing has been done yet but reading."""

    condition: Condition
    controls: tuple[Condition, ...]
    plan: Plan
    seat: Seat
    tracker: Tracker
    in_sweep: bool
    only_tell: bool  # what of it is done, and run nothing
    cfg: Mapping[str, Any]  # the configuration, every value of it

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return (self.condition, *self.controls)


def ask(cfg: Mapping[str, Any], job: Job) -> Request:
    """The request of a configuration. UserError for the first thing wrong with it."""
    if "user" not in cfg:
        raise UserError(f"Who sits at the canvas? Say +user=NAME, or arm=NAME.\n\n{users()}")
    _check_keys(cfg)
    _check_choices(job.choices)
    choices = job.choices
    seat = _seat(cfg, choices)
    if session := _session(seat):
        from hill_exp.live.recorded import as_recorded

        key = "session" if isinstance(seat, Recorded) else "resume"
        where = f"{key} = {cfg[key]}"
        cfg, choices = as_recorded(session, cfg, choices, job.overrides, where)
        if isinstance(seat, Recorded):
            choices = {**choices, "user": f"replay-{session.who}"}
    plan = _plan(cfg, choices)
    device = resolve_device(plan.device)
    condition = check(choices, cfg, device)
    if session and session.data != condition.data:
        keys = [f"dataset.{place}" for place in PLACES["dataset"] if place in cfg["dataset"]]
        hint = f" Say where the same lie with {keys[0]}=PLACE." if keys else ""
        raise UserError(f"{where} was recorded on other data ({session.data}) than these ({condition.data}).{hint}")
    controls = [
        check({**choices, "user": name, "arm": ""}, {**cfg, "user": _control(name, cfg["user"])}, device)
        for name in plan.controls
        if condition.asked and name != choices["user"]
    ]
    tracker: Tracker = build(_node(cfg, "tracking"), "tracking", Tracker)
    tracker.check()
    return Request(condition, tuple(controls), plan, seat, tracker, job.in_sweep, bool(cfg["plan"]), cfg)


def users() -> str:
    """The users there are, one line each, and how to choose one."""
    lines = [f"  {name:<15} {description}" for name, description in compose.choices("user").items()]
    return "\n".join(
        ["The users there are:", "", *lines, "", "For example: python -m hill_exp +user=biased",
         "Your own: python -m hill_exp +user=custom user._target_=my_module.MyUser"]
    )  # fmt: skip


def _check_keys(cfg: Mapping[str, Any]) -> None:
    allowed = (*Plan.model_fields, *BESIDE_THE_PLAN)
    for key in cfg:
        if key not in allowed:
            raise UserError(unknown(key, allowed, ""))
    for key in allowed:
        if key not in cfg and key != "experiment":
            raise UserError(f"{key}: is missing from the configuration, and every run needs it. Leave out ~{key}.")


def _check_choices(choices: Mapping[str, str]) -> None:
    for group in CHOICES:
        if group not in choices:  # given as a list, or as values
            shipped = ", ".join(compose.choices(group))
            raise UserError(f"{group}: must be one choice, by its name, as {group}=NAME. Allowed: {shipped}")


def _node(cfg: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    if not isinstance(cfg[key], Mapping):
        raise UserError(f"{key} = {cfg[key]}: must be settings. Allowed: {', '.join(compose.keys(key))}")
    return cfg[key]


def _plan(cfg: Mapping[str, Any], choices: Mapping[str, str]) -> Plan:
    plan: Plan = validate(Plan, {name: cfg[name] for name in Plan.model_fields}, "")
    if plan.workers is None and choices.get("hydra/launcher") in SIDE_BY_SIDE:
        return plan.model_copy(update={"workers": 1})
    return plan


def _seat(cfg: Mapping[str, Any], choices: Mapping[str, str]) -> Seat:
    """Who takes part: a real person now, a recorded one, or else simulated ones."""
    from hill_exp.live.host import Address
    from hill_exp.live.session import read

    page: Address = validate(Address, _node(cfg, "page"), "page")
    resume, is_human, is_replay = cfg["resume"], choices["user"] == "human", choices["user"] == "replay"
    if not is_replay and cfg["session"] is not None:
        raise UserError("session: is played back by +user=replay; it is of no use to another user")
    if not is_human and resume != "auto":
        raise UserError("resume: is for +user=human; what others have done is never done again")
    if is_replay:
        return Recorded(build(_node(cfg, "user"), "user", Replay).session)
    if is_human:
        return Live(page, resume if resume in ("auto", "new") else read(Path(str(resume)), "resume"))
    return Simulated()


def _session(seat: Seat) -> Session | None:
    """The recorded session that the command is about, if it is about one."""
    match seat:
        case Recorded(session):
            return session
        case Live(_, resume) if not isinstance(resume, str):
            return resume
    return None


def _control(name: str, user: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings of a control, which works with the tools of the person that it stands beside."""
    if name in NO_CONTROLS:
        raise UserError(f"controls: {name} cannot be one; a control is a simulated user, as none or placebo")
    node = compose.settings("user", name, "controls")
    return {**node, "tools": user["tools"]} if "tools" in node and "tools" in user else node
