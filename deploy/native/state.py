"""What an installation keeps: its folders, its secrets, its ports, and the environment of each service."""

import base64
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from deploy.native.account import Account
from deploy.native.problem import Problem
from deploy.native.processes import PORTS, SERVICES
from shared.auth.keys import make_key

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "stack"
FOLDERS = ("beat", "keys", "logs", "metrics", "nginx", "postgres", "redis", "run", "simulators", "static")
GENERATED = ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", *(f"{name.upper()}_DB_PASSWORD" for name in ("admin", *SERVICES)))


@dataclass(frozen=True)
class Installation:
    """`given` is the environment and `.env`, `secrets` what was generated on the first start."""

    folder: Path
    account: Account
    given: Mapping[str, str]
    secrets: Mapping[str, str]

    def path(self, *parts: str) -> Path:
        return self.folder.joinpath(*parts)

    def port(self, name: str, default: int) -> int:
        value = self.given.get(name, str(default))
        if not value.isdigit() or not 1 <= int(value) <= 65535:
            raise Problem(f"{name} is {value!r}: it must be a port from 1 to 65535")
        return int(value)

    @cached_property
    def ports(self) -> dict[str, int]:
        own = {"nginx": self.port("HTTP_PORT", 8080)}
        own |= {name: self.port(f"{name.upper()}_PORT", port) for name, port in PORTS.items()}
        own |= {"postgres": self.port("POSTGRES_PORT", 5433), "redis": self.port("REDIS_PORT", 6380)}
        own |= {
            "sim-providers": self.port("SIM_PROVIDERS_PORT", 9001),
            "sim-dga": self.port("SIM_DGA_PORT", 9002),
            "sim-sma": self.port("SIM_SMA_PORT", 9004),
        }
        return own

    @property
    def clock_file(self) -> Path:
        return self.path("clock.json")

    @property
    def is_demo(self) -> bool:
        """A demo's installation lives on a virtual clock, beside simulators."""
        return self.path("demo").exists()

    @property
    def own_database(self) -> bool:
        return not self.given.get("DATABASE_URL")

    @property
    def own_redis(self) -> bool:
        return not self.given.get("REDIS_URL")

    @property
    def admin_url(self) -> str:
        """A role that may create roles and databases."""
        if not self.own_database:
            return self.given["DATABASE_URL"]
        password = quote(self.secrets["ADMIN_DB_PASSWORD"])
        return f"postgresql://postgres:{password}@127.0.0.1:{self.ports['postgres']}/postgres"

    @property
    def database_name(self) -> str:
        return DATABASE if self.own_database else urlsplit(self.given["DATABASE_URL"]).path[1:]

    @property
    def redis_url(self) -> str:
        return self.given.get("REDIS_URL") or f"redis://127.0.0.1:{self.ports['redis']}/0"

    def database_url(self, service: str) -> str:
        parts = urlsplit(self.admin_url)
        host = (parts.hostname or "127.0.0.1") + (f":{parts.port}" if parts.port else "")
        password = quote(self.secrets[f"{service.upper()}_DB_PASSWORD"])
        return urlunsplit(("postgresql", f"{service}:{password}@{host}", f"/{self.database_name}", parts.query, ""))

    def environment(self, service: str) -> dict[str, str]:
        """All that a process of `service` is told, and nothing of what it need not know."""
        urls = {f"{name.upper()}_URL": f"http://127.0.0.1:{self.ports[name]}" for name in SERVICES}
        chosen = {name: value for name, value in self.given.items() if name in CHOSEN and value}
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "MALLOC_ARENA_MAX": "2",
            "HOME": str(self.folder),
            "STACK_INSTALLATION": str(self.folder),
            "DJANGO_SETTINGS_MODULE": f"{service}_service.settings",
            "DATABASE_URL": self.database_url(service),
            "REDIS_URL": self.redis_url,
            "SECRET_KEY": self.secrets["SECRET_KEY"],
            "FIELD_ENCRYPTION_KEYS": self.secrets["FIELD_ENCRYPTION_KEYS"],
            "SIGNING_KEY_FILE": str(self.path("keys", f"{service}.key")),
            "JWKS_DIR": str(self.path("keys", "jwks")),
            "PROMETHEUS_MULTIPROC_DIR": str(self.path("metrics", service)),
            "STATIC_ROOT": str(self.path("static")),
            **urls,
            **chosen,
            **(self._demo_environment() if self.is_demo else {}),
        }

    def _demo_environment(self) -> dict[str, str]:
        return {
            "STACK_CLOCK_FILE": str(self.clock_file),
            "OUTBOUND_ALLOW": "127.0.0.1",
            "DGA_BASE_URL": f"http://127.0.0.1:{self.ports['sim-dga']}/api/v1",
            "DGA_REHEARSAL_URL": f"http://127.0.0.1:{self.ports['sim-dga']}/api/v1",
            "SMA_BASE_URL": f"http://127.0.0.1:{self.ports['sim-sma']}/api/v1",
        }


# What an operator may choose and a service is told as it is.
CHOSEN = (
    "DATABASE_REPLICA_URL",
    "REPLICA_MAX_LAG_S",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "HTTPS_ONLY",
    "LOG_LEVEL",
    "OUTBOUND_ALLOW",
    "STATEMENT_TIMEOUT_MS",
    "HYPERTABLES",
    "COLLECT_CONCURRENCY",
    "API_KEY_RATE",
    "API_KEY_BURST",
    "API_KEY_AT_ONCE",
    "ALERT_MAIL_SERVER",
    "ALERT_MAIL_FROM",
    "ALERT_MAIL_TO",
    "WEB_THREADS",
    "WEB_WORKERS",
    "CORE_URL",
    "TELEMETRY_URL",
    "COMPLIANCE_URL",
    "DGA_BASE_URL",
    "DGA_REHEARSAL_URL",
    "SMA_BASE_URL",
    "SECRET_KEY",
    "FIELD_ENCRYPTION_KEYS",
    "STACK_CLOCK_FILE",
)


def open_installation(folder: Path, account: Account, given: Mapping[str, str]) -> Installation:
    """The installation in `folder`; made on the first call."""
    try:
        for name in FOLDERS:
            folder.joinpath(name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(
            f"Cannot write to the state folder {folder} ({error.strerror}): set STACK_STATE to another"
        ) from None
    installation = Installation(folder, account, given, _secrets(folder / "secrets.env"))
    for service in SERVICES:
        make_key(folder / "keys", service)
        for name in ("beat", "metrics"):
            folder.joinpath(name, service).mkdir(exist_ok=True)
    account.own(folder)
    return installation


def read_env_file(path: Path) -> dict[str, str]:
    """`NAME=value` lines; quotes around a value are taken off."""
    if not path.exists():
        return {}
    values = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, sign, value = text.partition("=")
        if not sign or not name.strip().isidentifier():
            raise Problem(f"{path.name}, line {number}: {text!r} is not NAME=value")
        values[name.strip()] = _value(value)
    return values


def _value(text: str) -> str:
    """Without its quotes, or without the comment that follows it."""
    text = text.strip()
    if text[:1] in {'"', "'"}:
        return text[1:].partition(text[0])[0]
    return "" if text.startswith("#") else text.partition(" #")[0].strip()


def _secrets(path: Path) -> dict[str, str]:
    found = read_env_file(path)
    missing = [name for name in GENERATED if name not in found]
    if missing:
        found |= {name: _generate(name) for name in missing}
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.writelines(f"{name}={value}\n" for name, value in found.items())
    return found


def _generate(name: str) -> str:
    if name == "FIELD_ENCRYPTION_KEYS":
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(48)
