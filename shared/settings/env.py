"""Typed readers of environment variables. Nonsense stops the start with one line that says what to do."""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


class EnvironmentProblem(SystemExit):
    """A variable is missing or wrong. Printed as it is, with exit status 1."""


@dataclass(frozen=True, slots=True)
class DatabaseURL:
    user: str
    password: str = field(repr=False)
    host: str
    port: int
    name: str
    options: dict[str, str]


class Env:
    """Reads typed values from a mapping of names to text, by default the process's environment."""

    def __init__(self, source: Mapping[str, str] | None = None) -> None:
        self._source = os.environ if source is None else source

    def text(self, name: str, default: str | None = None) -> str:
        value = self._source.get(name, "").strip()
        if value:
            return value
        if default is None:
            raise EnvironmentProblem(f"{name} is missing: set it in the environment or in .env (see .env.example)")
        return default

    def secret(self, name: str, *, at_least: int = 32) -> str:
        value = self.text(name)
        if len(value) < at_least:
            raise EnvironmentProblem(f"{name} is too short: it needs at least {at_least} characters")
        return value

    def integer(self, name: str, default: int | None = None, *, low: int = 0, high: int = 2**31 - 1) -> int:
        value = self.text(name, None if default is None else str(default))
        if not value.lstrip("-").isdigit() or not low <= int(value) <= high:
            raise EnvironmentProblem(f"{name} is {value!r}: it must be a whole number from {low} to {high}")
        return int(value)

    def number(self, name: str, default: float | None = None, *, low: float = 0.0) -> float:
        value = self.text(name, None if default is None else str(default))
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not low <= number < float("inf"):
            raise EnvironmentProblem(f"{name} is {value!r}: it must be a number of {low} or more")
        return number

    def boolean(self, name: str, default: bool | None = None) -> bool:
        value = self.text(name, None if default is None else str(default)).lower()
        if value not in TRUE | FALSE:
            raise EnvironmentProblem(f"{name} is {value!r}: it must be true or false")
        return value in TRUE

    def listing(self, name: str, default: str | None = None) -> list[str]:
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise EnvironmentProblem(f"{name} is {value!r}: it must be one of {', '.join(allowed)}")
        return value

    def path(self, name: str, default: str | None = None, *, exists: bool = False) -> Path:
        value = Path(self.text(name, default))
        if exists and not value.exists():
            raise EnvironmentProblem(f"{name} names {value}, which does not exist or cannot be read")
        return value

    def url(self, name: str, default: str | None = None, *, schemes: tuple[str, ...] = ("http", "https")) -> str:
        value = self.text(name, default)
        parts = _split(name, value)
        if parts.scheme not in schemes or not parts.hostname:
            raise EnvironmentProblem(f"{name} must be a URL like {schemes[0]}://host:port/…")
        return value.rstrip("/")

    def database(self, name: str = "DATABASE_URL") -> DatabaseURL:
        parts = _split(name, self.text(name))
        right = f"{name} must look like postgresql://user:password@host:5432/database"
        if parts.scheme not in {"postgresql", "postgres"} or not parts.username or len(parts.path) < 2:
            raise EnvironmentProblem(right)
        return DatabaseURL(
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            host=parts.hostname or "",
            port=parts.port or 5432,
            name=unquote(parts.path[1:]),
            options=dict(parse_qsl(parts.query)),
        )

    def replica(self, name: str = "DATABASE_REPLICA_URL") -> DatabaseURL:
        """A copy has the roles and databases of what it copies: those that are not said are DATABASE_URL's."""
        parts, own = _split(name, self.text(name)), self.database()
        if parts.scheme not in {"postgresql", "postgres"} or not parts.hostname:
            raise EnvironmentProblem(f"{name} must look like postgresql://host:5432")
        return DatabaseURL(
            user=unquote(parts.username) if parts.username else own.user,
            password=unquote(parts.password) if parts.password else own.password,
            host=parts.hostname,
            port=parts.port or 5432,
            name=unquote(parts.path[1:]) or own.name,
            options=dict(parse_qsl(parts.query)),
        )

    def fernet_keys(self, name: str) -> list[str]:
        """Keys of 32 bytes in URL-safe base64, the one that encrypts first."""
        keys = self.listing(name)
        for key in keys:
            if not _is_fernet_key(key):
                raise EnvironmentProblem(f"{name} must hold 32-byte keys in URL-safe base64, separated by commas")
        if not keys:
            raise EnvironmentProblem(f"{name} is empty: it must hold at least one key")
        return keys


def _split(name: str, value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise EnvironmentProblem(f"{name} is not a URL: its host or port cannot be read") from error
    return parts


def _is_fernet_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key)) == 32
    except (ValueError, binascii.Error):
        return False
