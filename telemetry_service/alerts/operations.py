"""Raises and clears alerts as looks show signs, and what a person does about them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from shared.db.turns import take_turn
from shared.errors import Conflict, NotFound
from telemetry_service.alerts.kinds import TERMS, Family, Kind, kinds_of
from telemetry_service.alerts.models import Alert, AlertMove, SeenSign
from telemetry_service.alerts.moves import may_move, move
from telemetry_service.alerts.signs import Key, Known, Sign, Step, step
from telemetry_service.alerts.states import ALIVE, AlertState, Cause

SAID = ("since", "says", "evidence")
ANY_SEEN = """
SELECT EXISTS (SELECT FROM alert_sign
                WHERE kind = ANY(%(kinds)s) AND (%(points)s::uuid[] IS NULL OR point_id = ANY(%(points)s::uuid[])))
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a family showed: of these points, or of all (None). What it does not show is not there."""

    family: Family
    signs: Sequence[Sign]
    points: Collection[UUID] | None = None

    def is_about(self, key: Key) -> bool:
        return TERMS[key.kind].family is self.family and (self.points is None or key.point_id in self.points)


def take_in(look: Look, *, now: datetime) -> int:
    """Raises, keeps and clears what the look calls for; says how many alerts it opened or closed.

    Twice at one time changes nothing the second time.
    """
    # What others note after this look at the rows is theirs to take away: it is as if we had looked a moment earlier.
    if not look.signs and not _is_any_seen(look):
        return 0
    with transaction.atomic():
        take_turn("alerts")
        rows = {_key(row): row for row in _seen(look)}
        signs = {sign.key: sign for sign in look.signs}
        steps = {key: step(key.kind, _known(rows.get(key)), seen=key in signs, now=now) for key in {**rows, **signs}}
        _note(signs, rows, now)
        opened = _raise([signs[key] for key in _of(steps, Step.RAISE)], now)
        closed = _clear([rows[key] for key in _of(steps, Step.CLEAR)], now)
        gone = [rows[key].id for key in _of(steps, Step.CLEAR, Step.FORGET)]
        if gone:
            SeenSign.objects.filter(id__in=gone).delete()
    return opened + closed


def acknowledge(*, alert_id: int, points: Collection[UUID] | None, note: str, actor: str, now: datetime) -> Alert:
    """A person takes it on. `points`: those that the person may see, None for all."""
    return _by_a_person(alert_id, points, AlertState.ACKNOWLEDGED, Cause.TAKEN, note, actor, now)


def close(*, alert_id: int, points: Collection[UUID] | None, note: str, actor: str, now: datetime) -> Alert:
    """Until what is wrong has been away, it is not raised again."""
    return _by_a_person(alert_id, points, AlertState.CLOSED, Cause.BY_HAND, note, actor, now)


def find(alert_id: int, *, points: Collection[UUID] | None) -> Alert:
    alert = Alert.objects.filter(id=alert_id).first()
    if alert is None or not (points is None or alert.point_id in points):
        raise NotFound("No existe esa alerta.")
    return alert


def _by_a_person(
    alert_id: int,
    points: Collection[UUID] | None,
    after: AlertState,
    cause: Cause,
    note: str,
    actor: str,
    now: datetime,
) -> Alert:
    with transaction.atomic():
        take_turn("alerts")
        alert = find(alert_id, points=points)
        before = AlertState(alert.state)
        if not may_move(before, after):
            raise Conflict(f"La alerta está {before.label}: no puede quedar {after.label}.")
        move(ids=[alert_id], before=before, after=after, cause=cause, now=now, by=actor, note=note)
    alert.refresh_from_db()
    return alert


def _is_any_seen(look: Look) -> bool:
    """By SQL: every minute, of every family, and mostly there is none."""
    points = None if look.points is None else list(look.points)
    if points == []:
        return False
    with connection.cursor() as cursor:
        cursor.execute(ANY_SEEN, {"kinds": [kind.value for kind in kinds_of(look.family)], "points": points})
        return bool(cursor.fetchone()[0])


def _seen(look: Look) -> Iterable[SeenSign]:
    rows = SeenSign.objects.filter(kind__in=[kind.value for kind in kinds_of(look.family)])
    return rows if look.points is None else rows.filter(point_id__in=look.points)


def _key(row: SeenSign) -> Key:
    return Key(row.point_id, row.variable, Kind(row.kind))


def _known(row: SeenSign | None) -> Known | None:
    return Known(row.first_seen_at, row.last_seen_at, row.alert_id is not None) if row else None


def _of(steps: Mapping[Key, Step], *wanted: Step) -> list[Key]:
    return sorted(key for key, one in steps.items() if one in wanted)


def _note(signs: Mapping[Key, Sign], rows: Mapping[Key, SeenSign], now: datetime) -> None:
    """A sign that is seen again says when last, and what is seen now."""
    fresh = [key for key in signs if key not in rows]
    SeenSign.objects.bulk_create(
        SeenSign(**key._asdict(), first_seen_at=now, last_seen_at=now, **_said(signs[key])) for key in sorted(fresh)
    )
    again = [rows[key] for key in signs if key in rows]
    for row in again:
        row.last_seen_at = max(now, row.first_seen_at)
        for name, value in _said(signs[_key(row)]).items():
            setattr(row, name, value)
    SeenSign.objects.bulk_update(again, ["last_seen_at", *SAID])


def _said(sign: Sign) -> dict[str, Any]:
    return {"since": sign.since, "says": sign.says, "evidence": dict(sign.evidence)}


def _raise(signs: Sequence[Sign], now: datetime) -> int:
    alerts = Alert.objects.bulk_create(
        Alert(
            **sign.key._asdict(),
            severity=TERMS[sign.key.kind].severity,
            state=AlertState.OPEN,
            opened_at=now,
            **_said(sign),
        )
        for sign in signs
    )
    said: dict[str, Any] = {"after": AlertState.OPEN, "cause": Cause.SEEN, "moved_at": now}
    AlertMove.objects.bulk_create(AlertMove(alert=alert, **said) for alert in alerts)
    for alert in alerts:
        same = SeenSign.objects.filter(point_id=alert.point_id, variable=alert.variable, kind=alert.kind)
        same.update(alert=alert)
    return len(alerts)


def _clear(rows: Sequence[SeenSign], now: datetime) -> int:
    ids = [row.alert_id for row in rows if row.alert_id is not None]
    if not ids:
        return 0
    said: dict[str, Any] = {"after": AlertState.CLOSED, "cause": Cause.CLEARED, "now": now}
    return sum(len(move(ids=ids, before=before, **said)) for before in ALIVE)
