#!/usr/bin/env bash
# The one door: start stop restart status logs health migrate shell manage demo test bench. Without arguments it lists them.
# This part does what must be done before Python is there; deploy/native does the rest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
export PYTHONPATH=$root PYTHONDONTWRITEBYTECODE=${PYTHONDONTWRITEBYTECODE-1} PIP_DISABLE_PIP_VERSION_CHECK=1

usage() {
    cat <<'TEXT'
./scripts/manage-modular.sh COMMAND [core | telemetry | compliance | all]

  start  stop  restart  status  health  migrate     of one service, or of all (the default)
  logs [SERVICE] [-f]        the last lines of each log, or follow them
  shell SERVICE              a Django shell
  manage SERVICE ARGUMENTS   a management command of the service
  demo [--check] [--fresh]   from three providers to the regulator's receipts, on a virtual clock
  test [PATHS]               all checks and tests, or the tests of the paths
  bench [NAME]               figures, goals, ok or short; without a name, the list of benchmarks
TEXT
}

fail() { printf '%s\n' "$1" >&2; exit 1; }

usable() { # a python of 3.11 or newer with venv and ensurepip
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

account=${STACK_ACCOUNT:-nobody}
as_account() { setpriv --reuid="$account" --regid="$(id -g "$account")" --clear-groups "$@" 2>/dev/null; }

# As root the services run under an unprivileged account where it can reach the code. A closed home keeps it out: then the
# virtual environment and the state live under /var/lib.
home=$root
if [ "$(id -u)" = 0 ] && ! as_account test -r "$root/README.md" -a -x "$root"; then
    home=/var/lib/stack-vps/$(printf '%s' "$root" | sha256sum | cut -c1-12)
    mkdir -p "$home"
fi
export STACK_STATE=${STACK_STATE:-$home/var}
venv=${STACK_VENV:-$home/.venv}

pick_python() {
    local candidate first=
    for candidate in ${STACK_PYTHON:-} python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
        candidate=$(command -v "$candidate" 2>/dev/null) && usable "$candidate" || continue
        first=${first:-$candidate}
        # A python under a closed home cannot be run by the account.
        if [ "$(id -u)" != 0 ] || as_account "$(readlink -f "$candidate")" -c ''; then echo "$candidate"; return; fi
    done
    [ -n "$first" ] || fail "Python 3.11 or newer with venv is missing: install python3 and python3-venv (apt-get install python3-venv)"
    echo "$first"
}

install() { # name of the lock
    local lock=requirements/$1.txt stamp=$venv/.installed-$1 digest
    digest=$(sha256sum "$lock" | cut -c1-64)
    [ "$(cat "$stamp" 2>/dev/null)" != "$digest" ] || return 0
    local python; python=$(pick_python)
    [ -x "$venv/bin/python" ] && usable "$venv/bin/python" || "$python" -m venv --clear "$venv" ||
        fail "The virtual environment $venv cannot be made: see above, or set STACK_VENV to another folder"
    printf 'Installing what %s names…\n' "$lock" >&2
    "$venv/bin/python" -m pip install -qq --no-input --require-hashes --no-deps --only-binary :all: --requirement "$lock" ||
        fail "Installing from $lock failed: see above; is the package index reachable?"
    printf '%s' "$digest" > "$stamp"
}

backend=${STACK_BACKEND:-native}
if [ -z "${STACK_BACKEND:-}" ] && [ -z "${CI:-}" ] && docker info >/dev/null 2>&1; then backend=compose; fi

case "${1:-}" in
    test | bench) install dev ;;
    demo) install native ;;
    start | stop | restart | status | logs | health | migrate | shell | manage)
        if [ "$backend" = compose ]; then exec scripts/compose.sh "$@"; fi
        install native ;;
    "" | help | --help | -h) usage; exit 0 ;;
    *) usage >&2; fail "Unknown command: $1" ;;
esac
exec "$venv/bin/python" -m deploy.native "$@"
