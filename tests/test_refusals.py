"""What can be refused before training is, in one sentence that names the key, and nothing is written."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import hill_exp, hill_exp_here

from hill_exp.loop.parts import Parts
from hill_exp.person import Crowd, Nobody, Perceives, Person, undeclared
from hill_exp.types import Edit

REFUSED = [
    (["dataset=null"], "dataset: there is no 'null'. Allowed: cifar10"),
    (["dataset=1"], "dataset: there is no '1'. Allowed: cifar10"),
    (["dataset=[digits]"], "dataset: must be one choice, by its name"),
    (["dataset=../model/mlp"], "dataset._target_ = hill_exp.model.mlp.Mlp: must name a class that derives from"),
    (["tracking=null"], "tracking: there is no 'null'. Allowed: tensorboard, wandb"),
    (["~dataset"], "dataset: is missing from the configuration, and every run needs it. Leave out ~dataset."),
    (["~training"], "training: is missing from the configuration"),
    (["~resume"], "resume: is missing from the configuration"),
    (["training=1"], "training = 1: must be settings"),
    (["page=1"], "page = 1: must be settings"),
    (["dataset._target_=builtins.dict"], "must name a class that derives from hill_exp.dataset.Dataset"),
    (["teacher._target_=builtins.dict"], "must name a class that derives from hill_exp.teacher.Teacher"),
    (["tracking._target_=builtins.dict"], "must name a class that derives from hill_exp.tracking.Tracker"),
    (["projection._target_=hill_exp.projection.Projection"], "is no choice by itself; it lacks raw"),
    (["user._target_=builtins.dict"], "user._target_ = builtins.dict: needs a method edit(view, rng)"),
    (["controls=[random,random]"], "controls: must name each user once; random stands there twice"),
    (["controls=[human]"], "controls: human cannot be one; a control is a simulated user"),
    (["controls=[nobody]"], "controls: there is no 'nobody'"),
    (["store="], "store: must name a folder"),
    (["participants=1000000000"], "participants = 1000000000: must be less than or equal to 1000000"),
    (["seed=2361183241434822606848"], "seed = 2361183241434822606848: must be less than"),
    (
        ["teacher=neighbour", "teacher.k=400"],
        "teacher.k = 400: must be below the number of canvas points",
    ),
    (["+foo=1"], "there is no 'foo'. Allowed: controls, dataset, device"),
    (["+people=nasa_tlx"], "there is no 'people'"),
    (["--resolve"], "--resolve flag can only be used"),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED, ids=[" ".join(arguments) for arguments, _ in REFUSED])
def test_it_is_refused_at_once_in_a_sentence(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    done = hill_exp_here("+user=oracle", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr and "Traceback" not in done.stderr
    assert not done.stderr.startswith(":") and "\n:" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_reader_who_goes_away_is_not_troubled(tmp_path: Path) -> None:
    import subprocess
    import sys

    script = f"{sys.executable} -m hill_exp --help | head -1"
    done = subprocess.run(script, shell=True, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
    assert done.stdout.startswith("Train models") and done.stderr == ""


def test_help_offers_groups_of_choices_only() -> None:
    printed = hill_exp("--help").stdout
    groups = {
        line.partition(":")[0] for line in printed.partition("(GROUP=NAME):")[2].partition("Change any")[0].split("\n")
    }
    assert {"dataset", "teacher", "user", "user/tools", "experiment", "tuned"} <= groups
    assert not {"hypotheses", "people", "hydra"} & groups


# --- what a person may be


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module with people of somebody's own."""
    import sys

    (tmp_path / "lab_people.py").write_text(
        textwrap.dedent(
            """
            from hill_exp.types import Edit

            class Plain:
                def edit(self, view, rng):
                    return Edit.of(view.positions, [])

            class Heir(Plain):
                pass

            class Forgetful(Plain):
                def recognise(self, sights, rng):
                    return sights.truth

            class Labeller:
                weight = 1.0

                def name_points(self, query, rng):
                    raise AssertionError

            class Population(Plain):
                def member(self, rng):
                    return self, {}
            """
        )
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield "lab_people"
    sys.modules.pop("lab_people", None)


@pytest.mark.parametrize("name", ["Plain", "Heir"])
def test_any_class_with_an_edit_is_a_person(name: str, lab: str, tiny_parts: object) -> None:
    parts = tiny_parts("+user=custom", f"user._target_={lab}.{name}")  # type: ignore[operator]
    assert isinstance(parts, Parts) and isinstance(parts.user, Person)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Forgetful", "Forgetful.recognise is called for a Perceives only; derive the class from hill_exp.person.Perc"),
        ("Population", "Population.member is called for a Crowd only"),
        (
            "Labeller",
            "Labeller: needs a method edit(view, rng) that gives an Edit, or to derive from hill_exp.person.N",
        ),
    ],
)
def test_a_role_that_is_not_declared_is_refused_and_not_passed_over(
    name: str, sentence: str, lab: str, tmp_path: Path
) -> None:
    done = hill_exp_here("+user=custom", f"user._target_={lab}.{name}", cwd=tmp_path)
    assert done.returncode == 2 and sentence in done.stderr


