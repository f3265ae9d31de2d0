"""The commands on the pages of the project are ones that the programs take, and what pages show or link to is there."""

from __future__ import annotations

import argparse
import importlib
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import synthetic
from hydra.core.override_parser.overrides_parser import OverridesParser
from images import levels, write_images
from omegaconf import OmegaConf
from vectors import write_vectors

from hill_exp.command.ask import Job, ask
from hill_exp.config import compose
from hill_exp.config.command_line import config_dir, overrides_of
from simulated_users.strategies import STRATEGIES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FILES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
RUN_ELSEWHERE = ("bring_your_own.md",)  # whose commands are run, with the files that they need, by a test of their own
PAGES = [path.read_text(encoding="utf-8") for path in FILES if path.name not in RUN_ELSEWHERE]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BEGINS = re.compile(r"(?:\.venv/bin/)?python -m |python benchmarks/|sh setup\.sh")
# What the reader has to fill in, or what an earlier command writes, and something that is there.
STANDS_FOR = {"...": "+user=oracle", "teacher=NAME": "teacher=triplet", "teacher.weight=...": "teacher.weight=1,3"}
STANDS_FOR |= {"+tuned=contrastive": "+tuned=photographs_contrastive", "device=cuda": "device=auto"}
PLUGINS = {
    "hydra/launcher=submitit_slurm": "submitit",
    "hydra/sweeper=tune": "optuna",
    "encoder=efficientnet_lite0": "efficientnet_lite_pytorch",
    "regime=photographs": "efficientnet_lite_pytorch",
    "encoder=timm": "timm",
    "tracking=tensorboard": "tensorboard",
}


