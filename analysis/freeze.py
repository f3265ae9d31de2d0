"""python -m analysis freeze: what is planned, written into the store before there are data, and held against it after.

store/frozen/plan.json              hypotheses (their files' text), planned n, stopping rule, exclusions, the
                                    program, and SHA-256 of every file of the hypotheses and of the analysis
store/frozen/preregistration.md     the same in the fields of an OSF preregistration, to be posted there
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from analysis.kept_metric import KeptMetric, named, sources
from hill_exp.config.folder import HYPOTHESES
from hill_exp.record.files import write_whole
from hill_exp.types import UserError

if TYPE_CHECKING:
    from analysis.hypotheses import Hypothesis
    from analysis.tables import Tables
    from hill_exp.record.store import Store

ANALYSIS: Final = Path(__file__).parent
STOPPING_RULE: Final = (
    "A fixed number of participants, {participants} in each condition. Nobody looks at a test before all of them are "
    "in the store, and none is added after: adding participants until a test says so would raise its error rate."
)
EXCLUSIONS: Final = (
    "None by outcome. A participant whose run failed under a condition has no value there; how many there are is told."
)


@dataclass(frozen=True)
class Plan:
    """What was fixed, and when. `hypotheses`: text by file name; `hashes`: SHA-256 by the name of a file, as
    "hypotheses/h1.yaml", "analysis/stats.py" or "metrics/brier"."""

    frozen: str  # ISO time, UTC
    participants: int  # planned, in each condition
    stopping_rule: str
    exclusions: str
    program: Mapping[str, Any]  # hill_exp.record.program
    hypotheses: Mapping[str, str]
    hashes: Mapping[str, str]


@dataclass(frozen=True)
class Standing:
    """How a store and this analysis stand to the plan that was frozen."""

    plan: Plan
    changed: Sequence[str] = ()  # files of hypotheses and analysis that are others, new or gone
    late: str = ""  # when the first record was finished, where that was before the freezing
    participants: Mapping[str, int] = field(default_factory=dict)  # of a dataset, where they are not as many as planned

    def sentences(self) -> list[str]:
        """For the page and the terminal."""
        plan = self.plan
        commit = str(plan.program.get("commit", ""))[:12]
        by = f" by commit {commit}{' with changes' if plan.program.get('dirty') else ''}" if commit else ""
        told = [
            f"Hypotheses and analysis were frozen on {_day(plan.frozen)}{by}, for {plan.participants} participants."
        ]
        if self.late:
            told.append(f"That was after the first record was finished ({_day(self.late)}): not before the data.")
        if self.changed:
            told.append(f"Since then changed: {', '.join(self.changed)}.")
        if self.participants:
            there = ", ".join(f"{n} on {dataset}" for dataset, n in self.participants.items())
            told.append(f"Not as many participants as planned: {there}.")
        if len(told) == 1:
            told.append("All is as it was frozen, before the first record.")
        return told


NOT_FROZEN: Final = (
    "Nothing was frozen: that hypotheses, number of participants and analysis were fixed before the data cannot be "
    "checked (python -m analysis freeze)."
)


def main(arguments: Sequence[str]) -> int:
    """Write the plan, print where it lies, and return 0; UserError where the user can put something right."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis freeze",
        description="Fix hypotheses, number of participants and analysis in a store, before there are data in it.",
    )
    parser.add_argument("--store", type=Path, required=True, metavar="DIR", help="folder that the records will lie in")
    parser.add_argument("--participants", type=int, required=True, metavar="N", help="planned, in each condition")
    parser.add_argument("--hypotheses", type=Path, default=HYPOTHESES, metavar="DIR", help="default: conf/hypotheses")
    parser.add_argument(
        "--exclusions", default=EXCLUSIONS, metavar="TEXT", help="whom the analysis will leave out, why"
    )
    parser.add_argument(
        "--metric", metavar="CLASS", action="append", default=[], help="a metric of your own that will be analysed"
    )
    options = parser.parse_args(arguments)
    if options.participants < 2:
        raise UserError(f"--participants {options.participants}: must be 2 or more, or there is nothing to test")

    from hill_exp.record.store import Store

    store = Store(options.store)
    folder = freeze(store, options.hypotheses, options.participants, options.exclusions, named(options.metric))
    if records := sum(1 for content in store.contents() for _ in store.individuals(content)):
        print(f"The store holds {records} records already: the report will say that it was frozen after the data.")
    print(folder / "preregistration.md")
    return 0