def test_roles_are_what_a_class_derives_from_and_not_what_it_looks_like() -> None:
    class Looks:
        def edit(self, view: object, rng: object) -> Edit:
            raise AssertionError

        def recognise(self, sights: object, rng: object) -> object:
            return sights

    looks = Looks()
    assert isinstance(looks, Person) and not isinstance(looks, Perceives | Crowd | Nobody)
    (sentence,) = undeclared(looks)
    assert sentence.startswith("Looks.recognise")


# --- choices of your own, and users swept over ----------------------------------------------------------------------


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a user of one's own, a choice in mine/user/, whose class is in a module beside it."""
    (tmp_path / "mine" / "user").mkdir(parents=True)
    (tmp_path / "mine" / "user" / "nearest.yaml").write_text(
        "# Nothing but a look.\n_target_: own_lab.Nearest\nshare: 1\n"
    )
    (tmp_path / "own_lab.py").write_text(
        "from hill_exp.types import Edit\nclass Nearest:\n    def __init__(self, share):\n        self.share = share\n"
        "    def edit(self, view, rng):\n        return Edit.of(view.positions, [])\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def told(*arguments: str, cwd: Path) -> list[str]:
    """The conditions that a command would run."""
    done = hill_exp_here(*arguments, "projection=pca", "plan=true", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return [line.partition(",")[0] for line in done.stdout.splitlines()]


def test_a_choice_of_ones_own_is_a_control_and_stands_in_the_lists(mine: Path) -> None:
    lines = told("+user=oracle", "controls=[none,nearest]", "--config-dir", "mine", cwd=mine)
    assert [line.partition(" ")[0].rpartition("-")[2] for line in lines] == ["oracle", "none", "nearest"]
    listed = hill_exp_here("--config-dir=mine", cwd=mine)
    assert listed.returncode == 2 and "  nearest         Nothing but a look." in listed.stderr
    assert ", neglectful" in (helped := hill_exp_here("--help", "--config-dir", "mine", cwd=mine).stdout)
    assert ", nearest, " in helped and ", nearest, " not in hill_exp_here("--help", cwd=mine).stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["+user=oracle", "controls=[neares]", "--config-dir", "mine"], "controls: there is no 'neares'. Did you mean"),
        (["+user=nearest", "user.shore=1", "--config-dir", "mine"], "no 'shore'. Did you mean share? Allowed: share"),
        (["+user=custom", "user._target_=own_lab.Nearest", "user.share=1"], "user.share: is a setting of your own"),
        (["+user=svc", "user.kost=1"], "user: there is no 'kost'. Did you mean cost? Allowed: cost, kernel, weight"),
        (["-m", "+user=oracle,none", "user.slips=0.1"], "user.slips: whoever sits there has no such setting"),
        (["-m", "+user=oracle,noisy", "user.slip=0.1"], "user: there is no 'slip'. Did you mean slips?"),
    ],
)  # fmt: skip
def test_a_setting_that_a_user_has_not_gets_a_sentence(arguments: list[str], sentence: str, mine: Path) -> None:
    done = hill_exp_here(*arguments, "projection=pca", "plan=true", cwd=mine)
    assert done.returncode == 2 and sentence in done.stderr and "Traceback" not in done.stderr


def test_what_is_wrong_in_a_job_of_a_sweep_is_a_sentence(tmp_path: Path) -> None:
    command = ["-m", "+user=oracle,noisy", "teacher.weight=${nothing}", "plan=true"]
    done = hill_exp_here(*command, cwd=tmp_path)
    assert done.returncode == 2 and "nothing" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("setting", ["user.slips=0.3", "user/tools=lasso", "user.rationality=2"])
def test_settings_of_users_hold_for_each_that_is_swept_over(setting: str, tmp_path: Path) -> None:
    one = [told(f"+user={user}", setting, "controls=[]", cwd=tmp_path) for user in ("oracle", "noisy")]
    assert told("-m", "+user=oracle,noisy", setting, "controls=[]", cwd=tmp_path) == one[0] + one[1]
    assert told("+user=oracle", "controls=[]", cwd=tmp_path) != one[0]
    swept = told("+user=oracle", "-m", "teacher.weight=1,2", setting, "controls=[]", cwd=tmp_path)
    assert swept[0] == one[0][0] and len(swept) == 2, "options may stand among the overrides"
