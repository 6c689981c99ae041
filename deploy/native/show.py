"""What an operator looks at: which processes run, what the checks say, what the logs hold."""

import subprocess
from collections.abc import Callable, Sequence

from deploy.native.lifecycle import address, readiness
from deploy.native.state import Installation
from deploy.native.supervise import Supervisor, programs

Say = Callable[[str], None]
LAST_LINES = "40"


def status(installation: Installation, services: Sequence[str], say: Say) -> int:
    """A line a process; exit status 1 unless all of them run."""
    supervisor = Supervisor(installation)
    states = supervisor.states() if supervisor.is_running() else {}
    shown = [program for program in programs(installation) if program.group in (*services, "servers", "simulators")]
    for program in shown:
        state = states.get(program.name, {})
        pid = state.get("pid") or "-"
        say(
            f"{program.name:22} {state.get('statename', 'STOPPED').lower():10} {pid:>7}  {state.get('description', '')}"
        )
    running = all(states.get(program.name, {}).get("statename") == "RUNNING" for program in shown)
    say(f"\n{address(installation)} · state in {installation.folder}" if running else "\nNot everything runs.")
    return 0 if running else 1


def health(installation: Installation, services: Sequence[str], say: Say) -> int:
    answers = {service: readiness(installation, service) for service in services}
    for service, (ready, text) in answers.items():
        say(f"{service:12} {'ready' if ready else 'NOT READY':10} {text}")
    return 0 if all(ready for ready, _ in answers.values()) else 1


def logs(installation: Installation, services: Sequence[str], *, follow: bool) -> int:
    names = [program.name for program in programs(installation) if program.group in services]
    files = [str(path) for name in names if (path := installation.path("logs", f"{name}.log")).exists()]
    if not files:
        raise SystemExit("No logs yet: run ./scripts/manage-modular.sh start")
    try:
        command = ["tail", "-n", LAST_LINES, *(["-F"] if follow else []), *files]
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 0
