"""Asks the regulator what it holds for each receipt, and compares it with what was sent."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from compliance_service.authorities.dga.record import Comparison, Verdict, compare
from compliance_service.authorities.registry import AUTHORITIES
from compliance_service.authorities.wire import Exchange, get
from compliance_service.obligations.works import authority_for, work_of
from compliance_service.receipts.models import Incident, ReadBack, Receipt
from compliance_service.receipts.schedule import next_read

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
        for reading, exchange in zip(readings, pool.map(Reading.ask, readings), strict=True):
            _keep(reading, exchange, now)
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


def _keep(reading: Reading, exchange: Exchange, now: datetime) -> None:
    receipt = reading.receipt
    found = compare(receipt.submission.document, status=exchange.status, body=exchange.body)
    counts = _counted(receipt, found.verdict)
    tries = counts["not_found"] or counts["unanswered"]
    following = next_read(found.verdict, matches=counts["matches"], tries=tries, now=now)
    said = {"verdict": found.verdict.value, "read_at": now} if found.verdict in SAYING else {}
    with transaction.atomic():
        held = Receipt.objects.filter(id=receipt.id, next_read_at=receipt.next_read_at)
        if not held.update(next_read_at=following.at, **counts, **said):
            return  # another worker read it meanwhile: its word is newer
        kept = _row(reading, exchange, found, now)
        if following.incident and not Incident.objects.filter(receipt=receipt, closed_at=None).exists():
            Incident.objects.create(receipt=receipt, read_back=kept, opened_at=now)


def _counted(receipt: Receipt, verdict: Verdict) -> dict[str, int]:
    if verdict not in SAYING:
        return {"matches": receipt.matches, "not_found": 0, "unanswered": receipt.unanswered + 1}
    return {
        "matches": receipt.matches + (verdict is Verdict.MATCHES),
        "not_found": receipt.not_found + 1 if verdict is Verdict.NOT_FOUND else 0,
        "unanswered": 0,
    }


def _row(reading: Reading, exchange: Exchange, found: Comparison, now: datetime) -> ReadBack:
    return ReadBack.objects.create(
        receipt=reading.receipt,
        at=now,
        url=reading.url,
        response_status=exchange.status,
        response_body=exchange.body,
        verdict=found.verdict,
        differences=[asdict(one) for one in found.differences],
    )
