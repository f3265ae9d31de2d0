"""One page that a person reads from top to bottom in five minutes, and that needs no network."""

from __future__ import annotations

import base64
import math
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis import claims
from analysis.figures.catalogue import FIGURES
from analysis.figures.style import RC, minus, short_setting, user_order
from analysis.findings import ENOUGH, Answer, Finding, Gain, Limits, Line, answer, gains, limits, means
from analysis.hypotheses import Kind, Role
from analysis.metrics import decimal, describe, number
from analysis.moderation import MODERATOR, Moderation, moderations
from analysis.results import Main, Results
from analysis.scope import CORRECTED, Summary, over_datasets
from analysis.specification import Curve, curves
from analysis.tables import CHOICES, setting_columns
from hill_exp.record.program import program

if TYPE_CHECKING:
    import pandas as pd

    from analysis.stats import Interval

MOST_LINES = 8  # under one hypothesis
LIBRARIES = ("pandas", "scipy", "statsmodels", "matplotlib")


@dataclass(frozen=True)
class Verdict:
    """A hypothesis as the page tells it."""

    name: str
    sentence: str
    verdict: str
    css: str
    lines: Sequence[str]  # the findings, in sentences
    table: Sequence[Sequence[str]]  # every comparison behind them
    elsewhere: str


def render(results: Results, figures: Path, skipped: Mapping[str, str], frozen: Sequence[str], command: str) -> str:
    """The page. figures: the folder of the PNG files; skipped: figure -> why it could not be drawn; frozen: how the
    store stands to what was fixed before the data, in sentences."""
    from jinja2 import Environment, FileSystemLoader

    page = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True).get_template(
        "report.html.jinja"
    )
    drawn = [(name, figures / f"{name}.png") for name in FIGURES if name not in skipped]
    return page.render(
        verdicts=[_verdict(answer(hypothesis, results)) for hypothesis in results.hypotheses],
        frozen=frozen,
        design=_design(results.tables.participants),
        main="; ".join(f"{m.dataset} with {short_setting(m.setting)}" for m in results.main if m.setting),
        settings=_common_settings(results.tables.participants),
        summaries=[_summary(main, results) for main in results.main],
        across=[_gain(gain) for gain in gains(results)],
        datasets=[_over_datasets(row, summary) for row, summary in over_datasets(results)],
        specifications=[_specification(curve) for curve in curves(results.specifications)][:MOST_LINES],
        moderations=[_moderation(moderation) for moderation in moderations(results)],
        figures=[
            {"name": name, "number": number, "caption": FIGURES[name].caption}
            | {"width": _width(png := path.read_bytes()), "png": base64.b64encode(png).decode()}
            for number, (name, path) in enumerate(drawn, start=1)
        ],
        unsaid=list(_unsaid(limits(results), skipped))
        or ["Nothing: every hypothesis could be tested and every figure drawn."],
        commands=[*_commands(results), command],
        origins=list(_origins(results)),
    )


def _width(png: bytes) -> int:
    """CSS pixels at which a figure's letters are as large as those of the others; the width stands in its header."""
    return round(int.from_bytes(png[16:20], "big") / RC["savefig.dpi"] * 92)


# --- verdicts in sentences -------------------------------------------------------------------------------------------


def _verdict(answer: Answer) -> Verdict:
    verdict, css = _overall(answer.verdicts)
    lines = [sentence(finding) for finding in answer.findings]
    if not lines or answer.role == Role.EXPLORATORY:
        lines = [*(f"{_capital(notes)}." for notes in dict.fromkeys(answer.judged["notes"])), *lines]
    elsewhere = []
    if len(lines) > MOST_LINES:
        elsewhere.append(f"{len(lines) - MOST_LINES} more findings in tables/hypotheses.csv.")
    if answer.elsewhere:
        counts = ", ".join(f"{n} {verdict}" for verdict, n in answer.elsewhere.items())
        elsewhere.append(f"Exploratory, on all else in the store: {counts} (tables/hypotheses.csv).")
    table = [_cells(row) for row in answer.comparisons.to_dict("records")]
    stated = answer.hypothesis
    return Verdict(stated.name, stated.sentence, verdict, css, lines[:MOST_LINES], table, " ".join(elsewhere))


