"""Everything that docs/results.md says, from one command."""
