"""Hours pass on a virtual clock, and the product's own pipeline does what is due in each."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from compliance_service.clients.telemetry import Measured

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Data come two minutes after the hour.
LOOK = timedelta(minutes=2)
GIVES = {"flow": 12.345, "total": 1000.0, "water_table": 9.85}


def measured(points: Sequence[UUID], variables: Sequence[str], start: datetime, end: datetime) -> list[Measured]:
    """Every hour of every point, good; the total grows by one an hour."""
    slot = start.replace(minute=0, second=0, microsecond=0)
    slot += HOUR if slot < start else timedelta(0)
    rows = []
    while slot < end:
        hours = slot.timestamp() // 3600
        for point in points:
            for name in variables:
                value = GIVES[name] + (hours % 10_000 if name == "total" else 0)
                rows.append(Measured(point, name, slot, value, 1, (), 1, slot.isoformat()))
        slot += HOUR
    return rows


def pass_hours(start: datetime, hours: int, *, tell: Callable[[datetime], None]) -> Iterator[datetime]:
    """Its duties, data, sends and ledger. `tell` sets the regulator's clock. Yields the hours' ends."""
    from compliance_service.ledger.concealment import concealer
    from compliance_service.ledger.operations import seal
    from compliance_service.obligations.making import make_ahead
    from compliance_service.receipts.operations import keep_receipts
    from compliance_service.submissions.operations import recover
    from compliance_service.submissions.prepare import prepare
    from compliance_service.submissions.queries import next_wake
    from compliance_service.submissions.send import send_due

    conceal = concealer(start)
    for hour in range(hours):
        begins = start + hour * HOUR
        now, ends = begins + LOOK, begins + HOUR
        tell(now)
        make_ahead(now)
        recover(now)
        while now < ends:
            prepare(now, read=measured)
            sent = send_due(now, keep=keep_receipts, conceal=conceal)
            wake = next_wake(now)
            if wake is None or wake >= ends:
                break
            now = max(wake, now if sent else now + timedelta(seconds=1))
            tell(now)
        seal(ends)
        yield ends