def _overall(verdicts: Sequence[str]) -> tuple[str, str]:
    """(the verdict of a hypothesis over its tests, CSS class)."""
    if not verdicts:
        return "not tested", "inconclusive"
    if len(set(verdicts)) == 1:
        return verdicts[0], verdicts[0].split()[0]
    return ", ".join(f"{verdicts.count(v)} {v}" for v in dict.fromkeys(sorted(verdicts, reverse=True))), "mixed"


def sentence(finding: Finding) -> str:
    """The finding in plain words."""
    row = finding.parts[0]
    phrases = [_phrase(part) for part in finding.parts]
    agreed = len(set(phrases)) == 1
    where = f"on {row['dataset']}" + (", exploratory" if row["role"] == Role.EXPLORATORY else "")
    setting = f" ({short_setting(row['setting'])})" if finding.several and row["setting"] else ""
    numbers = "; ".join(
        f"{minus(str(part['contrast']))} {_estimate(part)}" + ("" if agreed else f", {phrase}")
        for part, phrase in zip(finding.parts, phrases, strict=True)
    )
    verdict = phrases[0] if agreed else "it depends on the control"
    chance = " and ".join(dict.fromkeys(_chance(part["p_adjusted"]) for part in finding.parts))
    pairs = " and ".join(dict.fromkeys(str(part["n"]) for part in finding.parts))
    power = [part["power"] for part in finding.parts if part["verdict"] == "inconclusive"]
    power = [value for value in power if math.isfinite(value)]
    aim = f"{claims.CLAIMS[row['claim']].aim} {row['margin']:g}" if row["margin"] else "find half a standard deviation"
    weak = f", power {min(power):.2f} to {aim}" if power else ""
    name = _capital(describe(str(row["metric"])).label)
    return f"{name}, {where}{setting}: {verdict} ({numbers}; n = {pairs}, {chance}{weak})."


def _phrase(row: Line) -> str:
    claim = claims.CLAIMS[row["claim"]](row["margin"])
    return claim.phrase(claims.Verdict(row["verdict"]), claims.Finding(row["finding"]), Kind(row["kind"]).effect)


def _estimate(row: Line) -> str:
    return _bracketed(str(row["metric"]), row["estimate"], row["ci_low"], row["ci_high"])


def _bracketed(metric: str, *estimate_low_high: float) -> str:
    """A difference and its interval."""
    estimate, low, high = (number(metric, value, signed=True) for value in estimate_low_high)
    return f"{estimate} [{low}, {high}]"


def _chance(p: float) -> str:
    return "no test" if math.isnan(p) else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _cells(row: Line) -> list[str]:
    """Of the table behind the sentences."""
    size = "" if math.isnan(row["effect_size"]) else decimal(row["effect_size"], 2)
    where, setting = str(row["dataset"]), short_setting(row["setting"])
    what = describe(str(row["metric"])).label
    chance = _chance(row["p_adjusted"]).removeprefix("p ").removeprefix("= ")
    contrast = ", ".join(filter(None, [minus(str(row["contrast"])), setting]))
    level = f"{100 * row['level']:.4g}%"
    images = [number(str(row["metric"]), row[end], signed=True) for end in CORRECTED]
    new = f"[{', '.join(images)}]" if "-" not in images else ""
    said = [str(row["n"]), size, chance, row["verdict"], row["finding"]]
    return [what, where, contrast, _estimate(row), level, new, *said]


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


# --- design and numbers ----------------------------------------------------------------------------------------------


