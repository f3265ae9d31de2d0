"""Run a condition from Python, as the command line does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hill_exp.command.answer import carry_out
from hill_exp.command.ask import Job, ask
from hill_exp.command.track import track
from hill_exp.config import compose
from hill_exp.library.results import Results
from hill_exp.record.store import Store
from hill_exp.study.provenance import keep_command
from hill_exp.study.workers import end_if_starting
from hill_exp.types import UserError


def run(
    *overrides: str,
    participants: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    store: Path | str | None = None,
    controls: Sequence[str] | None = None,
    config_dir: Path | str | None = None,
) -> Results:
    """Run a condition and its controls, as far as the store has them not, and give what came of it.

    overrides: as on the command line, "+user=biased", "teacher.weight=2"; but no experiment and no sweep, which are
    many conditions: call `run` for each, and `load` the store. What is not given is as `python -m hill_exp --help`
    says, so that the command and the call make the same records. config_dir: a folder with choices of your own,
    GROUP/NAME.yaml, as --config-dir.

    A script that calls it does so under `if __name__ == "__main__":`, since worker processes import the script. Raises
    UserError for what is wrong with the configuration or the data. A participant who failed is told of at once, and
    stands in the results with the reason.
    """
    end_if_starting()
    given = {"participants": participants, "seed": seed, "workers": workers, "store": store, "controls": controls}
    asked = [*overrides, *(f"{name}={_written(value)}" for name, value in given.items() if value is not None)]
    _check_one(asked)
    with compose.searching(Path(config_dir) if config_dir is not None else None):
        cfg, choices = compose.composed(*asked)
        request = ask(cfg, Job(choices, asked, in_sweep=False))
    keep_command("hill_exp", asked)
    kept = Store(request.plan.store)
    carry_out(request, kept)
    if request.tracker.is_on:
        track(request, kept)
    return Results(kept.path, tuple(condition.id for condition in request.conditions))


def _written(value: object) -> str:
    """A value as an override has it."""
    if isinstance(value, Path | str):
        return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"
    if isinstance(value, Sequence):
        return f"[{','.join(_written(item) for item in value)}]"
    return str(value)


def _check_one(overrides: Sequence[str]) -> None:
    """UserError for what asks for more than one condition, or is no override."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import OverrideParseException

    try:
        parsed = OverridesParser.create().parse_overrides(list(overrides))
    except OverrideParseException as error:
        raise UserError(
            f"{error.override}: is no override; must be as key=value or +user=NAME, and no option"
        ) from None
    for override in parsed:
        if override.is_sweep_override() or override.key_or_group == "experiment":
            raise UserError(
                f"{override.input_line}: asks for many conditions, and run takes one. Call it for each, and read them "
                "all with load(store); or run the sweep by python -m hill_exp"
            )
