"""What is to be looked at, what is to be sent, and what was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q

from compliance_service.authorities.answers import Meaning
from compliance_service.submissions.models import Attempt, ComplianceData, Move
from compliance_service.submissions.plan import FRESH
from compliance_service.submissions.states import SENDABLE, Status
from shared.db.unnest import by_column

SENDABLE_VALUES = [status.value for status in SENDABLE]
WORKING = Q(config__is_active=True, config__stopped_at=None, config__source__is_active=True)
# And what is prepared leaves by itself.
SENDING = WORKING & Q(config__is_shadow=False, config__is_by_hand=False)


@dataclass(frozen=True, slots=True)
class Duty:
    """An open duty whose data may be there."""

    id: int
    config: UUID
    slot_at: datetime
    waiting_for: str


# Open ones: what has ended is not looked at (`obligation_ended_is_not_looked_at`). Said again, it would lead the
# planner to all that are open.
TO_LOOK_AT = """
SELECT duty.id, duty.config_id, duty.slot_at, duty.waiting_for
  FROM obligation duty
  JOIN compliance_config config ON config.id = duty.config_id
  JOIN compliance_source source ON source.code = config.source_id
 WHERE duty.next_look_at <= %(now)s AND duty.slot_at <= %(now)s
   AND config.is_active AND config.stopped_at IS NULL AND source.is_active
 ORDER BY duty.slot_at LIMIT %(limit)s
"""


def duties_to_look_at(*, now: datetime, limit: int) -> list[Duty]:
    """The oldest hour first."""
    with connection.cursor() as cursor:
        cursor.execute(TO_LOOK_AT, {"now": now, "limit": limit})
        return [Duty(*row) for row in cursor.fetchall()]


# One of each work, by plan.turn: the freshest hour in a lane of its own, else the oldest, as a regulator gets a work's
# hours in their order. Those that could go for longest come first, so that no work waits for ever where many may send,
# and of a source no more than may leave now. Costs two index looks a work (`first`), and four more for each of those.
# Its duty is asked for row by row: joined, the planner may begin with all the duties that are open.
OF_WORK = """compliance_data submission
     WHERE submission.config_id = config.id AND submission.status IN ('PENDING', 'ERROR', 'IN_DOUBT')
       AND (SELECT outcome FROM obligation WHERE id = submission.obligation_id) = 'open'"""
SENDABLE_OF_WORK = f"{OF_WORK} AND submission.next_attempt_at <= %(now)s"
NEXT_OF_EACH = f"""
WITH config AS (
    SELECT config.id, config.source_id, greatest(first.at, config.next_send_at) AS since,
           row_number() OVER (PARTITION BY config.source_id
                                  ORDER BY greatest(first.at, config.next_send_at), config.id) AS place
      FROM compliance_config config
      JOIN compliance_source source ON source.code = config.source_id
     CROSS JOIN LATERAL (
        SELECT submission.next_attempt_at AS at FROM {SENDABLE_OF_WORK} ORDER BY submission.next_attempt_at LIMIT 1
     ) first
     WHERE config.is_active AND config.stopped_at IS NULL AND source.is_active
       AND NOT config.is_shadow AND NOT config.is_by_hand
       AND (config.next_send_at IS NULL OR config.next_send_at <= %(now)s)
)
SELECT next.id, next.obligation_id, config.id, config.source_id, next.status, next.document::text, next.more
  FROM config
  JOIN unnest(%(sources)s::text[], %(room)s::int[]) AS may(source_id, send)
    ON may.source_id = config.source_id AND config.place <= may.send
 CROSS JOIN LATERAL (
    SELECT lane.*, EXISTS (SELECT FROM {SENDABLE_OF_WORK} AND submission.id <> lane.id)::int AS more
      FROM (
        (SELECT submission.* FROM {SENDABLE_OF_WORK}
            AND submission.slot_at > %(fresh)s ORDER BY submission.slot_at DESC LIMIT 1)
        UNION ALL
        (SELECT submission.* FROM {SENDABLE_OF_WORK} ORDER BY submission.slot_at LIMIT 1)
      ) lane LIMIT 1
 ) next
 ORDER BY config.since, config.id
"""  # noqa: S608  # constants of this file
# When the first of all works may be sent: by its own time, its work's pause and its source's gap.
NEXT_SEND = f"""
SELECT min(greatest(first.at, config.next_send_at, turn.free_at))
  FROM compliance_config config
  JOIN compliance_source source ON source.code = config.source_id
  LEFT JOIN source_turn turn ON turn.source_id = source.code
 CROSS JOIN LATERAL (
    SELECT submission.next_attempt_at AS at FROM {OF_WORK} ORDER BY submission.next_attempt_at LIMIT 1
 ) first
 WHERE config.is_active AND config.stopped_at IS NULL AND source.is_active
   AND NOT config.is_shadow AND NOT config.is_by_hand
"""  # noqa: S608
NEXT_LOOK = """
SELECT duty.next_look_at FROM obligation duty
  JOIN compliance_config config ON config.id = duty.config_id
  JOIN compliance_source source ON source.code = config.source_id
 WHERE duty.next_look_at IS NOT NULL AND config.is_active AND config.stopped_at IS NULL AND source.is_active
 ORDER BY duty.next_look_at LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Sendable:
    """A submission that may be sent. `document` is JSON; `owed`: 1 where more of its work could be sent now, else 0."""

    id: UUID
    obligation: int
    config: UUID
    source: str
    status: Status
    document: str
    owed: int


