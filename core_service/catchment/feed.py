"""The change feed of the points."""

from core_service.catchment.models import CatchmentPoint
from core_service.web.feeds import Feed

FEED = Feed(1, "catchment_point_change_seq")


def next_change() -> int:
    """This transaction's number in the feed: before any other lock."""
    return FEED.next_change()


def changes_after(*, seq: int, limit: int) -> list[CatchmentPoint]:
    """Points changed after `seq`, in that order, with their configurations; one more than `limit` where more wait."""
    changed = CatchmentPoint.objects.filter(change_seq__gt=seq).order_by("change_seq")
    return list(changed.prefetch_related("configs")[: limit + 1])
