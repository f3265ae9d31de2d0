"""The architecture: imports run one way, and what must be quick does not load what is slow."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GROUPS = ("dataset", "model", "projection", "teacher", "metrics", "schedule", "tracking")
# Each layer may import those before it, within a layer no sibling.
LAYERS = [
    {"types", "rng"},
    {"exit_status", "person"},
    {"config", "torchvision_import", "embedder"},
    {"record"},
    {*GROUPS, "simulated_users"},
    {"loop"},
    {"study"},
    {"live"},  # the page trains in a process of its own
    {"command"},
    {"inventory", "tuned", "people", "__main__"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def _noun(module: str) -> str | None:
    """The part of the house that a module of ours belongs to."""
    parts = module.split(".")
    if parts[0] == "simulated_users":
        return "simulated_users"
    return parts[1] if parts[0] == "hill_exp" and len(parts) > 1 else None


def _imports(path: Path) -> set[str]:
    """Modules that a file imports, inside functions too, but not those for type checkers alone."""
    found = set[str]()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            return
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def _files(package: str) -> list[Path]:
    return [p for p in sorted((ROOT / package).rglob("*.py")) if "conf" not in p.relative_to(ROOT).parts]


@pytest.mark.parametrize(
    "path", [*_files("hill_exp"), *_files("simulated_users")], ids=lambda p: str(p.relative_to(ROOT))
)
def test_imports_run_one_way(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    own = _noun(module)
    if own is None or own == "__init__":
        return
    for imported in _imports(path):
        other = _noun(imported)
        if other is None or other == own or other == "__version__":
            continue
        same_layer_helper = RANK[other] == RANK[own] and not {own, other} & {*GROUPS, "simulated_users"}
        assert RANK[other] < RANK[own] or same_layer_helper, f"{module} imports {imported}"


def test_analysis_reads_records_and_imports_nothing_that_trains() -> None:
    allowed = {"record", "types", "config"}
    for path in _files("analysis"):
        nouns = {_noun(name) for name in _imports(path)} - {None, "__version__"}
        assert nouns <= allowed, f"{path.relative_to(ROOT)} imports {nouns - allowed}"


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("hill_exp.__main__", {"torch", "umap", "sklearn", "scipy", "matplotlib", "pandas", "wandb"}),
        ("hill_exp.study.run", {"torch", "umap", "sklearn", "scipy", "matplotlib", "pandas", "wandb"}),
        ("analysis.__main__", {"torch", "umap", "sklearn", "wandb", "torchvision"}),
    ],
)
def test_start_is_light(module: str, forbidden: set[str]) -> None:
    code = f"import {module}, sys; print(*sorted({forbidden!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []
