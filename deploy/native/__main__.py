"""`python -m deploy.native COMMAND …`: everything that scripts/manage-modular.sh does once Python is there."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.native import bench, lifecycle, show
from deploy.native.account import choose_account
from deploy.native.processes import SERVICES
from deploy.native.state import ROOT, Installation, open_installation, read_env_file


def main(arguments: Sequence[str]) -> int:
    # What follows the command is its own: a test's -k, a management command's --email.
    command, *rest = arguments or ["help"]
    if command == "test":
        from deploy.native.checks.run import main as run_checks

        return run_checks(rest)
    if command == "bench":
        return bench.run(rest)
    if command not in COMMANDS:
        raise SystemExit(f"Unknown command {command!r}: it is one of {', '.join([*COMMANDS, 'test', 'bench'])}")
    return COMMANDS[command](open_given(), rest)


def open_given() -> Installation:
    """The installation that the environment and `.env` describe."""
    given = read_env_file(ROOT / ".env") | {name: value for name, value in os.environ.items() if value}
    folder = Path(given.get("STACK_STATE", ROOT / "var")).absolute()
    account = choose_account(given.get("STACK_ACCOUNT", "nobody"), ROOT, Path(sys.executable))
    return open_installation(folder, account, given)


def services_of(rest: Sequence[str]) -> list[str]:
    named = [part for part in rest if not part.startswith("-")]
    if not named or named == ["all"]:
        return list(SERVICES)
    if len(named) != 1 or named[0] not in SERVICES:
        raise SystemExit(f"Unknown service {' '.join(named)!r}: it is one of {', '.join(SERVICES)}, all")
    return named


def one_service(rest: Sequence[str]) -> str:
    if not rest or rest[0] not in SERVICES:
        raise SystemExit(f"Name one service: {', '.join(SERVICES)}")
    return rest[0]


def _start(installation: Installation, rest: Sequence[str]) -> int:
    services = services_of(rest)
    lifecycle.start(installation, services, print_line)
    print_line(f"Ready: {', '.join(services)}. Open {lifecycle.address(installation)}")
    return 0


def _stop(installation: Installation, rest: Sequence[str]) -> int:
    lifecycle.stop(installation, services_of(rest), print_line)
    return 0


def _restart(installation: Installation, rest: Sequence[str]) -> int:
    return _stop(installation, rest) or _start(installation, rest)


def _migrate(installation: Installation, rest: Sequence[str]) -> int:
    services = services_of(rest)
    lifecycle.migrate(installation, services)
    print_line(f"Up to date: {', '.join(services)}.")
    return 0


def _status(installation: Installation, rest: Sequence[str]) -> int:
    return show.status(installation, services_of(rest), print_line)


def _health(installation: Installation, rest: Sequence[str]) -> int:
    return show.health(installation, services_of(rest), print_line)


def _logs(installation: Installation, rest: Sequence[str]) -> int:
    return show.logs(installation, services_of(rest), follow="-f" in rest or "--follow" in rest)


def _shell(installation: Installation, rest: Sequence[str]) -> int:
    return _run_manage(installation, one_service(rest), ["shell"])


def _manage(installation: Installation, rest: Sequence[str]) -> int:
    return _run_manage(installation, one_service(rest[:1]), rest[1:])


def _run_manage(installation: Installation, service: str, arguments: Sequence[str]) -> int:
    command = lifecycle.manage_command(installation, service, arguments)
    return subprocess.run(command, env=installation.environment(service), cwd=ROOT, check=False).returncode


def _demo(installation: Installation, rest: Sequence[str]) -> int:
    from deploy.demo.run import main as run_demo

    return run_demo(installation, rest)


def print_line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


COMMANDS = {
    "start": _start,
    "stop": _stop,
    "restart": _restart,
    "status": _status,
    "health": _health,
    "logs": _logs,
    "migrate": _migrate,
    "shell": _shell,
    "manage": _manage,
    "demo": _demo,
}

if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
