"""Hypotheses, stated in files before the data, and what a store says of each."""

from analysis.hypotheses.contrasts import Kind, Role, sweeps, touched, uncontrolled
from analysis.hypotheses.evaluate import Evaluation, Part, compared, evaluate, judged
from analysis.hypotheses.statement import Cell, Hypothesis, Statement, check, load

__all__ = [
    "Cell", "Evaluation", "Hypothesis", "Kind", "Part", "Role", "Statement", "check", "compared", "evaluate", "judged",
    "load", "sweeps", "touched", "uncontrolled",
]  # fmt: skip
