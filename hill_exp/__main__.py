"""The command line: `python -m hill_exp +user=NAME [key=value ...]`. Hydra's door, and the exit status."""

from __future__ import annotations

import os
import signal
import sys
import traceback

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # till main() can say what Ctrl-C leaves, it ends the program quietly

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from hill_exp import terminal
from hill_exp.command import help
from hill_exp.command.ask import Job, ask, users
from hill_exp.config.command_line import arranged, config_dir, overrides_of
from hill_exp.config.compose import check_overrides, complaint, searching
from hill_exp.config.folder import CONF
from hill_exp.slurm import QUEUE
from hill_exp.types import UserError

LAUNCHERS = ("joblib", "submitit", "ray")  # packages, whose errors tell that a job's process died
GOES_ON = "Finished participants are in the store; the same command goes on from there."


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def run(cfg: DictConfig) -> float:
    """One job: a condition, its controls, and the summary of both. Gives the objective of sweeps that tune."""
    from hill_exp.command.answer import answer

    now = HydraConfig.get()
    os.chdir(now.runtime.cwd)  # a job of Ray's stands where the cluster was started
    job = Job(
        {group: name or "" for group, name in now.runtime.choices.items()},
        list(now.overrides.task),
        now.mode == RunMode.MULTIRUN,
    )
    try:
        return answer(ask(OmegaConf.to_container(cfg, resolve=True), job))  # type: ignore[arg-type]
    except Exception as error:
        if not job.in_sweep:
            raise Unannounced(error) from None
        if isinstance(error, UserError | OmegaConfBaseException):  # told at once: Hydra waits for the end of the sweep
            print(_sentence(error), file=sys.stderr, flush=True)
        raise


class Unannounced(BaseException):
    """What a single job raised. Hydra repeats the overrides above every Exception, which helps in a sweep alone."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def _run() -> None:
    try:
        run()
    except Unannounced as raised:
        raise raised.error from None


def _sentence(error: BaseException) -> str:
    if isinstance(error, UserError):
        return str(error)
    with searching(config_dir(sys.argv[1:])):
        return complaint(error, overrides_of(sys.argv[1:]))


def _raised_by(error: BaseException) -> str:
    """The package whose code raised the error."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return str(frames[-1].f_globals.get("__name__", "")).partition(".")[0] if frames else ""


def _left_to_slurm() -> str:
    """What is to be said of SLURM's jobs, which a Ctrl-C does not reach."""
    arrays = sorted({job.partition("_")[0] for job in QUEUE.left()})
    if not arrays:
        return ""
    stop = f"scancel {' '.join(arrays)} stops it too"
    return f"SLURM goes on with the sweep; {stop}. Once its jobs are gone, the same command runs what is missing."


def _is_of_ctrl_c(error: BaseException | None) -> bool:
    """Also where an import made another error of it."""
    return error is not None and (
        isinstance(error, KeyboardInterrupt) or _is_of_ctrl_c(error.__cause__ or error.__context__)
    )


def main() -> int:
    """Exit status: 0 if every participant ended well, 1 if one failed, 2 for bad input, 130 after Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # the one that asyncio makes way for
    try:
        return _status()
    except BaseException as error:
        if not _is_of_ctrl_c(error):
            raise
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second one ends it at once
        end = _left_to_slurm() or f"Stopped. {GOES_ON}"
        print(f"\n{end}", file=sys.stderr)
        return 130


def _status() -> int:
    from hill_exp.study.provenance import keep_command
    from hill_exp.study.run import Failed

    terminal.ready()
    keep_command("hill_exp", sys.argv[1:])
    sys.argv[1:] = arranged(sys.argv[1:])
    if "HYDRA_FULL_ERROR" in os.environ:  # the developer wants tracebacks
        _run()
        return 0
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come here, to be told in a sentence
    if not any(word in argument for argument in sys.argv[1:] for word in ("user=", "arm=", "experiment=", "--")):
        print(users())
        return 2
    try:
        if {"--help", "-h"} & {*sys.argv[1:]}:
            print(help.text(sys.argv[1:]), flush=True)
            return 0
        check_overrides(sys.argv[1:])
        _run()
    except (UserError, HydraException, OmegaConfBaseException) as error:
        print(_sentence(error), file=sys.stderr)
        return 2
    except BrokenPipeError:
        return terminal.left()
    except OSError as error:
        print(f"{error.filename or 'A file that was written'}: {error.strerror or error}", file=sys.stderr)
        print(GOES_ON, file=sys.stderr)
        return 2
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    except Exception as error:
        if type(error).__module__.partition(".")[0] in LAUNCHERS:
            reason = str(error).strip().partition("\n")[0]
            print(f"A job of the sweep was lost: {type(error).__name__}: {reason}", file=sys.stderr)
            print("What it had finished is in the store; the same command goes on from there.", file=sys.stderr)
            return 1
        if _raised_by(error) == "hydra":  # which could not make sense of the command line
            print(_sentence(error), file=sys.stderr)
            return 2
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
