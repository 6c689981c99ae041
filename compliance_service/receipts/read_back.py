"""Asks the regulator what it holds for each receipt, and compares it with what was sent."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from compliance_service.authorities.dga.record import Verdict, compare
from compliance_service.authorities.registry import AUTHORITIES
from compliance_service.authorities.wire import Exchange, get
from compliance_service.obligations.works import authority_for, work_of
from compliance_service.receipts.models import Incident, Receipt
from compliance_service.receipts.schedule import next_read
from shared.db.unnest import by_column

# A pass a minute: unusual traffic is blocked by the ministry's perimeter (manual, section 7).
MOST_A_PASS = 60
THREADS = 2
# Longer than a pass takes; what a dead worker held comes back after it.
CLAIM = timedelta(minutes=10)
SAYING = frozenset({Verdict.MATCHES, Verdict.DIFFERS, Verdict.NOT_FOUND})


@dataclass(frozen=True, slots=True)
class Reading:
    """A receipt that this worker reads, and where."""

    receipt: Receipt
    url: str
    timeout_s: float

    def ask(self) -> Exchange:
        return get(self.url, timeout_s=self.timeout_s, allow=list(settings.OUTBOUND_ALLOW))


def read_back(now: datetime) -> int:
    """Reads back the receipts whose turn it is, those that waited longest first; says how many."""
    readings = [_reading(receipt) for receipt in claim(now=now, limit=MOST_A_PASS)]
    if not readings:
        return 0
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        came = list(zip(readings, pool.map(Reading.ask, readings), strict=True))
    _keep(came, now)
    return len(readings)


def claim(*, now: datetime, limit: int) -> Sequence[Receipt]:
    readable = [code for code, authority in AUTHORITIES.items() if authority.reads_back]
    due = Receipt.objects.filter(next_read_at__lte=now, source_id__in=readable).order_by("next_read_at")
    with transaction.atomic():
        found = list(
            due.select_related("submission__config__source").select_for_update(skip_locked=True, of=("self",))[:limit]
        )
        Receipt.objects.filter(id__in=[receipt.id for receipt in found]).update(next_read_at=now + CLAIM)
    for receipt in found:
        receipt.next_read_at = now + CLAIM
    return found


def _reading(receipt: Receipt) -> Reading:
    config = receipt.submission.config
    url = authority_for(config).question(work_of(config), receipt.voucher)
    return Reading(receipt, url, float(config.source.config["timeout_s"]))


# Of a receipt that another worker read meanwhile nothing is kept: its word is newer.
KEEP = """
WITH said AS (
    SELECT * FROM unnest(%s::int[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::int[], %s::int[],
                         %s::int[], %s::bool[], %s::text[], %s::text[], %s::int[], %s::bytea[], %s::text[])
        AS said(place, id, claimed, next_read_at, matches, not_found, unanswered, is_said, verdict, url, status, body,
                differences)
), held AS (
    UPDATE receipt SET next_read_at = said.next_read_at, matches = said.matches, not_found = said.not_found,
           unanswered = said.unanswered, verdict = CASE WHEN is_said THEN said.verdict ELSE receipt.verdict END,
           read_at = CASE WHEN is_said THEN %s ELSE receipt.read_at END
      FROM said WHERE receipt.id = said.id AND receipt.next_read_at = said.claimed
    RETURNING receipt.id
)
INSERT INTO receipt_read_back (receipt_id, at, url, response_status, response_body, verdict, differences)
SELECT id, %s, url, status, body, verdict, differences::jsonb FROM said JOIN held USING (id) ORDER BY place
RETURNING receipt_id, id
"""


def _keep(came: Sequence[tuple[Reading, Exchange]], now: datetime) -> None:
    rows, incidents = [], set()
    for place, (reading, exchange) in enumerate(came):
        receipt = reading.receipt
        found = compare(receipt.submission.document, status=exchange.status, body=exchange.body)
        counts = _counted(receipt, found.verdict)
        tries = counts["not_found"] or counts["unanswered"]
        following = next_read(found.verdict, matches=counts["matches"], tries=tries, now=now)
        if following.incident:
            incidents.add(receipt.id)
        told = (found.verdict in SAYING, found.verdict.value, reading.url, exchange.status, exchange.body)
        differences = json.dumps([asdict(one) for one in found.differences])
        rows.append((place, receipt.id, receipt.next_read_at, following.at, *counts.values(), *told, differences))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(KEEP, [*by_column(rows), now, now])
        for receipt_id, kept in cursor.fetchall():
            if receipt_id in incidents and not Incident.objects.filter(receipt=receipt_id, closed_at=None).exists():
                Incident.objects.create(receipt_id=receipt_id, read_back_id=kept, opened_at=now)


def _counted(receipt: Receipt, verdict: Verdict) -> dict[str, int]:
    if verdict not in SAYING:
        return {"matches": receipt.matches, "not_found": 0, "unanswered": receipt.unanswered + 1}
    return {
        "matches": receipt.matches + (verdict is Verdict.MATCHES),
        "not_found": receipt.not_found + 1 if verdict is Verdict.NOT_FOUND else 0,
        "unanswered": 0,
    }
