"""The change feed: the others read it by cursor and never miss a row.

A sequence number alone is not enough: of two writers the one with the higher number may commit first, a reader then
goes past the lower one, and never comes back. So a writer takes its number under a lock that it holds to its commit.
"""

from django.db import connection

from core_service.catchment.models import CatchmentPoint

# Advisory locks are the database's, not the schema's: two numbers, so that nobody else's single one meets ours.
LOCK = (0x434F5245, 1)  # "CORE", the feed of the points


def next_change() -> int:
    """This transaction's number in the feed. Take it before any other lock, or two writers may wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", LOCK)
        cursor.execute("SELECT nextval('catchment_point_change_seq')")
        row = cursor.fetchone()
    if row is None:
        raise RuntimeError("nextval gave no row")
    return int(row[0])


def changes_after(*, seq: int, limit: int) -> list[CatchmentPoint]:
    """Points changed after `seq`, in that order, with their configurations; one more than `limit` where more wait."""
    changed = CatchmentPoint.objects.filter(change_seq__gt=seq).order_by("change_seq")
    return list(changed.prefetch_related("configs")[: limit + 1])
