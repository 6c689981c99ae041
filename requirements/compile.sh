#!/usr/bin/env bash
# Writes the hashed locks again from pyproject.toml. Run it after a dependency changed; read the diff.
set -euo pipefail
cd "$(dirname "$0")/.."
lock() { # name, extras...
    local name=$1 args=(); shift
    for extra in "$@"; do args+=(--extra "$extra"); done
    uv pip compile pyproject.toml "${args[@]}" --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header ${UPGRADE:+--upgrade} \
        --constraint requirements/all.in.txt --output-file "requirements/$name.txt"
}
: > requirements/all.in.txt
uv pip compile pyproject.toml --all-extras --quiet --universal --python-version 3.11 --no-emit-index-url --no-header \
    --output-file requirements/.all.txt
mv requirements/.all.txt requirements/all.in.txt
lock core core
lock telemetry telemetry sparkplug
lock compliance compliance
lock native core telemetry compliance sparkplug simulators native
lock quality quality
lock dev core telemetry compliance sparkplug simulators native dev
rm requirements/all.in.txt
