"""Worker processes of one thread each, kept as long as the program lives.

They are forked from one server process that has imported the libraries (`warm.py`) and what projections ask for
(`Projection.preload`), so a new worker is ready at once and umap is compiled once, not once a worker. pebble's pool
tells which job died with its worker, and goes on with the others; concurrent.futures would lose them all.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.forkserver
import multiprocessing.resource_tracker
import multiprocessing.util
import os
import signal
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

    from pebble import ProcessPool

# Small models gain little from a second thread, and two threads contending for a core lose 10 to 40 times.
_ENVIRONMENT = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
_ENVIRONMENT["NUMBA_THREADING_LAYER"] = "workqueue"  # the one that outlives a fork; GNU OpenMP ends the process

_pool: ProcessPool | None = None
_pool_workers = 0
_closing: multiprocessing.util.Finalize | None = None


def cores() -> int:
    """How many processors this process may use: the least of those that there are, its affinity, the quota of its
    container, and what a SLURM job was given."""
    from joblib import cpu_count  # knows all but SLURM

    given = os.environ.get("SLURM_CPUS_PER_TASK", "")
    return min([int(cpu_count()), *([int(given)] if given.isdecimal() and int(given) else [])])


def shared(workers: int, preload: Collection[str | None]) -> ProcessPool:
    """The program's pool; made at the first call, and again if another number of workers is asked for.

    preload: modules to be imported beforehand, as `Projection.preload` has them (for the first pool of the program;
    later ones are forked from the same server, and import what it lacks themselves).
    """
    global _pool, _pool_workers, _closing
    from pebble import CONSTS, ProcessPool

    CONSTS.term_timeout = 0.1  # s; a worker that SIGTERM does not reach has nothing to finish either

    if _pool is None or _pool_workers != workers or not _pool.active:
        close()
        _wait_less_for_the_dead()
        _pool = ProcessPool(max_workers=workers, context=context(preload), initializer=settle)
        _pool_workers = workers
        # A launcher's job is itself a process of multiprocessing (joblib's), which waits for its children before it
        # runs what atexit holds, where pebble would stop them.
        _closing = _closing or multiprocessing.util.Finalize(None, close, exitpriority=1)
    return _pool


def context(preload: Collection[str | None]) -> BaseContext:
    """Where new processes come from: the server, started if need be; a fresh interpreter where there is no forking."""
    os.environ |= _ENVIRONMENT  # before the server starts and imports anything
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    made = multiprocessing.get_context(method)
    if method == "forkserver":
        first = ("hill_exp.study.quiet", "hill_exp.study.warm")
        made.set_forkserver_preload([*first, *sorted({*filter(None, preload)})])
        left = _left_to_the_main_process()
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, left)  # tracker, server and workers inherit it
        multiprocessing.resource_tracker.ensure_running()  # which lets SIGTERM through again
        signal.pthread_sigmask(signal.SIG_BLOCK, left)
        multiprocessing.forkserver.ensure_running()  # it gets ready while the caller goes on
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return made


def _left_to_the_main_process() -> set[signal.Signals]:
    """Signals that the main process does not die of. A cluster sends them to all of a job's processes: to say that its
    time runs out, upon which submitit has the job queued again, and half a minute before it ends them."""
    return {each for each in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2) if callable(signal.getsignal(each))}


def end_if_starting() -> None:
    """End this process, if it is one that is about to become a worker and imports the script that started the program:
    where the script's call stands unguarded, each worker would start the program again, and none would ever work."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):  # as multiprocessing itself finds out
        os._exit(1)


INTERRUPTS: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM) if sys.platform != "win32" else (signal.SIGTERM,)


def was_interrupted(exitcode: int | None) -> bool:
    """Whether a process was ended by a signal that asks a program to stop, and so has not failed."""
    return exitcode is not None and -exitcode in INTERRUPTS


def how_it_ended(exitcode: int | None) -> str:
    """The end of a process in words, with the cause as far as it can be known."""
    if exitcode is None or exitcode >= 0:
        return f"exit code {exitcode}"
    by = f"killed by signal {-exitcode}"
    if was_interrupted(exitcode):
        return f"{by}, from outside: by hand, or by a cluster at the end of its time"
    if sys.platform != "win32" and -exitcode == signal.SIGKILL:
        return f"{by}, as the system does where memory runs out; then try workers=1"
    return by


def close() -> None:
    """Stop the workers at once, whatever they do."""
    global _pool
    if _pool is not None:
        _pool.stop()
        _pool.join()
        _pool = None


def _wait_less_for_the_dead() -> None:
    """A worker that dies while it fetches its job leaves a lock behind, for which pebble would wait a minute, twice. It
    is held for milliseconds."""
    from pebble import CONSTS

    CONSTS.channel_lock_timeout = 20


def settle() -> None:
    """In each worker: leave Ctrl-C to the main process, which stops the pool; and end by the signal that says so, which
    pebble would make an exit code of."""
    _wait_less_for_the_dead()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
