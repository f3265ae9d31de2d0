"""The architecture: imports run one way, in Python and in the page, and what must be quick loads nothing slow."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("hill_exp", "simulated_users", "analysis", "benchmarks")
ROLES = {"dataset", "encoder", "model", "projection", "teacher", "schedule", "metrics", "tracking", "simulated_users"}
# Rooms of hill_exp, and the packages beside it. Each may import from the layers before its own, and of its own layer
# from itself alone.
LAYERS = [
    {"types", "rng", "terminal", "cache_folder", "slurm"},
    {"exit_status", "person"},
    {"config", "torchvision_import", "embedder", "company"},
    {"record"},
    ROLES,
    {"testing", "loop", "analysis"},
    {"analysis.people"},
    {"study"},
    {"live"},  # the page trains in a process of its own
    {"command"},
    {"library"},
    {"inventory", "merge", "tuned", "tune", "people", "script", "reproduce", "__main__"},
    {"benchmarks"},
]
RANK = {room: rank for rank, rooms in enumerate(LAYERS) for room in rooms}
# Beyond that, rooms that keep to a few.
READS_RECORDS = {"record", "types", "config", "exit_status", "terminal"}
ONLY = {
    "analysis": READS_RECORDS,
    "analysis.people": {*READS_RECORDS, "analysis", "simulated_users"},
    "simulated_users": {"types", "person", "config", "exit_status"},
    "testing": {"types", *ROLES - {"simulated_users", "tracking"}},
}
# Doors of a command and of the library, the only files outside that import analysis: the packages would hang on each
# other.
DOORS = {
    "simulated_users/check.py", "simulated_users/fit.py", "hill_exp/library/results.py", "hill_exp/reproduce/found.py",
}  # fmt: skip

Graph = Mapping[str, set[str]]


def files(root: Path) -> dict[str, Path]:
    """Dotted name -> file of every module of ours below `root`."""
    modules = {}
    for path in sorted(path for package in PACKAGES for path in (root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return modules


def imports(path: Path, package: str) -> set[str]:
    """What a file of `package` imports, inside functions too, but not for type checkers alone."""
    names = set[str]()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            names.update(".".join([*above, *filter(None, [node.module]), alias.name]) for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return names


def graph(root: Path) -> Graph:
    """Module -> the modules of ours that it imports."""
    modules = files(root)
    edges = {}
    for name, path in modules.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        wanted = {module_of(imported, modules) for imported in imports(path, package)}
        edges[name] = {module for module in wanted if module is not None} - {name}
    return edges


def module_of(imported: str, modules: Mapping[str, Path]) -> str | None:
    """The module that a dotted name lies in; None for what is not ours."""
    while imported and imported not in modules:
        imported = imported.rpartition(".")[0]
    return imported or None


def room(module: str) -> str | None:
    """The room that a module of hill_exp lies in, or the package beside it; None for hill_exp itself."""
    package, *rest = module.split(".")
    if module.startswith("analysis.people"):
        return "analysis.people"
    return package if package != "hill_exp" else rest[0] if rest else None


def wrong_imports(root: Path) -> Iterator[str]:
    """A sentence for every import that runs the wrong way."""
    modules = files(root)
    for module, wanted in graph(root).items():
        if (importer := room(module)) is None:
            continue
        if importer not in RANK:
            yield f"{module}: its room has no layer"
            continue
        file = modules[module].relative_to(root).as_posix()
        for imported in sorted(wanted):
            if why := _why_wrong(importer, room(imported), file):
                yield f"{module} imports {imported}: {why}"


def _why_wrong(importer: str, imported: str | None, file: str) -> str:
    """Of two rooms; empty where the import is right."""
    if imported is None or imported == importer or file in DOORS:
        return ""
    if imported.partition(".")[0] == "analysis" and importer not in ("analysis.people", "benchmarks"):
        return "nothing hangs on analysis"
    if importer in ONLY and imported not in ONLY[importer]:
        return f"{importer} keeps to {', '.join(sorted(ONLY[importer]))}"
    return "a layer imports those below it alone" if RANK.get(imported, 0) >= RANK[importer] else ""


def circle(of: Graph) -> list[str]:
    """The nodes of a circle, the first again at its end; none where everything runs one way."""
    try:
        TopologicalSorter(of).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def packages(of: Graph) -> Graph:
    """The same with packages for modules, less the doors."""
    doors = {file.removesuffix(".py").replace("/", ".") for file in DOORS}
    edges: dict[str, set[str]] = {}
    for module, wanted in of.items():
        package = module.partition(".")[0]
        others = {imported.partition(".")[0] for imported in wanted} if module not in doors else set()
        edges.setdefault(package, set()).update(others - {package})
    return edges


def page_graph(page: Path) -> Graph:
    """Script of the page -> those that it imports when it runs, not in comments for the type checker."""
    comment = re.compile(r"/\*.*?\*/|^\s*//.*?$", re.DOTALL | re.MULTILINE)
    static = re.compile(r"^(?:import|export)\s+(?:[^;'\"()]*?\bfrom\s+)?'(\.{1,2}/[^']+)'", re.MULTILINE)
    dynamic = re.compile(r"\bimport\('(\.{1,2}/[^']+)'\)")
    scripts = {path.relative_to(page).as_posix(): path for path in sorted(page.rglob("*.js"))}
    edges = {}
    for name, path in scripts.items():
        text = comment.sub("", path.read_text(encoding="utf-8"))
        wanted = [*static.findall(text), *dynamic.findall(text)]
        edges[name] = {(path.parent / other).resolve().relative_to(page.resolve()).as_posix() for other in wanted}
    return edges


def test_imports_run_one_way() -> None:
    assert list(wrong_imports(ROOT)) == []


def test_no_import_runs_in_a_circle() -> None:
    assert circle(graph(ROOT)) == []
    assert circle(packages(graph(ROOT))) == []


def test_every_file_is_seen() -> None:
    of = graph(ROOT)
    assert {module.partition(".")[0] for module in of} == set(PACKAGES)
    assert {room(module) for module in of} - {None} == set(RANK)
    assert "hill_exp.record.condition" in of["analysis.tables"] and "hill_exp.study.job" in of["benchmarks.participant"]


def test_roles_are_siblings_and_the_basic_nouns_lie_lowest() -> None:
    assert len({RANK[role] for role in ROLES}) == 1
    assert max(RANK["person"], RANK["exit_status"]) < min(RANK[name] for name in ("config", "record", *ROLES))


def test_scripts_of_the_page_import_one_way() -> None:
    of = page_graph(ROOT / "hill_exp" / "live" / "page")
    assert set().union(*of.values()) <= set(of)
    assert circle(of) == []
    begins = {script for script in of if not any(script in wanted for wanted in of.values())}
    assert begins == {"main.js"}, "every script but the first is imported"


def test_tests_import_helpers_and_no_tests() -> None:
    imported = {name.partition(".")[0] for path in (ROOT / "tests").glob("*.py") for name in imports(path, "")}
    assert not [name for name in imported if name.startswith("test_")]


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("hill_exp/teacher/planted.py", "import hill_exp.projection.umap", "those below it alone"),
        ("hill_exp/dataset/planted.py", "def f():\n    from hill_exp.model import Model", "those below it alone"),
        ("hill_exp/metrics/planted.py", "from ..schedule import Schedule", "those below it alone"),
        ("simulated_users/planted.py", "from hill_exp.teacher.ops import unit", "simulated_users keeps to"),
        ("hill_exp/projection/planted.py", "from simulated_users import person", "those below it alone"),
        ("hill_exp/person.py", "from hill_exp import config", "those below it alone"),
        ("hill_exp/loop/planted.py", "from hill_exp import study", "those below it alone"),
        ("hill_exp/study/planted.py", "import analysis.tables", "nothing hangs on analysis"),
        ("simulated_users/planted.py", "from analysis import tables", "nothing hangs on analysis"),
        ("analysis/planted.py", "from hill_exp.loop import run", "analysis keeps to config"),
        ("hill_exp/testing/planted.py", "from hill_exp.rng import stream", "testing keeps to"),
        ("hill_exp/record/planted.py", "from benchmarks import people", "those below it alone"),
        ("hill_exp/attic/planted.py", "", "its room has no layer"),
        ("hill_exp/teacher/planted.py", "if TYPE_CHECKING:\n    from hill_exp.loop import run", None),
        ("benchmarks/planted.py", "import analysis.tables, hill_exp.study.run", None),
    ],
)
def test_a_wrong_import_is_noticed(file: str, text: str, complaint: str | None, tmp_path: Path) -> None:
    for module in ("hill_exp/projection/umap", "hill_exp/model/base", "hill_exp/teacher/ops", "hill_exp/study/run",
                   "hill_exp/loop/run", "hill_exp/schedule/base", "hill_exp/config/schema", "analysis/tables",
                   "simulated_users/person", "benchmarks/people", "hill_exp/rng"):  # fmt: skip
        path = tmp_path / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        (path.parent / "__init__.py").touch()
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text, encoding="utf-8")
    complaints = list(wrong_imports(tmp_path))
    assert complaints == [] if complaint is None else len(complaints) == 1 and complaint in complaints[0]


def test_a_circle_is_noticed(tmp_path: Path) -> None:
    for name, text in {
        "main.js": "import { a } from './a.js';\n",
        "a.js": "import {\n  b,\n} from './b.js';\n/** @typedef {import('./main.js').Main} Main */\n",
        "b.js": "export { c } from './inner/c.js';\nexport function f(/** @type {import('./types').T} */ t) {}\n",
        "inner/c.js": "const a = () => import('../a.js');\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert set(circle(page_graph(tmp_path))) == {"a.js", "b.js", "inner/c.js"}
    (tmp_path / "inner" / "c.js").write_text("// const a = () => import('../a.js');\n", encoding="utf-8")
    assert circle(page_graph(tmp_path)) == []
    both = {"hill_exp.study.run": {"analysis.tables"}, "analysis.tables": {"hill_exp.types"}, "hill_exp.types": set()}
    assert set(circle(packages(both))) == {"hill_exp", "analysis"}


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("hill_exp", {"torch", "numpy", "hydra", "pydantic"}),
        ("hill_exp.__main__", {"torch", "umap", "sklearn", "scipy", "matplotlib", "pandas", "wandb"}),
        ("hill_exp.study.run", {"torch", "umap", "sklearn", "scipy", "matplotlib", "pandas", "wandb"}),
        ("analysis.__main__", {"torch", "umap", "sklearn", "wandb", "torchvision"}),
    ],
)
def test_start_is_light(module: str, forbidden: set[str]) -> None:
    code = f"import {module}, sys; print(*sorted({forbidden!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []
