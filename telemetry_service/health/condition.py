"""Whether a device speaks: by the times of its own readings, never by when somebody asked. No clock, no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from telemetry_service.gaps.labels import Labelled
from telemetry_service.health.limits import Limits


class Condition(Labelled):
    ONLINE = "online", "en línea"
    LATE = "late", "atrasado"
    OFFLINE = "offline", "desconectado"
    NEVER = "never", "nunca ha enviado"


# The best first: of a point that several devices read, the best speaks.
ORDER = (Condition.ONLINE, Condition.LATE, Condition.OFFLINE, Condition.NEVER)


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest device time of a variable, None where it never spoke, and its own rhythm where one shows."""

    at: datetime | None
    cadence: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """`since`: when time alone brought this about; None where a reading did. `stale`: variables, in order.

    `silent`: how long ago the newest reading was made, whatever the device's clock says.
    """

    condition: Condition
    newest_at: datetime | None
    silent: timedelta = timedelta(0)
    since: datetime | None = None
    stale: tuple[str, ...] = ()


def judge(
    variables: Mapping[str, Newest],
    *,
    period: timedelta,
    known_since: datetime,
    limits: Limits,
    now: datetime,
    ahead: timedelta = timedelta(0),
) -> Judged:
    """`ahead`: how far its clock is ahead of ours; its readings are older by as much. `known_since`: of the source."""
    times = [one.at for one in variables.values() if one.at]
    if not times:
        return Judged(Condition.NEVER, None)
    newest = max(times)
    fresh = newest - ahead
    late_at, offline_at = fresh + limits.late_after(period), fresh + limits.offline_after(period)
    if now > offline_at:
        return Judged(Condition.OFFLINE, newest, now - fresh, offline_at)
    stale = _stale(variables, fresh, known_since, limits, now, ahead)
    if now > late_at:
        return Judged(Condition.LATE, newest, now - fresh, late_at, stale)
    return Judged(Condition.ONLINE, newest, now - fresh, None, stale)


def _stale(
    variables: Mapping[str, Newest],
    fresh: datetime,
    known_since: datetime,
    limits: Limits,
    now: datetime,
    ahead: timedelta,
) -> tuple[str, ...]:
    """Silent for long while a sibling is not. One that never spoke counts from when the source was made."""
    usual = timedelta(seconds=limits.stale_s)
    if now - fresh > usual:
        return ()
    return tuple(
        sorted(
            name
            for name, one in variables.items()
            if now - (one.at - ahead if one.at else known_since)
            > max(usual, limits.late_after(one.cadence or usual / 9))
        )
    )
