#!/bin/sh
# Install, as root on Debian, the packages that some tests need. Without root those tests are skipped.
set -eu
missing=""
command -v node >/dev/null || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"
command -v softhsm2-util >/dev/null || missing="$missing softhsm2"
[ -n "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] || missing="$missing postgresql"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Tests that need these Debian packages will be skipped:$missing" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
# shellcheck disable=SC2086 # a list of names
apt-get -qq -y install --no-install-recommends $missing >/dev/null ||
    echo "These Debian packages could not be installed; tests that need them will be skipped:$missing" >&2
