"""What changes API keys. Each change takes its place in the feed, leaves an event, and tells Telemetry to look."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Least

from core_service.clients.hints import hint_after_commit
from core_service.keys.feed import FEED
from core_service.keys.models import ApiKey, ApiKeyEvent, ApiKeySecret, What
from core_service.keys.queries import keys_within, missing_points, not_there, state_of
from core_service.web.conflicts import one_write
from shared.auth.api_keys import make_secret
from shared.errors import Conflict, Forbidden, invalid

logger = logging.getLogger(__name__)
HINT = "send_key_hints"
TAKEN = {"api_key_live_name_once": ("name", "otra clave vigente ya se llama así", "un nombre que nadie use")}
NOTE_USES = """
    UPDATE api_key SET last_used_at = used.at FROM unnest(%s::uuid[], %s::timestamptz[]) used(id, at)
    WHERE api_key.id = used.id AND (last_used_at IS NULL OR last_used_at < used.at)
"""
CHANGEABLE = ("name", "sources", "points", "expires_at")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who changes a key, and the points for which it may (None: all)."""

    who: str
    points: Collection[UUID] | None


@dataclass(frozen=True, slots=True)
class Made:
    """`text` is what the device needs. It is shown to whoever asked, and nobody can show it again."""

    key: ApiKey
    text: str = field(repr=False)


def create_key(*, fields: Mapping[str, Any], asker: Asker, now: datetime, key_id: UUID | None = None) -> Made:
    """`fields`: name, sources, points, expires_at (None: never). Raises InvalidInput, Forbidden, Conflict."""
    key = ApiKey(id=key_id or uuid4(), **fields, created_at=now, created_by=asker.who)
    _check(key, fields, asker, now)
    with one_write(TAKEN, fields):
        _put_in_feed(key, FEED.next_change(), asker.who, now)
        key.save(force_insert=True)
        text = _add_secret(key, asker.who, now)
        _note(key, What.CREATED, asker.who, now, {name: _plain(getattr(key, name)) for name in CHANGEABLE})
        hint_after_commit(HINT)
    return Made(key, text)


def change_key(*, key_id: UUID, fields: Mapping[str, Any], asker: Asker, now: datetime) -> ApiKey:
    """Changes the fields given. Raises as `create_key`, and NotFound; Conflict too for a key that was revoked."""
    with one_write(TAKEN, fields):
        key = _take(key_id, asker, now)
        changed = {name: [_plain(getattr(key, name)), _plain(to)] for name, to in fields.items()}
        for name, to in fields.items():
            setattr(key, name, to)
        _check(key, fields, asker, now)
        key.save()
        _note(key, What.CHANGED, asker.who, now, {name: pair for name, pair in changed.items() if pair[0] != pair[1]})
        hint_after_commit(HINT)
    return key


def rotate_key(*, key_id: UUID, overlap: timedelta, asker: Asker, now: datetime) -> Made:
    """The key's next text; the one before holds for `overlap` more. Raises NotFound, Conflict for a dead key."""
    with transaction.atomic():
        key = _take(key_id, asker, now)
        if state_of(key, now) == "expired":
            raise Conflict("Esta clave ya venció: prolónguela antes de cambiarla por otra.")
        ends_at = now + overlap
        key.secrets.update(ends_at=Least(Coalesce(F("ends_at"), ends_at), ends_at))
        key.save()
        text = _add_secret(key, asker.who, now)
        _note(key, What.ROTATED, asker.who, now, {"old_ends_at": ends_at.isoformat()})
        hint_after_commit(HINT)
    return Made(key, text)


def revoke_key(*, key_id: UUID, reason: str, asker: Asker, now: datetime) -> ApiKey:
    """For good, and at once: in seconds where Telemetry hears the hint, in a minute where not. Raises NotFound.

    Doing it twice is a Conflict: the second to come learns who was first.
    """
    with transaction.atomic():
        key = _take(key_id, asker, now)
        key.revoked_at, key.revoked_by = now, asker.who
        key.save()
        _note(key, What.REVOKED, asker.who, now, {"reason": reason})
        hint_after_commit(HINT)
    logger.info("api key revoked", extra={"key": str(key_id), "who": asker.who})
    return key


def note_uses(uses: Sequence[tuple[UUID, datetime]]) -> int:
    """Telemetry tells when keys were last used; how many that moved. What comes late moves nothing back."""
    latest: dict[UUID, datetime] = {}
    for key_id, at in uses:
        latest[key_id] = max(at, latest.get(key_id, at))
    with connection.cursor() as cursor:
        cursor.execute(NOTE_USES, [[str(key_id) for key_id in latest], list(latest.values())])
        return int(cursor.rowcount)


def _take(key_id: UUID, asker: Asker, now: datetime) -> ApiKey:
    """The key's row, locked, with its next place in the feed. The feed's lock comes first: see Feed.next_change."""
    seq = FEED.next_change()
    key = keys_within(asker.points).select_for_update().filter(id=key_id).first()
    if key is None:
        raise not_there(key_id)
    if key.revoked_at is not None:
        raise Conflict(f"{key.revoked_by} revocó esta clave el {key.revoked_at:%Y-%m-%d %H:%M} UTC: haga otra.")
    _put_in_feed(key, seq, asker.who, now)
    return key


def _put_in_feed(key: ApiKey, seq: int, who: str, now: datetime) -> None:
    key.change_seq, key.updated_at, key.updated_by = seq, now, who


def _add_secret(key: ApiKey, who: str, now: datetime) -> str:
    new = make_secret()
    ApiKeySecret.objects.create(
        prefix=new.prefix, key=key, digest=new.digest, hash_key=new.hash_key, made_at=now, made_by=who
    )
    return new.text


def _note(key: ApiKey, what: What, who: str, now: datetime, said: dict[str, Any]) -> None:
    ApiKeyEvent.objects.create(key=key, at=now, by=who, what=what, said=said)


def _check(key: ApiKey, fields: Mapping[str, Any], asker: Asker, now: datetime) -> None:
    """What the database cannot say: points that are there, and nobody giving away what is another's."""
    if not key.sources and not key.points:
        raise invalid("sources", "la clave no es para nada", expected="ids de fuentes, o ids de puntos en «points»")
    if asker.points is not None and key.sources:
        raise Forbidden("Solo el personal hace claves para fuentes sueltas: dé los puntos en «points».")
    missing = missing_points(fields.get("points", ()), points=asker.points)
    if missing:
        raise invalid("points", "no existe ese punto entre los suyos", received=missing[0], expected="ids de puntos")
    expires_at = fields.get("expires_at")
    if expires_at is not None and expires_at <= now:
        raise invalid("expires_at", "ya pasó", received=expires_at.isoformat(), expected="un instante futuro, o null")


def _plain(value: Any) -> Any:
    """As JSON can hold it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return [str(one) for one in value] if isinstance(value, list) else value