def _design(table: pd.DataFrame) -> str:
    """table: participants."""
    people = table[["seed", "participant"]].drop_duplicates()
    counted = {
        name: sorted({str(x) for x in table.loc[table["user"] != "none", name]} or {str(x) for x in table[name]})
        for name in CHOICES
        if name != "user"
    }
    users = user_order(table["user"].astype(str))
    by_dataset = table.groupby("dataset", observed=True)[["seed", "participant"]].apply(
        lambda d: len(d.drop_duplicates())
    )
    n = ", ".join(f"{count} on {dataset}" for dataset, count in by_dataset.items())
    done, failed = (int((table["status"] == status).sum()) for status in ("done", "failed"))
    what = "; ".join(f"{name}{'s' * (len(v) > 1)} {', '.join(v)}" for name, v in counted.items())
    failures = f" {_count(failed, 'run')} failed (see below)." if failed else ""
    return (
        f"{_count(len(people), 'participant')} ({n}), {_count(table['condition'].nunique(), 'condition')}, "
        f"{_count(done, 'run')} that ended well."
        f"{failures} People: {', '.join(users)}. {_capital(what)}."
    )


def _common_settings(table: pd.DataFrame) -> list[tuple[str, str]]:
    """(config key, value) of the settings that are the same in every condition that has them."""
    common = []
    for column in setting_columns(table):
        values = table[column].dropna().unique()
        if "." in column and len(values) == 1 and column.split(".")[0] != "user":
            common.append((column, f"{values[0]:g}" if isinstance(values[0], float) else str(values[0])))
    return common


def _summary(main: Main, results: Results) -> dict[str, Any]:
    """Rows are users, columns metrics: mean and half its 95% interval."""
    arms = means(main, results)
    rows = [(arm.user, [str(arm.n), *(_half(metric, at) for metric, at in arm.intervals.items())]) for arm in arms]
    title = f"{main.dataset}" + (f" ({short_setting(main.setting)})" if main.setting else "")
    return {"title": title, "columns": ["n", *(describe(metric).label for metric in arms[0].intervals)], "rows": rows}


def _half(metric: str, at: Interval) -> str:
    half = f" ± {number(metric, at.high - at.mean)}" if at.n > 1 else ""
    return f"{number(metric, at.mean)}{half}"


def _gain(gain: Gain) -> dict[str, Any]:
    iqm = _bracketed("test_accuracy", *gain.iqm)
    return {"user": gain.user, "iqm": iqm, "ahead": f"{gain.ahead:.2f}", "datasets": gain.datasets, "n": gain.pairs}


def _over_datasets(row: Line, summary: Summary) -> dict[str, Any]:
    metric = str(row["metric"])
    return {
        "what": f"{row['hypothesis']}, {describe(metric).label}: {minus(str(row['contrast']))}",
        "k": summary.datasets,
        "mean": _bracketed(metric, summary.mean, summary.low, summary.high),
        "next": f"[{number(metric, summary.predicted_low, True)}, {number(metric, summary.predicted_high, True)}]",
        "tau": number(metric, summary.tau),
    }


def _specification(curve: Curve) -> str:
    estimates = curve.rows["estimate"]
    median, low, high = (
        number(curve.metric, value, signed=True) for value in (estimates.median(), estimates.min(), estimates.max())
    )
    above, below = int((curve.rows["ci_low"] > 0).sum()), int((curve.rows["ci_high"] < 0).sum())
    return (
        f"{curve.hypothesis}, {describe(curve.metric).label}, {minus(curve.contrast)}, under {len(curve.rows)} "
        f"settings: median {median}, from {low} to {high}; the 95% interval lies above 0 under {above}, below 0 under "
        f"{below}."
    )


def _moderation(moderation: Moderation) -> str:
    """In a sentence, over a tenth of the moderator's range."""
    slope = moderation.slope
    tenth = _bracketed("test_accuracy", *(value / 10 for value in (slope.mean, slope.low, slope.high)))
    return (
        f"{moderation.user}, on {moderation.dataset}: pictures whose {MODERATOR} is higher by 0.1 go with a gain that "
        f"differs by {tenth} ({_count(slope.n, 'pair')} of {_count(moderation.participants, 'participant')}; "
        f"{', '.join(moderation.projections)})."
    )