def sendable(*, now: datetime, room: Mapping[str, int]) -> list[Sendable]:
    """One submission of each work that may send now. `room`: of how many works at most, by source; the others none."""
    if not room:
        return []
    sources, counts = by_column(room.items())
    with connection.cursor() as cursor:
        cursor.execute(NEXT_OF_EACH, {"now": now, "fresh": now - FRESH, "sources": sources, "room": counts})
        rows = cursor.fetchall()
    return [Sendable(row[0], row[1], row[2], row[3], Status(row[4]), row[5], row[6]) for row in rows]


def next_wake(now: datetime) -> datetime | None:
    """When the next row falls due: a look, or a send that its work's pause allows."""
    times: list[datetime | None] = []
    with connection.cursor() as cursor:
        for query in (NEXT_LOOK, NEXT_SEND):
            cursor.execute(query)
            times += cursor.fetchone() or ()
    return min((max(time, now) for time in times if time is not None), default=None)


def being_sent(config_id: UUID) -> list[int]:
    """Duties whose submission is under way, or may have arrived."""
    unsure = [Status.SENT.value, Status.IN_DOUBT.value]
    found = ComplianceData.objects.filter(config_id=config_id, status__in=unsure)
    return list(found.values_list("obligation_id", flat=True))


def known_of(config_id: UUID, *, start: datetime, end: datetime) -> dict[int, dict[str, Any]]:
    """By duty of [start, end), what its submission came to: the evidence of an explanation."""
    rows = ComplianceData.objects.filter(config_id=config_id, slot_at__gte=start, slot_at__lt=end)
    found = rows.values_list("obligation_id", "id", "status", "held_reason", "error_reason")
    return {
        duty: {"submission": str(submission), "status": status, "held_reason": held, "error_reason": error}
        for duty, submission, status, held, error in found
    }


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters of the list; `points` None means all."""

    points: frozenset[UUID] | None
    status: str = ""
    start: datetime | None = None
    end: datetime | None = None


COLUMNS = {
    "id": F("id"),
    "config": F("config_id"),
    "point": F("config__point_id"),
    "work_code": F("config__work_code"),
    "slot_at": F("slot_at"),
    "status": F("status"),
    "held_reason": F("held_reason"),
    "error_reason": F("error_reason"),
    "data": F("document"),
    "evidence": F("evidence"),
    "next_attempt_at": F("next_attempt_at"),
    "sent_at": F("sent_at"),
    "confirmed_at": F("confirmed_at"),
    "voucher": F("receipt__voucher"),
}


def page(wanted: Wanted, *, after: tuple[datetime, UUID] | None, limit: int) -> list[dict[str, Any]]:
    """Submissions by hour, the oldest first."""
    rows = ComplianceData.objects.order_by("slot_at", "id")
    if wanted.points is not None:
        rows = rows.filter(config__point_id__in=wanted.points)
    if wanted.status:
        rows = rows.filter(status=wanted.status)
    if wanted.start:
        rows = rows.filter(slot_at__gte=wanted.start)
    if wanted.end:
        rows = rows.filter(slot_at__lt=wanted.end)
    if after:
        rows = rows.filter(Q(slot_at__gt=after[0]) | Q(slot_at=after[0], id__gt=after[1]))
    return [_named(row) for row in rows.values_list(*COLUMNS.values())[:limit]]


def one(submission_id: UUID) -> dict[str, Any] | None:
    row = ComplianceData.objects.filter(id=submission_id).values_list(*COLUMNS.values()).first()
    return None if row is None else _named(row)


def _named(row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(COLUMNS, row, strict=True))


def attempts_of(submission_id: UUID) -> list[Attempt]:
    return list(Attempt.objects.filter(submission_id=submission_id).order_by("number"))


def last_meanings(config_id: UUID, count: int) -> list[str]:
    """What the last answered attempts of a work came to, the newest first."""
    answered = Attempt.objects.filter(submission__config_id=config_id, finished_at__isnull=False)
    return list(answered.order_by("-id").values_list("meaning", flat=True)[:count])


def moves_of(submission_id: UUID) -> list[Move]:
    return list(Move.objects.filter(submission_id=submission_id).order_by("id"))


def held_as_unknown(source: str) -> list[ComplianceData]:
    """Hours that are held because nobody knows what was answered."""
    rows = ComplianceData.objects.filter(status=Status.HELD.value, held_reason=Meaning.UNKNOWN.value)
    return list(rows.filter(config__source_id=source).select_related("config__source").order_by("slot_at", "id"))


def last_message(submission_id: UUID) -> str:
    rows = Attempt.objects.filter(submission_id=submission_id).order_by("-number")
    return rows.values_list("message", flat=True).first() or ""


def unknown_answers(source: str) -> list[dict[str, Any]]:
    """The words that hold hours, with how many, since when, and one of them."""
    found: dict[str, dict[str, Any]] = {}
    for submission in held_as_unknown(source):
        said = last_message(submission.id)
        line = {"message": said, "hours": 0, "first_at": submission.sent_at, "example": str(submission.id)}
        found.setdefault(said, line)["hours"] += 1
    return sorted(found.values(), key=lambda line: -line["hours"])
