"""Pages by time that do not trust the provider's order.

ThingsBoard's defaults are 100 rows, newest first, and some gateways drop the parameters that say otherwise: a client
that believes "ascending" loses data in silence. So the order is seen in the page, not assumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from telemetry_service.providers.engine.row import Page

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """`start <= time < end`. Providers differ on whether the end belongs; rows that come twice count once."""

    start: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        return self.start <= at <= self.end


def aligned(window: Window, step: timedelta) -> Window:
    """The window widened to what the provider's time format can say."""
    return Window(_floor(window.start, step), _ceil(window.end, step))


def next_windows(page: Page, window: Window, times: Sequence[datetime]) -> list[Window]:
    """What is still to be asked after a full page of `times`, in the order in which they came."""
    order = _seen_order(times) or (page.order if page.order != "auto" else "")
    windows = []
    if order != "desc":
        windows.append(Window(_after(max(times), window, page.granularity), window.end))
    if order != "asc":
        windows.append(Window(window.start, _before(min(times), window, page.granularity)))
    return [one for one in windows if one.start < one.end]


def _seen_order(times: Sequence[datetime]) -> str:
    if times[0] == times[-1]:
        return ""
    return "asc" if times[0] < times[-1] else "desc"


def _after(newest: datetime, window: Window, step: timedelta) -> datetime:
    start = _floor(newest, step)
    if step <= MILLISECOND and start == newest:
        return newest + step
    # The newest row comes again where the format cannot say its fraction of a second; it must not come for ever.
    return start if start > window.start else window.start + step


def _before(oldest: datetime, window: Window, step: timedelta) -> datetime:
    end = _ceil(oldest, step)
    return end if end < window.end else _floor(window.end - step, step)


def _floor(at: datetime, step: timedelta) -> datetime:
    return at - (at - EPOCH) % step


def _ceil(at: datetime, step: timedelta) -> datetime:
    return at + (EPOCH - at) % step
