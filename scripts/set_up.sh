#!/bin/sh
# Make a virtual environment and install studyatlas into it, editable. Usage: scripts/set_up.sh VENV REQUIREMENT…
#   scripts/set_up.sh .venv .            what the program needs
#   scripts/set_up.sh .venv '.[dev]'     and what its tests need
# Needs Python 3.11 or newer and a package index. uv installs in seconds what takes pip minutes; where uv cannot be had, or does not
# get along with the index, pip does it.
set -eu

venv=$1
shift
cd "$(dirname "$0")/.."

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "studyatlas needs Python 3.11 or newer; none found. Name one with PYTHON=/path/to/python3." >&2
    return 1
}

if [ ! -x "$venv/bin/python" ]; then
    python=$(find_python)
    "$python" -m venv "$venv" || {
        echo "Python cannot make a virtual environment (on Debian and Ubuntu: apt-get install python3-venv)." >&2
        rm -rf "$venv"
        exit 1
    }
fi
pip="$venv/bin/python -m pip"

# uv reads neither pip's variables nor pip's files: hand on what they say.
from_pip() { $pip config get "global.$1" 2>/dev/null || true; }
index=${PIP_INDEX_URL:-$(from_pip index-url)}
links=${PIP_FIND_LINKS:-$(from_pip find-links)}
extra=${PIP_EXTRA_INDEX_URL:-$(from_pip extra-index-url)}
certificates=${SSL_CERT_FILE:-${PIP_CERT:-$(from_pip cert)}}
if [ -n "$index" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"; fi
if [ -n "$extra" ]; then export UV_INDEX="${UV_INDEX:-$extra}"; fi
if [ -n "$links" ]; then export UV_FIND_LINKS="${UV_FIND_LINKS:-$(printf %s "$links" | tr -s ' \n' ',,')}"; fi
if [ -n "$certificates" ]; then export SSL_CERT_FILE="$certificates"; fi

if ! { $pip install --quiet uv && "$venv/bin/uv" pip install --compile-bytecode --python "$venv/bin/python" -c constraints.txt -e "$@"; }; then
    echo "uv could not do it; installing with pip, which takes some minutes." >&2
    $pip install -c constraints.txt -e "$@"
fi
# Where PYTHONDONTWRITEBYTECODE is set, every start would compile everything anew: it would take two to three times as long.
"$venv/bin/python" -m compileall -q extract graph queries ui
