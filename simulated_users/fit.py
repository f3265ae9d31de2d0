"""`python -m simulated_users.fit`: the command by which people are estimated, which is analysis of their sessions."""

from __future__ import annotations

import sys

from analysis.people.__main__ import main
from hill_exp import exit_status

if __name__ == "__main__":
    sys.exit(exit_status.of(main))
