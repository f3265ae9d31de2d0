"""Figures: a file a kind, each from tables to a matplotlib figure; the catalogue names those of the report."""
