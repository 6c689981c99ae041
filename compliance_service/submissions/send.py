"""Sends what is due. The attempt is committed before the bytes leave; the network is in no transaction."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from compliance_service.authorities.dga import document as dga
from compliance_service.authorities.dga.answers import Answer, Meaning, read_answer
from compliance_service.authorities.dga.client import Exchange, post
from compliance_service.obligations.models import ComplianceConfig
from compliance_service.obligations.operations import stop_config
from compliance_service.submissions.decision import Consequence, consequence, may_send_next
from compliance_service.submissions.models import Attempt, ComplianceData
from compliance_service.submissions.operations import begin_attempt, move
from compliance_service.submissions.queries import Sendable, sendable
from compliance_service.submissions.states import Status

logger = logging.getLogger(__name__)
UNSET = "http://unset.invalid"
MOST_WORKS = 200
THREADS = 4

# (submission, attempt, answer, now): what makes a receipt of an accepted attempt, in the same transaction.
Keep = Callable[[ComplianceData, Attempt, Answer, datetime], None]
# (what of whom, the secret) to the keyed digest that stands for it in what is kept.
Conceal = Callable[[str, bytes], str]


@dataclass(frozen=True, slots=True)
class Flight:
    """A claimed submission with everything the wire needs."""

    submission: ComplianceData
    attempt: Attempt
    was: Status
    owed: int
    url: str
    headers: dict[str, str]
    body: bytes
    timeout_s: float

    def fly(self) -> Exchange:
        allow = list(settings.OUTBOUND_ALLOW)
        return post(self.url, body=self.body, headers=self.headers, timeout_s=self.timeout_s, allow=allow)


def send_due(now: datetime, *, keep: Keep, conceal: Conceal) -> int:
    """Sends one submission of each work that may send; says how many left. Works do not wait for one another."""
    flights = [flight for item in sendable(now=now, limit=MOST_WORKS) if (flight := _claim(item, now, conceal))]
    if not flights:
        return 0
    # Threads only carry bytes; the database is this thread's alone.
    with ThreadPoolExecutor(max_workers=min(THREADS, len(flights))) as pool:
        for flight, exchange in zip(flights, pool.map(Flight.fly, flights), strict=True):
            answer = read_exchange(exchange)
            try:
                _land(flight, exchange, answer, now, keep)
            except IntegrityError:
                logger.exception(
                    "a voucher that another submission has", extra={"work": flight.submission.config.work_code}
                )
                _land(flight, exchange, replace(answer, meaning=Meaning.VOUCHER_OF_ANOTHER), now, keep)
    return len(flights)


def _claim(item: Sendable, now: datetime, conceal: Conceal) -> Flight | None:
    submission, config = item.submission, item.submission.config
    source = config.source.config
    sender = dga.Sender(config.informant_rut, config.company_rut, config.password)
    headers = dga.headers(config.work_code, now, style=source.get("timestamp_style", dga.TIMESTAMP_STYLES[0]))
    url = base_url(source["base_url"]) + dga.PATH
    body = dga.body(submission.document, sender)
    was = Status(submission.status)
    mark = conceal(f"dga password of {sender.informant_rut}", sender.password.encode())
    kept = dga.concealed_body(submission.document, sender, mark=mark)
    mac = conceal("request", body).encode()
    attempt = begin_attempt(submission, url=url, headers=headers, body=kept, mac=mac, now=now)
    if attempt is None:
        return None
    return Flight(submission, attempt, was, item.owed, url, headers, body, float(source["timeout_s"]))


def base_url(configured: str) -> str:
    chosen: str = settings.DGA_BASE_URL
    return configured if chosen == UNSET else chosen


def read_exchange(exchange: Exchange) -> Answer:
    if not exchange.sent:
        return Answer(Meaning.NOT_SENT, message=exchange.error)
    if exchange.status is None:
        return Answer(Meaning.NO_ANSWER, message=exchange.error)
    return read_answer(exchange.status, exchange.body)


def _land(flight: Flight, exchange: Exchange, answer: Answer, now: datetime, keep: Keep) -> None:
    after = consequence(answer, sent_at=now, was=flight.was)
    submission, config = flight.submission, flight.submission.config
    with transaction.atomic():
        _finish(flight.attempt, exchange, answer, now)
        if not move(submission, after.status, at=now, reason=after.reason, **_changes(after, now)):
            # Its lease ran out and it was called in doubt: the answer is kept with the attempt, the next day decides.
            logger.warning("answer came after the lease", extra={"submission": str(submission.id)})
            return
        if after.status is Status.CONFIRMED:
            keep(submission, flight.attempt, answer, now)
        if after.stop:
            stop_config(config_id=config.id, reason=answer.message, now=now)
        pause = may_send_next(owed=flight.owed, sent_at=now)
        ComplianceConfig.objects.filter(id=config.id).exclude(next_send_at=pause).update(next_send_at=pause)
    level = logging.INFO if after.status is Status.CONFIRMED else logging.WARNING
    logger.log(level, "submission answered", extra={"work": config.work_code, "meaning": after.reason})


def _changes(after: Consequence, now: datetime) -> dict[str, Any]:
    return {
        "leased_until": None,
        "next_attempt_at": after.next_attempt_at,
        "held_reason": after.reason if after.status is Status.HELD else "",
        "error_reason": after.reason if after.next_attempt_at else "",
        "confirmed_at": now if after.status is Status.CONFIRMED else None,
    }


def _finish(attempt: Attempt, exchange: Exchange, answer: Answer, now: datetime) -> None:
    Attempt.objects.filter(id=attempt.id).update(
        finished_at=now,
        response_status=exchange.status,
        response_headers=dict(exchange.headers),
        response_body=exchange.body,
        meaning=answer.meaning.value,
        message=answer.message[:300],
    )
