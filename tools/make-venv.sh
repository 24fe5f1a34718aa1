#!/bin/sh
# Make a virtual environment: tools/make-venv.sh PYTHON DIRECTORY
set -eu
python=$1
directory=$2

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "sovbank needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3 ..." >&2
    exit 3
}
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" -ne 0 ]; then
        echo "Python's venv module is missing: install the Debian package python3-venv, then try again." >&2
        exit 3
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq -y install --no-install-recommends python3-venv >/dev/null
fi
[ -x "$directory/bin/python" ] && "$directory/bin/python" -m pip --version >/dev/null 2>&1 ||
    "$python" -m venv --clear "$directory"
