"""NOVUS LogBox: values by position, times as Unix seconds or as TDateTime; providers.md §8.4."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deploy.simulators.mqtt.sample import Message, Sample, as_json
from deploy.simulators.times import from_epoch_ms

# TDateTime counts days from here, in whatever the logger's clock shows.
DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - it has no zone, and that is the trouble with it
VOLTS = 5.69
ALARMS = 10


def novus(
    sample: Sample,
    *,
    channels: Sequence[str] = (),
    stamp: str = "unix",
    zone: str = "America/Santiago",
    firmware: str = "1.2",
) -> Message:
    """The last values, or one stored log after the link came back.

    `channels` orders the keys (none: as they come); `stamp`: unix or tdatetime, the latter in the wall time of `zone`.
    """
    keys = list(channels or (key for key in sample.values if key != "battery"))
    body: dict[str, Any] = {
        "n_channels": len(keys),
        "timestamp": stamp_of(sample.at, stamp=stamp, zone=zone),
        "battery": sample.values.get("battery", VOLTS),
        "value_channels": [sample.values.get(key) for key in keys],
    }
    if firmware < "1.2":
        body |= {"alarm_low": [0] * len(keys), "alarm_high": [0] * len(keys), "buzzer_state": 0}
    else:
        body |= {"buzzer_state": 0, "n_alarms": ALARMS, "alarms": [0] * ALARMS}
    kind = "log" if sample.is_late else "status"
    return f"novus/{sample.device}/{kind}/channels", as_json(body)


def novus_event(
    device: str, at: int, *, event: str = "down", stamp: str = "unix", zone: str = "America/Santiago"
) -> Message:
    """A digital input that changed: `up` or `down`."""
    body = {"timestamp": stamp_of(at, stamp=stamp, zone=zone), "event_type": event, "millisecond": at % 1000}
    return f"novus/{device}/status/event", as_json(body)


def stamp_of(at: int, *, stamp: str, zone: str) -> float:
    """Unix seconds, or days since 1899-12-30: in the night when clocks go back one such time is two instants."""
    if stamp == "unix":
        return at // 1000
    shown = from_epoch_ms(at).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return round((shown - DAY_ZERO) / timedelta(days=1), 8)
