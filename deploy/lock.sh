#!/bin/sh
# Remakes both locks from pyproject.toml: versions with hashes, for every Python we support, no address in them.
# `make lock` calls it; name packages to move only those: `deploy/lock.sh flask jinja2`. Without a name, all move.
set -eu
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet uv

if [ $# -eq 0 ]; then
    moved="--upgrade"
else
    moved=""
    for package in "$@"; do moved="$moved --upgrade-package $package"; done
fi

compile() {
    "$tools/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$@"
}

# What the city needs, on one machine or several, and the tool that builds it; then the same versions with ours around.
# shellcheck disable=SC2086
compile pyproject.toml --extra postgres --extra s3 --group build --output-file requirements.lock $moved
# shellcheck disable=SC2086
compile pyproject.toml --extra postgres --extra s3 --group dev --constraints requirements.lock \
    --output-file requirements-dev.lock $moved
