"""Keeps pushes, several of them in one transaction: rows, answers and what is left to process, all or nothing."""

import logging
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from psycopg2.errors import CheckViolation

from shared.errors import StackError
from telemetry_service.health.operations import note_impossible_time
from telemetry_service.push.errors import AGAIN, AWAY, DatabaseAway, KeyReused
from telemetry_service.push.keep.push import Push, answers_of, bodies_of
from telemetry_service.push.keep.quick import keep_fresh
from telemetry_service.push.keep.rows import ANSWER, remembered, spans_of_points
from telemetry_service.push.models import PushAnswer, SourceChange
from telemetry_service.push.place.judge import Judged, judge
from telemetry_service.push.place.sources import Directory, Version, current, directory_of
from telemetry_service.raw.fresh import many
from telemetry_service.raw.lots import joined
from telemetry_service.raw.operations import request_all
from telemetry_service.raw.partitions import make_partitions
from telemetry_service.raw.store import put_down

logger = logging.getLogger(__name__)
FEW = 32
ANSWERS_KEPT = timedelta(days=2)
CHANGES_KEPT = timedelta(hours=1)
# The version under which names were read, and the answers of pushes that come again.
LOOK = """
SELECT (SELECT count(*) FROM push_source_change), (SELECT coalesce(sum(id), 0)::bigint FROM push_source_change),
       said.n, known.digest, known.body
  FROM unnest(%s::uuid[], %s::text[]) WITH ORDINALITY AS said (key_id, idempotency_key, n)
  LEFT JOIN push_answer known ON known.key_id = said.key_id AND known.idempotency_key = said.idempotency_key
"""


def keep(pushes: Sequence[Push], *, now: datetime) -> None:
    """Gives each its outcome. Where they fail together they are kept singly: one's trouble is its own."""
    try:
        _tried(pushes, now)
    except AWAY as error:
        logger.warning("pushes not stored", extra={"why": type(error).__name__, "pushes": len(pushes)})
        _fail(pushes, DatabaseAway(AGAIN))
    except Exception as error:
        if len(pushes) > 1:
            for push in pushes:
                keep([push], now=now)
            return
        logger.exception("push not stored", extra={"key": str(pushes[0].key_id)})
        _fail(pushes, StackError(f"Error interno ({type(error).__name__}): quedó registrado. No se guardó nada."))


def forget_old_answers(*, now: datetime) -> int:
    """What is repeated later is known row by row."""
    deleted, _ = PushAnswer.objects.filter(received_at__lt=now - ANSWERS_KEPT).delete()
    # The newest stays: whoever has not looked since before it must see another sum than then.
    newest = SourceChange.objects.aggregate(newest=Max("id"))["newest"]
    SourceChange.objects.filter(at__lt=now - CHANGES_KEPT).exclude(id=newest).delete()
    return deleted


def _tried(pushes: Sequence[Push], now: datetime) -> None:
    """Once more where the connection is found lost: a server that was restarted is no reason to send devices away.

    If it was lost while it committed, the second try finds what is there: the same rows are known, and so is a push
    that has a name.
    """
    before = connection.connection
    try:
        _keep(pushes, now)
    except AWAY:
        # Django may have opened another meanwhile.
        if before is None or (connection.connection is before and connection.is_usable()):
            raise
        connection.close()
        _keep(pushes, now)


def _keep(pushes: Sequence[Push], now: datetime) -> None:
    guessed = current()
    # Of many small ones all at once: it may be the first that this process hears of them.
    guessed.look_up({name for push in pushes if push.rows < FEW for name, _, _ in push.said.names if name})
    judged = {push: judge(push.said, guessed, push.arrival) for push in pushes}
    if keep_fresh(pushes, guessed, judged, now=now):
        return
    try:
        _write(pushes, guessed, judged, now)
    except IntegrityError as error:
        if not isinstance(error.__cause__, CheckViolation):
            raise
        # A month that has no partition yet: rare, so it costs the usual push nothing to find out this way.
        lots = [one.lot for one in judged.values()]
        times = [lot.instant(number) for lot in lots for number in range(len(lot))]
        if not make_partitions(device_times=times, received_at=max(push.arrival.received_at for push in pushes)):
            raise
        _write(pushes, guessed, judged, now)


def _write(pushes: Sequence[Push], guessed: Directory, judged: dict[Push, Judged], now: datetime) -> None:
    outcomes: dict[Push, bytes | StackError] = {}
    with transaction.atomic():
        version, known = _look(pushes)
        fresh = _first_ones(pushes, known, outcomes)
        again = _repeats(fresh)
        fresh = [push for push in fresh if push not in again]
        if version != guessed.version:
            held = directory_of(version)
            judged |= {push: judge(push.said, held, push.arrival) for push in fresh}
        _store(fresh, judged, outcomes, now)
    for push, first in again.items():
        outcomes[push] = outcomes[first] if push.digest == first.digest else _reused(push)
    for push in pushes:
        push.outcome = outcomes[push]


def _look(pushes: Sequence[Push]) -> tuple[Version, dict[Push, tuple[bytes, bytes]]]:
    """The version of what names mean, and the digest and the answer of each push that came before."""
    with connection.cursor() as cursor:
        cursor.execute(LOOK, [[str(push.key_id) for push in pushes], [push.idempotency_key for push in pushes]])
        rows = cursor.fetchall()
    count, total = rows[0][:2]
    return (count, total), {
        pushes[n - 1]: (bytes(digest), zlib.decompress(bytes(body)))
        for _, _, n, digest, body in rows
        if digest is not None
    }


def _first_ones(
    pushes: Sequence[Push], known: dict[Push, tuple[bytes, bytes]], outcomes: dict[Push, bytes | StackError]
) -> list[Push]:
    """Those that nobody has answered yet."""
    fresh = []
    for push in pushes:
        if push in known:
            digest, body = known[push]
            outcomes[push] = body if digest == push.digest else _reused(push)
        else:
            fresh.append(push)
    return fresh


def _repeats(pushes: Sequence[Push]) -> dict[Push, Push]:
    """Those that have the name of one before them, and that one."""
    firsts = {push.name: push for push in reversed(pushes) if push.idempotency_key}
    return {push: firsts[push.name] for push in pushes if firsts.get(push.name, push) is not push}


def _store(fresh: Sequence[Push], judged: dict[Push, Judged], outcomes: dict[Push, Any], now: datetime) -> None:
    if not fresh:
        return
    put = put_down(joined([judged[push].lot for push in fresh]), bodies_of(fresh))
    outcomes |= answers_of(fresh, judged, put)
    _remember(fresh, outcomes)
    for push in fresh:
        for source_id, said in judged[push].impossible.items():
            note_impossible_time(source_id=source_id, said=said.isoformat(), now=now)
    first, last = spans_of_points(put.news, [judged[push] for push in fresh])
    request_all(first, now=now, to_times=last)


def _remember(pushes: Sequence[Push], outcomes: dict[Push, Any]) -> None:
    rows = remembered(pushes, outcomes)
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(*many(ANSWER, rows))


def _reused(push: Push) -> KeyReused:
    return KeyReused(
        f"La Idempotency-Key «{push.idempotency_key[:60]}» ya se usó para otro envío: use una nueva para cada envío, "
        "y la misma solo para repetirlo igual."
    )


def _fail(pushes: Sequence[Push], error: StackError) -> None:
    for push in pushes:
        push.outcome = error
