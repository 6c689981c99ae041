"""The demo's own part of an installation: its marker, its login, its clock, and how it follows the services."""

import secrets
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg2

from deploy.native import lifecycle
from deploy.native.problem import Problem
from deploy.native.processes import SERVICES
from deploy.native.state import ROOT, Installation, open_installation

EMAIL = "admin@example.cl"
FOLLOWED = ("telemetry", "compliance")
TELLS = {"telemetry": ("--tell", "process")}
# What a demo leaves behind; the installation's secrets and keys stay.
OWN_FOLDERS = ("beat", "demo", "metrics", "postgres", "redis", "simulators")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Followed:
    """How to run a service's `sweep --lockstep`."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    url: str
    logs: Path
    clock_file: Path
    finished: Path
    password: str = field(repr=False)
    providers_url: str
    dga_url: str
    sma_url: str
    followed: Mapping[str, Followed]
    email: str = EMAIL


def settings_of(installation: Installation) -> Settings:
    def local(name: str) -> str:
        return f"http://127.0.0.1:{installation.ports[name]}"

    return Settings(
        url=lifecycle.address(installation),
        logs=installation.path("logs"),
        clock_file=installation.clock_file,
        finished=installation.path("demo", "finished"),
        password=_password(installation),
        providers_url=local("sim-providers"),
        dga_url=local("sim-dga"),
        sma_url=local("sim-sma"),
        followed={name: _followed(installation, name) for name in FOLLOWED},
    )


def _followed(installation: Installation, service: str) -> Followed:
    """Points and keys change only when people change them; processes beside look at the health and at receipts.

    Compliance needs what Telemetry has processed, and looks while Telemetry sees to the rest.
    """
    left_out = [part for step in ("sync_points", "sync_keys", "health", "read_back") for part in ("--without", step)]
    command = lifecycle.manage_command(
        installation, service, ["sweep", "--lockstep", *TELLS.get(service, ()), *left_out]
    )
    environment = installation.environment(service)
    changed = {"LOG_LEVEL": "WARNING", "DATABASE_URL": _hurried(environment["DATABASE_URL"], service)}
    return Followed(command, environment | changed)


def _hurried(url: str, service: str) -> str:
    """Commits without waiting for the disk. A crash of PostgreSQL costs the replay half a second, which it repeats."""
    options = quote(f"-c search_path={service} -c timezone=UTC -c synchronous_commit=off")
    return f"{url}{'&' if urlsplit(url).query else '?'}options={options}"


def _password(installation: Installation) -> str:
    """Made on the first run; the same on the next."""
    path = installation.path("demo", "password")
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(12))
    return path.read_text().strip()


def claim(installation: Installation, say: Say) -> None:
    """Makes the installation a demo's. Raises Problem when it is at work already: its clock would go back to 2024."""
    if installation.is_demo:
        return
    is_new = installation.own_database and not installation.path("postgres", "data").exists()
    if not is_new:
        lifecycle.start(installation, SERVICES, say)
        if _points(installation):
            raise Problem(
                "This installation holds points of its own, and the demo lives in 2024: stop it, and run the demo with "
                "STACK_STATE set to another folder"
            )
    installation.path("demo").mkdir()


def _points(installation: Installation) -> int:
    with psycopg2.connect(installation.database_url("core")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core.catchment_point")
        return sum(row[0] for row in cursor)


def empty(installation: Installation, say: Say) -> None:
    """Forgets everything an earlier demo left."""
    if not installation.is_demo:
        return
    if not installation.own_database:
        raise Problem("--fresh empties only a database of the demo's own: drop the one of DATABASE_URL yourself")
    lifecycle.stop(installation, SERVICES, say)
    installation.clock_file.unlink(missing_ok=True)
    for name in OWN_FOLDERS:
        shutil.rmtree(installation.path(name), ignore_errors=True)
    open_installation(installation.folder, installation.account, installation.given)


def make_admin(installation: Installation, settings: Settings) -> None:
    arguments = ["make_admin", "--email", settings.email, "--password-stdin"]
    result = subprocess.run(
        lifecycle.manage_command(installation, "core", arguments),
        env=installation.environment("core"),
        cwd=ROOT,
        input=f"{settings.password}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise Problem(f"core: the administrator could not be made: {result.stderr.strip().splitlines()[-1]}")
