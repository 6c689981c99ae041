"""Start, stop, status: what an operator does with an installation."""

import os
import runpy
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx

from deploy.native import current, front, orphans, servers
from deploy.native.problem import Problem
from deploy.native.processes import SERVICES
from deploy.native.state import ROOT, Installation
from deploy.native.supervise import SIMULATORS, Program, Supervisor, programs

# A machine under load is slow, not broken: a program that ends itself is told at once.
READY_S = 180.0
SERVER_S = 120.0
Say = Callable[[str], None]


def start(installation: Installation, services: Sequence[str], say: Say) -> None:
    """Brings the services up, with the servers they need, and waits until each is ready."""
    for service in SERVICES:
        check_settings(installation, service)
    supervisor = Supervisor(installation)
    if not supervisor.is_running():
        left = orphans.end(installation.folder)
        if left:
            say(f"Ended {left} processes that a killed supervisor had left behind.")
        _forget_figures(installation)
    _check_ports(installation, supervisor, services)
    current.compile_code()
    front.write(installation)
    if installation.own_database:
        servers.make_cluster(
            installation.path("postgres"), installation.account, installation.secrets["ADMIN_DB_PASSWORD"]
        )
    supervisor.ensure()
    supervisor.start(_names(installation, ["servers"]))
    _wait_until_listening(installation, supervisor, "servers")
    _bootstrap(installation)
    migrate(installation, [service for service in services if not current.is_migrated(installation, service)])
    if "core" in services and not current.is_collected(installation):
        collect_static(installation)
    names = _names(installation, [*services, *(["simulators"] if installation.is_demo else [])])
    # Who answers people comes first: on a small machine all at once would make them wait for the workers.
    supervisor.start([name for name in names if name.endswith("-web")])
    wait_until_ready(installation, services)
    supervisor.start(names)
    _wait_until_listening(installation, supervisor, "simulators")


def stop(installation: Installation, services: Sequence[str], say: Say) -> None:
    """Stops the services; with all of them, everything else that was started too."""
    supervisor = Supervisor(installation)
    everything = set(services) == set(SERVICES)
    if supervisor.is_running():
        supervisor.stop(_names(installation, services))
        if everything:
            supervisor.stop(_names(installation, ["simulators"]))
            supervisor.stop(_names(installation, ["servers"]))
            supervisor.shut_down()
    if everything:
        left = orphans.end(installation.folder)
        if left:
            say(f"Ended {left} processes that a killed supervisor had left behind.")
    say(f"Stopped {', '.join(services)}.")


def migrate(installation: Installation, services: Sequence[str]) -> None:
    """Each service alone, under its own role, two at a time."""

    def run(service: str) -> None:
        manage(installation, service, ["migrate", "--no-input", "--verbosity", "0"])
        current.note_migrated(installation, service)

    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(run, services))


def collect_static(installation: Installation) -> None:
    manage(installation, "core", ["collectstatic", "--no-input", "--verbosity", "0"])
    current.note_collected(installation)


def manage(installation: Installation, service: str, arguments: Sequence[str]) -> None:
    result = subprocess.run(
        manage_command(installation, service, arguments),
        env=installation.environment(service),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        lines = (result.stderr or result.stdout).strip().splitlines()
        raise Problem(f"{service}: `{' '.join(arguments[:1])}` failed: {lines[-1] if lines else 'no reason given'}")


def manage_command(installation: Installation, service: str, arguments: Sequence[str]) -> list[str]:
    prefix = installation.account.prefix(needs_checkout=True)
    return [*prefix, sys.executable, str(ROOT / f"{service}_service" / "manage.py"), *arguments]


def check_settings(installation: Installation, service: str) -> None:
    """Reads the settings as the processes will: nonsense stops here with one line, before anything was touched."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(installation.environment(service))
    try:
        runpy.run_module(f"{service}_service.settings")
    finally:
        os.environ.clear()
        os.environ.update(before)


def wait_until_ready(installation: Installation, services: Iterable[str]) -> None:
    deadline = time.monotonic() + READY_S
    for service in services:
        while not (answer := readiness(installation, service))[0]:
            if time.monotonic() > deadline:
                log = installation.path("logs", f"{service}-web.log")
                raise Problem(f"{service} is not ready: {answer[1]}. Its log: {log}")
            time.sleep(0.1)


def readiness(installation: Installation, service: str) -> tuple[bool, str]:
    """Whether the service can do its work, and what its checks say."""
    url = f"http://127.0.0.1:{installation.ports[service]}/ready"
    try:
        response = httpx.get(url, timeout=5, trust_env=False)
        checks = response.json()["checks"]
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return False, f"no answer ({type(error).__name__})"
    return response.status_code == 200, ", ".join(f"{name}: {text}" for name, text in checks.items())


def address(installation: Installation) -> str:
    return f"http://127.0.0.1:{installation.ports['nginx']}"


def _forget_figures(installation: Installation) -> None:
    """Nothing runs: what earlier processes counted would only pile up, a file for each."""
    for file in installation.path("metrics").rglob("*.db"):
        file.unlink(missing_ok=True)


def _names(installation: Installation, groups: Sequence[str]) -> list[str]:
    return [program.name for program in programs(installation) if program.group in groups]


VARIABLES = {
    "nginx": "HTTP_PORT",
    "sim-providers": "SIM_PROVIDERS_PORT",
    "sim-dga": "SIM_DGA_PORT",
    "sim-sma": "SIM_SMA_PORT",
}


def _check_ports(installation: Installation, supervisor: Supervisor, services: Sequence[str]) -> None:
    """Each port that something of ours is about to take must be free."""
    up = {name for name, state in supervisor.states().items() if state["pid"]} if supervisor.is_running() else set()
    wanted = [program for program in programs(installation) if program.group in (*services, "servers", "simulators")]
    for program in wanted:
        name = _port_name(program)
        if name and program.name not in up and _is_taken(installation.ports[name]):
            port, variable = installation.ports[name], VARIABLES.get(name, f"{name.upper()}_PORT")
            raise Problem(f"Port {port} is taken by another program: stop it, or set {variable} to a free port")


def _port_name(program: Program) -> str:
    """Under which name `ports` holds the port that the program listens on; empty where it listens on none."""
    name = program.name.removesuffix("-web")
    return name if name in (*SERVICES, "nginx", "postgres", "redis", *SIMULATORS) else ""


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _wait_until_listening(installation: Installation, supervisor: Supervisor, group: str) -> None:
    deadline = time.monotonic() + SERVER_S
    for name in _names(installation, [group]):
        while not _is_taken(installation.ports[name]):
            state = supervisor.states()[name]
            if time.monotonic() > deadline or state["statename"] == "FATAL":
                raise Problem(f"{name} does not start. Its log: {installation.path('logs', f'{name}.log')}")
            time.sleep(0.05)


def _bootstrap(installation: Installation) -> None:
    passwords = {
        f"{name.upper()}_DB_PASSWORD": installation.secrets[f"{name.upper()}_DB_PASSWORD"] for name in SERVICES
    }
    roles = [part for name in SERVICES for part in ("--role", name)]
    command = [sys.executable, "-m", "shared.db.bootstrap", "--database", installation.database_name, *roles]
    environment = {
        "ADMIN_DATABASE_URL": installation.admin_url,
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        **passwords,
    }
    deadline = time.monotonic() + SERVER_S
    while True:
        result = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            return
        if time.monotonic() > deadline:
            raise Problem(result.stderr.strip().splitlines()[-1])
        time.sleep(0.2)  # PostgreSQL listens a moment before it lets anyone in
