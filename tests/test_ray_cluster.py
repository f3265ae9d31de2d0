"""A sweep on a Ray cluster of two nodes that runs already."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import TINY

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="the extra ray is not installed"),
]

CLUSTER = """
import sys
from ray.cluster_utils import Cluster

cluster = Cluster(shutdown_at_exit=True)
for _ in range(2):
    cluster.add_node(num_cpus=1, object_store_memory=80_000_000, include_dashboard=False)
cluster.wait_for_nodes()
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""
MEETS = """
import pathlib, time
from hill_exp.types import Edit

class Meets:
    def __init__(self, number):
        self.number = number

    def edit(self, view, rng):
        here = pathlib.Path({folder!r})
        (here / f"met-{{self.number}}").touch()
        for _ in range(2000):
            if len(list(here.glob("met-*"))) == 2:
                return Edit.of(view.positions, [])
            time.sleep(0.1)
        raise TimeoutError("alone")
"""


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a cluster of two nodes of one core each, started in a folder of its own."""
    folder = tmp_path_factory.mktemp("cluster")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", CLUSTER], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            text=True,
        )  # fmt: skip
    with process:
        assert process.stdin and process.stdout
        yield process.stdout.readline().strip()
        process.stdin.close()


def test_jobs_run_on_both_nodes_at_once_and_write_where_the_command_was_given(address: str, tmp_path: Path) -> None:
    assert address, "the cluster does not come up"
    (tmp_path / "meeting.py").write_text(MEETS.format(folder=str(tmp_path)))
    done = subprocess.run(
        [
            sys.executable, "-m", "hill_exp", "-m", "+user=custom", "user._target_=meeting.Meets", "+user.number=0,1",
            *TINY, "projection=pca", "participants=1", "controls=[]", "hydra/launcher=ray_cluster",
            f"hydra.launcher.ray.init.address={address}",
        ],
        capture_output=True, text=True, timeout=400, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "results" / "records").glob("*/*.json"))) == 2
