#!/bin/sh
# Make the environment in folder $1, unless a working one is there, with the first fitting Python on the PATH.
set -eu
"$1/bin/python" -m pip --version >/dev/null 2>&1 && exit 0
for python in python3.11 python3 python3.12 python3.13 python3.14; do
    if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "Making an environment in $1 with $("$python" --version)."
        exec "$python" -m venv --clear "$1"
    fi
done
echo "No Python 3.11 or newer with its venv module is on the PATH: install one and run this again." >&2
exit 1
