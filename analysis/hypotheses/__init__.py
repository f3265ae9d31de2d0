"""Hypotheses, stated in files before the data, and what a store says of each."""

from analysis.hypotheses.contrasts import Kind, sweeps, touched, uncontrolled
from analysis.hypotheses.evaluate import ALL, Part, compared, evaluate, judged
from analysis.hypotheses.statement import Hypothesis, Statement, check, load

__all__ = [
    "ALL", "Hypothesis", "Kind", "Part", "Statement", "check", "compared", "evaluate", "judged", "load", "sweeps",
    "touched", "uncontrolled",
]  # fmt: skip