def commands(page: str) -> Iterator[tuple[str, ...]]:
    """The words of every command on a page: in fenced blocks, indented lines, and between backticks."""
    fences = re.compile(r"^```[^\n`]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
    indented = re.compile(r"^    (.+)$", re.MULTILINE)
    lines = [line for block in fences.findall(page) for line in block.splitlines()]
    lines += indented.findall(page := fences.sub("", page))
    lines += [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", indented.sub("", page))]
    for command in (part.strip() for line in lines for part in line.split("&&")):
        if BEGINS.match(command):
            yield tuple(shlex.split(command.removeprefix(".venv/bin/"), comments=True))


COMMANDS = [words for page in PAGES for words in commands(page)]


def program(words: Sequence[str]) -> str:
    """Of a command: a module, a file of benchmarks/, or the script that sets the program up."""
    return words[2] if words[1] == "-m" else words[1]


# --- python -m hill_exp -----------------------------------------------------------------------------------------------


def jobs(overrides: Sequence[str]) -> list[list[str]]:
    """As many jobs as the longest sweep has alternatives, so that each alternative of each is in one."""
    sweeps = []
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        values = override.sweep_string_iterator() if override.is_sweep_override() else None
        line = str(override.input_line)
        sweeps.append([line] if values is None else [f"{override.get_key_element()}={value}" for value in values])
    return [[values[i % len(values)] for values in sweeps] for i in range(max(map(len, sweeps), default=0))]


def is_taken(words: Sequence[str]) -> None:
    """Every job of a command composes, and makes a request that is not refused."""
    words = [STANDS_FOR.get(word, word) for word in words[3:] if word not in ("-m", "--help")]
    given, folder = overrides_of(words), config_dir(words)
    for word in given:
        if word in PLUGINS and find_spec(PLUGINS[word]) is None:
            pytest.skip(f"{word}: the extra with {PLUGINS[word]} is not installed")
    if not given:  # lists the users, or the help
        return
    with compose.searching(folder):
        all_are_taken(given)


def all_are_taken(given: Sequence[str]) -> None:
    for job in jobs(given):
        sweeper = compose.with_hydra(*job).hydra.sweeper
        params = OmegaConf.to_container(sweeper.params) if sweeper.get("params") else {}
        assert isinstance(params, dict)
        if str(sweeper["_target_"]).endswith("BasicSweeper"):
            given_by_hand = {word.partition("=")[0] for word in job}  # what is given twice is as on the command line
            swept = [f"{key}={value}" for key, value in params.items() if key not in given_by_hand]
            for one in jobs([*job, *swept]):
                makes_a_request(one)
        else:  # draws the values itself
            makes_a_request(job)
            assert [key for key in params if OmegaConf.select(compose.with_hydra(*job), str(key)) is None] == []


def makes_a_request(job: Sequence[str]) -> None:
    cfg, names = compose.composed(*job)
    if names["user"] != "replay" and cfg["resume"] in ("auto", "new"):  # else the settings are those of a session file
        ask(cfg, Job(names, job, in_sweep=False))


# --- the other programs -----------------------------------------------------------------------------------------------


class Parsed(Exception):
    """The program's parser took its arguments."""


def parses(words: Sequence[str], patch: pytest.MonkeyPatch) -> None:
    """The program comes as far as to have parsed its arguments."""

    def stopping(parse: Callable[..., Any]) -> Callable[..., None]:
        def and_stop(self: argparse.ArgumentParser, *given: Any, **named: Any) -> None:
            parse(self, *given, **named)
            raise Parsed

        return and_stop

    for method in ("parse_args", "parse_intermixed_args"):
        patch.setattr(argparse.ArgumentParser, method, stopping(getattr(argparse.ArgumentParser, method)))
    with pytest.raises(Parsed):
        starts(words, patch)


def runs(words: Sequence[str], patch: pytest.MonkeyPatch) -> None:
    assert starts(words, patch) == 0


def starts(words: Sequence[str], patch: pytest.MonkeyPatch) -> Any:
    name = program(words)
    patch.setattr(sys, "argv", [name, *words[words.index(name) + 1 :]])
    if name.endswith(".py"):
        return runpy.run_path(str(ROOT / name), run_name="__main__")
    module = importlib.import_module(name)
    return (importlib.import_module(f"{name}.__main__") if hasattr(module, "__path__") else module).main()


def sets_up(words: Sequence[str]) -> None:
    """The script is one that a shell reads, and its arguments are extras."""
    assert set(words[2:]) <= set(PYPROJECT["project"]["optional-dependencies"])
    subprocess.run(["sh", "-n", words[1]], cwd=ROOT, check=True)


def has_marker(words: Sequence[str]) -> None:
    markers = [marker.partition(":")[0] for marker in PYPROJECT["tool"]["pytest"]["ini_options"]["markers"]]
    assert words[3:] in ((), *(("-m", marker) for marker in markers))


def ci_runs(words: Sequence[str]) -> None:
    assert f".venv/bin/{shlex.join(words)}" in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()


def check_of(words: Sequence[str], patch: pytest.MonkeyPatch) -> Callable[[], None]:
    """How a command is checked: run where that is quick, else as far as where it needs what takes time to make.
    KeyError for a program that nobody has said of how."""
    quick = program(words) in ("hill_exp.people", "analysis") and not {"serve", "--code", "--store"} & set(words)
    checks: Mapping[str, Callable[[], None]] = {
        "hill_exp": lambda: is_taken(words),
        "hill_exp.people": lambda: (runs if quick else parses)(words, patch),  # with a code it seats a person
        "hill_exp.inventory": lambda: runs(words, patch),
        "hill_exp.merge": lambda: parses(words, patch),  # needs two stores
        "hill_exp.tuned": lambda: runs(words, patch),
        "hill_exp.tune": lambda: parses(words, patch),
        "hill_exp.reproduce": lambda: parses(words, patch),  # takes an hour
        "analysis": lambda: (runs if quick else parses)(words, patch),  # a report takes half a minute
        "simulated_users.labels": lambda: (runs if "confusion" in words else parses)(
            words, patch
        ),  # of the others' files
        "simulated_users.check": lambda: parses(words, patch),  # as does fit
        "simulated_users.fit": lambda: parses(words, patch),  # needs the gestures of many sessions
        "benchmarks/interquartile.py": lambda: parses(words, patch),
        "benchmarks/canvas.py": lambda: parses(words, patch),
        "benchmarks/eyes.py": lambda: parses(words, patch),
        "benchmarks/people_at_once.py": lambda: parses(words, patch),
        "benchmarks/faults.py": lambda: parses(words, patch),
        "benchmarks/gestures.py": lambda: parses(words, patch),
        "benchmarks/lift.py": lambda: parses(words, patch),
        "benchmarks/memory.py": lambda: parses(words, patch),
        "benchmarks/null_studies.py": lambda: parses(words, patch),
        "benchmarks/participant.py": lambda: parses(words, patch),
        "benchmarks/projection.py": lambda: parses(words, patch),
        "benchmarks/recovery.py": lambda: parses(words, patch),
        "benchmarks/resume.py": lambda: parses(words, patch),
        "benchmarks/store.py": lambda: parses(words, patch),
        "benchmarks/throughput.py": lambda: parses(words, patch),
        "setup.sh": lambda: sets_up(words),
        "pytest": lambda: has_marker(words),
        "sphinx": lambda: ci_runs(words),  # takes a minute, and an extra
    }
    return checks[program(words)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that has what the commands name: images, vectors, stores, a population, a person, the studies."""
    folder = tmp_path_factory.mktemp("desk")
    write_images(folder / "DIR", levels(5))
    rows = [f"{name},{Path(name).parent.name}\n" for name in levels(5)]
    (folder / "labels.csv").write_text("image,person_1\n" + "".join(rows), encoding="utf-8")
    for name in ("FILE", "cancer", "texts"):
        write_vectors(folder / f"{name}.npz")
    synthetic.study(folder / "results", {"none": 0, "oracle": 0.1}, participants=2)
    synthetic.study(folder / "tuning", {"oracle": 0.1}, participants=2)
    (folder / "population.yaml").write_text("slips: {uniform: [0.0, 0.1]}\n", encoding="utf-8")
    (folder / "my_tracker.py").write_text(
        "from hill_exp.tracking import Tracker\nclass Lines(Tracker):\n    file: str\n    def on_start(self, run): 0\n",
        encoding="utf-8",
    )
    (folder / "mine" / "tracking").mkdir(parents=True)
    choice = "# Lines.\n_target_: my_tracker.Lines\nfile: lines.txt\n"
    (folder / "mine" / "tracking" / "lines.yaml").write_text(choice, encoding="utf-8")
    (folder / "my_module.py").write_text("class MyUser:\n    def edit(self, view, rng): ...\n", encoding="utf-8")
    shutil.copytree(ROOT / "conf", folder / "conf")
    return folder


@pytest.mark.parametrize("command", sorted({shlex.join(words) for words in COMMANDS}))
def test_a_command_is_one_that_its_program_takes(command: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    monkeypatch.syspath_prepend(str(desk))
    check_of(tuple(shlex.split(command)), monkeypatch)()


def test_no_command_is_passed_over() -> None:
    """As many are found as there are places that look like the beginning of one."""
    assert len(COMMANDS) == sum(len(BEGINS.findall(page)) for page in PAGES) > 60


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("python -m hill_exp +user=orcale", "orcale"),
        ("python -m hill_exp -m +user=oracle,biasd", "biasd"),
        ("python -m hill_exp -m +user=oracle teacher.weight=1,-1", "teacher.weight = -1"),
        ("python -m hill_exp +user=oracle teacher=triplet teacher.margn=1", "margn"),
        ("python -m hill_exp experiment=replicaton", "replicaton"),
        ("python -m hill_exp.people conf/people/absent.yaml", "absent.yaml"),
        ("python -m hill_exp.people conf/people/moves_or_labels.yaml --code P07 --prot 80", "--prot"),
        ("python -m hill_exp.people serve moves_or_labels --port 8000", "CODE"),
        ("python -m hill_exp.inventory --stroe results", "--stroe"),
        ("python -m hill_exp.tuned --store absent", "absent"),
        ("python -m analysis --store results", "--out"),
        ("python -m analysis power --effect -1", "--effect"),
        ("python -m simulated_users.fit --store results --output population.yaml", "--out"),
        ("python -m simulated_users.labels cifar10m CIFAR-10_human.pt --out labels.csv", "cifar10m"),
        ("python -m simulated_users.absent", "simulated_users.absent"),
        ("python benchmarks/recovery.py --person 200", "--person"),
        ("sh setup.sh deve", "deve"),
        ("python -m pytest -m slwo", "slwo"),
    ],
)
def test_a_wrong_command_would_be_noticed(
    command: str, complaint: str, desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(desk)
    (words,) = commands(f"`{command}`")
    with pytest.raises((Exception, SystemExit)) as error:
        check_of(words, monkeypatch)()
    assert complaint in f"{error.value} {error.value.__cause__} {capsys.readouterr().err}"


# --- what else the pages show -----------------------------------------------------------------------------------------


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_the_readme_has_its_two_commands_word_for_word() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert blocks == [
        "sh setup.sh && .venv/bin/python -m hill_exp +user=biased\n",
        "sh setup.sh dev && .venv/bin/python -m pytest\n",
    ]


def test_the_table_of_users_is_whole() -> None:
    table = page("users.md").partition("| user |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(compose.choices("user"))


def test_the_table_of_strategies_is_whole() -> None:
    table = page("users.md").partition("| strategy |")[2].partition("\n\n")[0]
    named = "".join(row.split("|")[1] for row in table.splitlines() if row.startswith("| `"))
    assert set(re.findall(r"`(\w+)`", named)) == set(STRATEGIES)


def test_the_table_of_teachers_is_whole() -> None:
    table = page("teaching.md").partition("| teacher |")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == set(compose.choices("teacher"))


def test_experiments_that_it_names_are_there() -> None:
    named = set(re.findall(r"\bdose_\w+|(?<=experiment=)\w+", page("studies.md")))
    assert named == set(compose.choices("experiment")) - {"photographs"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_a_page_shows_or_links_to_is_there(file: Path) -> None:
    """Pictures and pages; those that are made with the site aside."""
    links = re.findall(r"\]\(([^)\s#]+)[^)]*\)", file.read_text(encoding="utf-8"))
    local = {link for link in links if "://" not in link and not link.removeprefix("../").startswith("generated/")}
    assert {link for link in local if not (file.parent / link).exists()} == set()
    assert local or file.name != "README.md"
