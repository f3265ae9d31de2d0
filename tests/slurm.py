"""A SLURM cluster of two nodes on this machine, without accounting, as long as a test needs it.

Its daemons are started by the present user from a folder of their own: no systemd, nothing installed is configured.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue", "scancel")
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])  # where Debian has the daemons

# Tasks are bound to nothing and processes are followed by their parents, since a container may have no cgroups of its
# own. What takes minutes on a real cluster is short here: how long a job may take to end (KillWait), and how long a
# requeued one is held back (cred_expire).
CONFIGURATION = """\
ClusterName=hill
SlurmctldHost=localhost
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={ports[0]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/affinity
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=5
MinJobAge=60
NodeName=one NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[1]} CPUs=2 State=UNKNOWN
NodeName=two NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[2]} CPUs=2 State=UNKNOWN
PartitionName=usual Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=2
"""


def missing() -> list[str]:
    """The programs that a cluster needs and this machine lacks."""
    return [program for program in PROGRAMS if shutil.which(program, path=_PATH) is None]


@contextmanager
def cluster(folder: Path) -> Iterator[dict[str, str]]:
    """A cluster that lives in a new folder. Gives the environment in which SLURM's commands reach it."""
    folder.mkdir(mode=0o755)
    for part in ("state", "one", "two"):
        (folder / part).mkdir()
    configuration = folder / "slurm.conf"
    configuration.write_text(CONFIGURATION.format(user=getpass.getuser(), folder=folder, ports=_free_ports(3)))
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    environment = {**os.environ, "PATH": _PATH, "SLURM_CONF": str(configuration)}
    with ExitStack() as stack:

        def start(name: str, *command: str) -> None:
            log = stack.enter_context((folder / f"{name}.log").open("wb"))
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
            stack.callback(_end, process)

        munge = {each: folder / f"munge.{each}" for each in ("socket", "pid", "seed", "log")}
        start("munged", "munged", "--foreground", "--force", f"--key-file={key}", f"--socket={munge['socket']}",
              f"--pid-file={munge['pid']}", f"--seed-file={munge['seed']}", f"--log-file={munge['log']}")  # fmt: skip
        start("slurmctld", "slurmctld", "-D", "-f", str(configuration))
        for node in ("one", "two"):
            start(node, "slurmd", "-D", "-N", node, "-f", str(configuration))
        _wait_for_nodes(folder, environment)
        yield environment
        subprocess.run(["scancel", "--user", getpass.getuser()], env=environment, check=False)
        _wait_for_empty_queue(environment)


def _wait_for_nodes(folder: Path, environment: dict[str, str]) -> None:
    for _ in range(120):
        listed = subprocess.run(
            ["sinfo", "--noheader", "--Node", "--partition=usual", "--format=%t"],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if listed.stdout.split() == ["idle", "idle"]:
            return
        time.sleep(0.5)
    logs = "\n".join(log.read_text(errors="replace")[-2000:] for log in sorted(folder.glob("*.log")))
    raise TimeoutError(f"the cluster does not come up:\n{listed.stdout}{listed.stderr}\n{logs}")


def _wait_for_empty_queue(environment: dict[str, str]) -> None:
    for _ in range(60):
        queue = subprocess.run(["squeue", "--noheader"], env=environment, capture_output=True, text=True, check=False)
        if not queue.stdout.strip():
            return
        time.sleep(0.5)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
