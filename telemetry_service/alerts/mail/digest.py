"""Mails about alerts: the moves that no mail has said, several in one, not more often than every quarter of an hour.

A row says that a mail is to be sent; it is written before the server is asked, and settled after.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from shared.db.turns import take_turn
from shared.errors import OutsideError, Retry
from telemetry_service.alerts.kinds import Kind, Severity
from telemetry_service.alerts.mail.letter import Line, letter
from telemetry_service.alerts.mail.server import MailServer, hand_over
from telemetry_service.alerts.models import AlertMove, Digest
from telemetry_service.alerts.states import AlertState
from telemetry_service.points.models import Point
from telemetry_service.points.queries import known_points

logger = logging.getLogger(__name__)
APART = timedelta(minutes=15)
# What happened longer ago is no news: whoever turns mails on later is not told of years.
NEWS = timedelta(days=1)
AT_WORK = timedelta(minutes=5)  # another process may be at it so long
WAITS = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=12))


def send_digest(now: datetime) -> int:
    """Says how many mails went out. A server that refuses or is away is the mail's problem, not the alerts'."""
    server: MailServer | None = settings.ALERT_MAIL
    if server is None:
        return 0
    digest = _take(now)
    if digest is None:
        return 0
    message = letter(
        _lines(digest), sender=server.sender, to=server.to, reference=_reference(digest, server), at=digest.made_at
    )
    try:
        hand_over(server, message)
    except OutsideError as error:
        _put_off(digest, error, now)
        return 0
    return Digest.objects.filter(id=digest.id, sent_at=None).update(sent_at=now, problem="")


def _take(now: datetime) -> Digest | None:
    """The mail that is due, made where there is news; nobody else takes it for some minutes."""
    with transaction.atomic():
        take_turn("alert mail")
        waiting = Digest.objects.filter(sent_at=None, given_up_at=None)
        digest = waiting.order_by("id").first() or _made(now)
        if digest is None or digest.next_try_at > now:
            return None
        digest.tries, digest.next_try_at = digest.tries + 1, now + AT_WORK
        digest.save(update_fields=["tries", "next_try_at"])
    return digest


def _made(now: datetime) -> Digest | None:
    if Digest.objects.filter(made_at__gt=now - APART).exists():
        return None
    news = AlertMove.objects.filter(
        digest=None, moved_at__gt=now - NEWS, after__in=[AlertState.OPEN.value, AlertState.CLOSED.value]
    )
    ids = list(news.values_list("id", flat=True))
    if not ids:
        return None
    digest = Digest.objects.create(made_at=now, next_try_at=now)
    AlertMove.objects.filter(id__in=ids).update(digest=digest)
    return digest


def _put_off(digest: Digest, error: OutsideError, now: datetime) -> None:
    """Again later where that may help; what the server will never take is given up, and says so."""
    ends = error.retry is Retry.NEVER or digest.tries > len(WAITS)
    wait = WAITS[min(digest.tries, len(WAITS)) - 1]
    Digest.objects.filter(id=digest.id, sent_at=None).update(
        problem=error.detail[:500], next_try_at=now + wait, given_up_at=now if ends else None
    )
    logger.warning("alert mail not sent", extra={"digest": digest.id, "code": error.code, "given_up": ends})


def _lines(digest: Digest) -> list[Line]:
    """Of an alert that was opened and closed meanwhile the end alone."""
    moves = {move.alert_id: move for move in digest.moves.select_related("alert").order_by("id")}
    points = known_points(sorted({move.alert.point_id for move in moves.values()}))
    return [
        Line(
            point=_named(points.get(move.alert.point_id), move.alert.point_id),
            severity=Severity(move.alert.severity),
            label=Kind(move.alert.kind).label,
            variable=move.alert.variable,
            says=move.alert.says,
            since=move.alert.since,
            at=move.moved_at,
            over=move.after == AlertState.CLOSED,
        )
        for move in moves.values()
    ]


def _named(point: Point | None, point_id: UUID) -> str:
    return f"{point.code} · {point.name}" if point else str(point_id)


def _reference(digest: Digest, server: MailServer) -> str:
    return f"alertas.{digest.id}.{digest.made_at:%Y%m%d%H%M%S}@{server.sender.rpartition('@')[2]}"
