"""Supervisor keeps every process running; this writes its configuration and speaks to it."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from deploy.native import servers
from deploy.native.problem import Problem
from deploy.native.processes import SERVICES, Process, processes_of
from deploy.native.state import ROOT, Installation

LONGEST_SOCKET = 100
SIMULATORS = ("sim-providers", "sim-dga", "sim-sma")
REGULATORS = ("dga", "sma")
STOP_S = 25


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised program. `group` is what `start` and `stop` name."""

    group: str
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    stop_signal: str = "TERM"
    needs_checkout: bool = True
    directory: Path = ROOT


def programs(installation: Installation) -> list[Program]:
    found = [*_servers(installation)]
    for service in SERVICES:
        environment = installation.environment(service)
        found += [
            Program(service, process.name, _command(installation, process), environment)
            for process in processes_of(service)
        ]
    if installation.is_demo:
        found += _simulators(installation)
    return found


def _servers(installation: Installation) -> list[Program]:
    plain = {"LANG": "C.UTF-8", "STACK_INSTALLATION": str(installation.folder)}
    found = [
        Program(
            "servers", "nginx", servers.nginx_command(installation), plain, "QUIT", False, installation.path("nginx")
        )
    ]
    if installation.own_database:
        # INT is PostgreSQL's fast shutdown: TERM would wait for every client to leave.
        command = servers.postgres_command(installation)
        found.append(Program("servers", "postgres", command, plain, "INT", False, installation.path("postgres")))
    if installation.own_redis:
        found.append(
            Program(
                "servers",
                "redis",
                servers.redis_command(installation),
                plain,
                "TERM",
                False,
                installation.path("redis"),
            )
        )
    return found


def _command(installation: Installation, process: Process) -> list[str]:
    filled = {
        "bind": "127.0.0.1",
        "port": str(installation.ports[process.service]),
        "state": str(installation.path("beat", process.service)),
    }
    program, *arguments = (part.format(**filled) if "{" in part else part for part in process.command)
    return [str(Path(sys.executable).parent / program), *arguments]


def _simulators(installation: Installation) -> list[Program]:
    environment = installation.environment("core") | {"PYTHONPATH": str(ROOT)}
    found = []
    for name in SIMULATORS:
        side = name.removeprefix("sim-")
        command = [sys.executable, "-m", "deploy.simulators", side, "--port", str(installation.ports[name])]
        keeps = ["--state", str(installation.path("simulators", f"{side}.sqlite3"))] if side in REGULATORS else []
        found.append(Program("simulators", name, [*command, *keeps], environment))
    return found


def socket_path(installation: Installation) -> Path:
    """A socket's path has a hundred characters at most: a deep state folder gets one elsewhere."""
    path = installation.path("run", "supervisor.sock")
    if len(str(path)) <= LONGEST_SOCKET:
        return path
    digest = hashlib.sha256(str(installation.folder).encode()).hexdigest()[:16]
    return Path(f"/tmp/stack-vps-{digest}.sock")  # noqa: S108 - the name is this installation's, the mode 0700


def write_config(installation: Installation) -> Path:
    text = [
        "[unix_http_server]",
        f"file={socket_path(installation)}",
        "chmod=0700",
        "[supervisord]",
        f"logfile={installation.path('logs', 'supervisord.log')}",
        f"pidfile={installation.path('run', 'supervisord.pid')}",
        f"directory={ROOT}",
        "logfile_backups=2",
        "silent=true",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
    ]
    for program in programs(installation):
        text += _section(installation, program)
    path = installation.path("run", "supervisord.conf")
    path.touch(mode=0o600)
    path.write_text("\n".join(text) + "\n")
    return path


def _section(installation: Installation, program: Program) -> list[str]:
    prefix = installation.account.prefix(needs_checkout=program.needs_checkout)
    environment = ",".join(f'{name}="{_escape(value)}"' for name, value in sorted(program.environment.items()))
    return [
        f"[program:{program.name}]",
        f"directory={program.directory}",
        f"command={_escape(' '.join(_quote(part) for part in [*prefix, *program.command]))}",
        f"environment={environment}",
        f"stdout_logfile={installation.path('logs', program.name)}.log",
        "stdout_logfile_maxbytes=20MB",
        "stdout_logfile_backups=3",
        "redirect_stderr=true",
        "autostart=false",
        "autorestart=true",
        "startsecs=3",
        "startretries=1000000",
        f"stopsignal={program.stop_signal}",
        f"stopwaitsecs={STOP_S}",
        "stopasgroup=false",
        "killasgroup=true",
    ]


def _escape(text: str) -> str:
    """Supervisor expands % in values."""
    return text.replace("%", "%%")


def _quote(part: str) -> str:
    return f'"{part}"' if " " in part or ";" in part else part


class Supervisor:
    """The running supervisord of one installation."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._address = f"unix://{socket_path(installation)}"

    def _ask(self, method: str, *arguments: Any) -> Any:
        """A fresh connection each time: supervisor's transport does not recover from a failed one."""
        transport = SupervisorTransport(None, None, self._address)
        try:
            return getattr(ServerProxy("http://localhost", transport=transport).supervisor, method)(*arguments)
        finally:
            transport.close()

    def is_running(self) -> bool:
        try:
            return bool(self._ask("getState")["statename"] == "RUNNING")
        except (OSError, ConnectionError):
            return False

    def ensure(self) -> None:
        """Starts supervisord, or lets the running one read a changed configuration."""
        config = write_config(self._installation)
        if self.is_running():
            self._reload()
            return
        program = Path(sys.executable).parent / "supervisord"
        result = subprocess.run(
            [str(program), "-c", str(config)], capture_output=True, text=True, check=False, cwd=ROOT
        )
        if result.returncode or not self._wait_until_running():
            raise Problem(f"supervisord did not start: {result.stderr.strip() or result.stdout.strip()}")

    def _reload(self) -> None:
        """What runs under a changed configuration is started again under the new one."""
        up = {name for name, state in self.states().items() if state["pid"]}
        added, changed, removed = self._ask("reloadConfig")[0]
        for name in (*changed, *removed):
            self.stop([name])
            self._ask("removeProcessGroup", name)
        for name in (*changed, *added):
            self._ask("addProcessGroup", name)
        self.start([name for name in changed if name in up])

    def start(self, names: Sequence[str]) -> None:
        states = self.states()
        for name in names:
            if states.get(name, {}).get("statename") not in {"RUNNING", "STARTING"}:
                try:
                    self._ask("startProcess", name, False)
                except Fault as fault:
                    raise Problem(f"{name} cannot start: {fault.faultString}") from None

    def stop(self, names: Sequence[str]) -> None:
        """Asks all at once, then waits for each."""
        running = [name for name in names if self.states().get(name, {}).get("pid")]
        for name in running:
            self._ask("stopProcess", name, False)
        deadline = time.monotonic() + STOP_S + 5
        while time.monotonic() < deadline and any(self.states()[name]["pid"] for name in running):
            time.sleep(0.1)

    def states(self) -> dict[str, dict[str, Any]]:
        return {state["name"]: state for state in self._ask("getAllProcessInfo")}

    def shut_down(self) -> None:
        self._ask("shutdown")
        deadline = time.monotonic() + STOP_S + 5
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.1)

    def _wait_until_running(self) -> bool:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self.is_running():
                return True
            time.sleep(0.05)
        return False
