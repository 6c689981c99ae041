"""What a change of a point's dated configuration makes stale. Plain Python."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

Version = list[Any]  # [version, valid_from, config]


def changed_from(seen: Sequence[Version], present: Sequence[Version]) -> datetime | None:
    """The earliest time from which another version holds than before; None is always."""
    differing = [one for one in [*seen, *present] if one not in seen or one not in present]
    times = [valid_from for _, valid_from, _ in differing]
    return None if None in times else min(datetime.fromisoformat(time) for time in times)
