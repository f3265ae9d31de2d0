#!/bin/sh
# Make hill_exp's environment in .venv, or bring it up to date; quick where nothing has changed.
#   sh setup.sh          to run studies
#   sh setup.sh dev      to test, lint and type-check as well
# Any names of extras in pyproject.toml may follow. HILL_EXP_CONSTRAINTS= (empty) takes the newest versions instead of
# the tested ones.
set -eu
cd "$(dirname "$0")"

find_python() {
    for name in python3.11 python3.12 python3.13 python3 python; do
        if command -v "$name" >/dev/null 2>&1 && "$name" -c '
import sys, venv, ensurepip
sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    echo "hill_exp needs Python 3.11, 3.12 or 3.13 with its venv module, and found none (Debian: apt install" \
        "python3-venv). On 3.14 Hydra, which reads its configuration, does not start." >&2
    exit 1
}

constraints=${HILL_EXP_CONSTRAINTS-constraints.txt}
stamp=.venv/installed
wanted="$(cat pyproject.toml setup.sh ${constraints:+"$constraints"} | cksum) $*"
case "$(cat "$stamp" 2>/dev/null || true)" in
    "$wanted"*) exit 0 ;; # the same, or with further extras
esac

[ -x .venv/bin/python ] || "$(find_python)" -m venv .venv
extras=$(echo "$*" | tr ' ' ',')
echo "Installing hill_exp into .venv (once; a few minutes) ..."
.venv/bin/python -m pip install -qq --disable-pip-version-check ${constraints:+-c "$constraints"} -e ".${extras:+[$extras]}"
.venv/bin/python -c "import umap" # compiles on its first import, 20 s that are better spent here
echo "$wanted" >"$stamp"
