"""The change feed of the keys, for Telemetry. A use of a key is no change."""

from core_service.keys.models import ApiKey
from core_service.web.feeds import Feed

FEED = Feed(2, "api_key_change_seq")


def changes_after(*, seq: int, limit: int) -> list[ApiKey]:
    """Keys changed after `seq`, in that order, with their secrets; one more than `limit` where more wait."""
    changed = ApiKey.objects.filter(change_seq__gt=seq).order_by("change_seq")
    return list(changed.prefetch_related("secrets")[: limit + 1])
