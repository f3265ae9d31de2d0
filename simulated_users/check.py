"""`python -m simulated_users.check`: whether people like the fitted ones would have done what the recorded ones did."""

from __future__ import annotations

import sys

from analysis.people.checking import main
from hill_exp import exit_status

if __name__ == "__main__":
    sys.exit(exit_status.of(main))
