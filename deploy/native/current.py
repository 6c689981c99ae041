"""What a start need not do again: applied migrations, collected static files, compiled code."""

import compileall
import hashlib
from contextlib import closing
from pathlib import Path

import django
import psycopg2

from deploy.native.processes import SERVICES
from deploy.native.state import ROOT, Installation


def is_migrated(installation: Installation, service: str) -> bool:
    """Whether every migration on disk is in the service's own table, and Django's own are of this release.

    Not where it is to store otherwise than at the last migrate: that is for migrate to do, or to refuse.
    """
    is_same = _read(installation, f"migrated-{service}") == _migrated(installation)
    return is_same and _on_disk(service) <= _applied(installation, service)


def note_migrated(installation: Installation, service: str) -> None:
    _write(installation, f"migrated-{service}", _migrated(installation))


def is_collected(installation: Installation) -> bool:
    return _read(installation, "collected") == _static_digest() and any(installation.path("static").iterdir())


def note_collected(installation: Installation) -> None:
    _write(installation, "collected", _static_digest())


def compile_code() -> None:
    """The account that services run under may not be able to keep what Python compiles."""
    for folder in ("shared", "deploy", *(f"{service}_service" for service in SERVICES)):
        compileall.compile_dir(ROOT / folder, quiet=2)


def _on_disk(service: str) -> set[tuple[str, str]]:
    files = (ROOT / f"{service}_service").glob("*/migrations/0*.py")
    return {(file.parents[1].name, file.stem) for file in files}


def _applied(installation: Installation, service: str) -> set[tuple[str, str]]:
    try:
        with closing(psycopg2.connect(installation.database_url(service))) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")  # the role's search path is its own schema
            return set(cursor.fetchall())
    except psycopg2.Error:
        return set()


def _migrated(installation: Installation) -> str:
    return f"{_release()} {installation.given.get('HYPERTABLES', '')}".strip()


def _release() -> str:
    return f"Django {django.get_version()}"


def _static_digest() -> str:
    files = sorted(path for path in (ROOT / "core_service").glob("*/static/**/*") if path.is_file())
    said = "".join(f"{path}{path.stat().st_size}{path.stat().st_mtime_ns}" for path in files)
    return f"{_release()} {hashlib.sha256(said.encode()).hexdigest()}"


def _marker(installation: Installation, name: str) -> Path:
    return installation.path("run", name)


def _read(installation: Installation, name: str) -> str:
    marker = _marker(installation, name)
    return marker.read_text() if marker.exists() else ""


def _write(installation: Installation, name: str, text: str) -> None:
    _marker(installation, name).write_text(text)