def freeze(
    store: Store,
    hypotheses: Path,
    participants: int,
    exclusions: str = EXCLUSIONS,
    metrics: Sequence[KeptMetric] = (),
) -> Path:
    """Write the plan into the store, and return its folder. UserError where there is a plan already, or no hypothesis
    that can be read."""
    from analysis.hypotheses import load
    from hill_exp.record.program import program

    folder = _folder(store)
    if (earlier := read(store)) is not None:
        raise UserError(
            f"--store {store.path}: frozen on {_day(earlier.frozen)} already, and a plan is made once. Choose another "
            "store for another plan."
        )
    stated = load(hypotheses)
    store.open_for_writing()
    plan = Plan(
        frozen=datetime.now(UTC).isoformat(timespec="seconds"),
        participants=participants,
        stopping_rule=STOPPING_RULE.format(participants=participants),
        exclusions=exclusions,
        program=program(),
        hypotheses={path.name: path.read_text(encoding="utf-8") for path in sorted(hypotheses.glob("*.yaml"))},
        hashes=hashes(hypotheses, metrics),
    )
    folder.mkdir(exist_ok=True)
    write_whole(folder / "preregistration.md", preregistration(plan, stated).encode())
    write_whole(folder / "plan.json", json.dumps(asdict(plan), indent=1).encode())
    return folder


def hashes(hypotheses: Path, metrics: Sequence[KeptMetric] = ()) -> dict[str, str]:
    """SHA-256, as `Plan.hashes` has it, of the files as they are now; line ends do not count."""
    found = {f"hypotheses/{path.name}": path for path in hypotheses.glob("*.yaml")} | sources(metrics)
    for suffix in ("py", "jinja"):
        found |= {path.relative_to(ANALYSIS.parent).as_posix(): path for path in ANALYSIS.rglob(f"*.{suffix}")}
    return {
        name: hashlib.sha256(path.read_text(encoding="utf-8").encode()).hexdigest()
        for name, path in sorted(found.items())
    }


def read(store: Store) -> Plan | None:
    """The plan of a store; None where nothing was frozen. UserError where it is damaged."""
    path = _folder(store) / "plan.json"
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
        return Plan(**{each.name: entry[each.name] for each in fields(Plan)})
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{path}: damaged (not a whole plan). Restore it; it cannot be made again.") from None


def standing(store: Store, tables: Tables, hypotheses: Path, metrics: Sequence[KeptMetric] = ()) -> Standing | None:
    """How the store stands to its plan; None where nothing was frozen. hypotheses: the folder that is tested now;
    metrics: those of somebody's own that there are now."""
    plan = read(store)
    if plan is None:
        return None
    now = hashes(hypotheses, metrics)
    first = tables.finished[0] if tables.finished else ""
    late = bool(first) and datetime.fromisoformat(first) < datetime.fromisoformat(plan.frozen)
    most = tables.participants.groupby(["dataset", "condition"], observed=True).size().groupby("dataset").max()
    return Standing(
        plan,
        changed=[name for name in sorted({*plan.hashes, *now}) if plan.hashes.get(name) != now.get(name)],
        late=first if late else "",
        participants={str(dataset): int(n) for dataset, n in most.items() if n != plan.participants},
    )


def told(found: Standing | None) -> list[str]:
    """For the page and the terminal; one line where nothing was frozen."""
    return [NOT_FROZEN] if found is None else found.sentences()


def preregistration(plan: Plan, stated: Sequence[Hypothesis]) -> str:
    """Markdown in the fields of an OSF preregistration."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    page = Environment(loader=FileSystemLoader(ANALYSIS), undefined=StrictUndefined, trim_blocks=True)
    page.filters["day"] = _day
    return page.get_template("preregistration.md.jinja").render(plan=plan, hypotheses=stated)


def _folder(store: Store) -> Path:
    return store.path / "frozen"


def _day(time: str) -> str:
    return datetime.fromisoformat(time).astimezone(UTC).strftime("%Y-%m-%d, %H:%M UTC")
