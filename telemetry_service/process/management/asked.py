"""What a person says on the command line, read or refused."""

from datetime import datetime
from uuid import UUID

from django.core.management.base import CommandError
from django.utils.dateparse import parse_datetime

from telemetry_service.points.queries import known_points


def asked_point(said: str) -> UUID:
    """By its code or its id."""
    for one in known_points().values():
        if said in (one.code, str(one.id)):
            return UUID(str(one.id))
    raise CommandError(f"--point {said}: no existe ese punto")


def asked_instant(option: str, said: str) -> datetime:
    """With its offset: what is said without one would be another hour for somebody else."""
    try:
        at = parse_datetime(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise CommandError(f"{option} {said}: no es un instante con zona ⇒ 2026-01-31T08:00:00-04:00")
    return at