# --- what could not be said, and where it all comes from -------------------------------------------------------------


def _unsaid(limits: Limits, skipped: Mapping[str, str]) -> Iterator[str]:
    yield from _lost(limits)
    for item in limits.untested:
        metrics = ", ".join(describe(metric).label for metric in item.metrics)
        settings = f", under {item.settings} settings" if item.settings > 1 else ""
        yield f"{item.hypothesis}, {metrics}: {item.reason}{settings}."
    for name, (conditions, lacking) in limits.uncontrolled.items():
        yield f"{name}: {_count(conditions, 'condition')} with nothing to be compared with ({'; '.join(lacking)})."
    for (name, contrast), pairs in limits.incomplete.items():
        yield f"{name}, {minus(contrast)}: {_count(pairs, 'pair')} incomplete, and left out of the differences."
    for dataset, share in limits.copies.items():
        yield (
            f"{dataset}: {share:.1%} of the test points are copies of canvas or validation points, and all accuracies "
            "on the test set are the higher for it (dataset.copies=drop leaves them out)."
        )
    if limits.doubtful:
        yield (
            f"In {limits.doubtful} of {limits.tests} tests an assumption is in doubt (column notes of "
            f"tables/hypotheses.csv); in {limits.disagreement} of them a second test with other assumptions decides "
            "otherwise."
        )
    if limits.underpowered:
        yield (
            f"{_count(limits.underpowered, 'inconclusive test')} with a chance below {ENOUGH:g} to decide about an "
            "effect as large as the margin: more participants would. python -m analysis power says how many."
        )
    if skipped:
        reasons = [f"{name.replace('_', ' ')} ({reason})" for name, reason in skipped.items()]
        yield f"Figures not drawn: {'; '.join(reasons)}."


def _lost(limits: Limits) -> Iterator[str]:
    """Runs that are in no mean."""
    for reason, by_user in limits.failures.items():
        where = ", ".join(f"{user} ({n})" for user, n in by_user.items())
        yield f"{_count(sum(by_user.values()), 'run')} failed and in no mean: {reason}. Under {where}."
    if limits.damaged:
        names = ", ".join(f"{path.parent.name}/{path.name}" for path in limits.damaged[:5])
        more = f" and {len(limits.damaged) - 5} more" if len(limits.damaged) > 5 else ""
        yield (
            f"{_count(len(limits.damaged), 'record file')} damaged and left out: {names}{more}. "
            "Delete them and run the study's command again: it runs those participants alone."
        )
    if limits.stray:
        yield f"{_count(limits.stray, 'record')} of no condition of this store, and left out."


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def _commands(results: Results) -> list[str]:
    return list(dict.fromkeys(str(p["command"]) for p in results.tables.provenance if p.get("command")))


def _origins(results: Results) -> Iterator[str]:
    """Which program made the records, where and when, and the same of this page."""
    tables = results.tables
    for at in tables.provenance:
        named = ", ".join(f"{name} {number}" for name, number in dict(at.get("versions", {})).items())
        if named:
            machine = f" of {at['machine']}" if at.get("machine") else ""
            device = f"{at.get('device', 'an unknown device')}{machine}"
            yield f"Records: {_program(at.get('program', {}))}, on {device}, {named}"
    if tables.finished:
        first, last = (moment.replace("T", " ").replace("+00:00", " UTC") for moment in tables.finished)
        yield f"The first record was finished at {first}, the last at {last}"
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    yield f"This page: {_program(program())}, on {now}, on {platform.platform()}, {libraries}"


def _program(at: Mapping[str, Any]) -> str:
    """Of hill_exp.record.program."""
    if not at.get("commit"):
        return f"hill_exp {at['version']}, of no known commit" if at.get("version") else "hill_exp of no known commit"
    changed = ", with changes that are not committed" if at.get("dirty") else ""
    return f"hill_exp {at['version']}, commit {str(at['commit'])[:12]}{changed}"
