"""Flags as the engine's rules say them."""

from collections.abc import Iterator

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.qartod.series import Flags
from telemetry_service.process.series import Objection


def objections(flags: Flags, doubt: Reason, refusal: Reason | None = None) -> Iterator[Objection]:
    """`doubt`: the reason where the test doubts, and where it refuses unless that has a reason of its own."""
    yield Objection(flags == Quality.SUSPECT, Quality.SUSPECT, doubt)
    yield Objection(flags == Quality.FAIL, Quality.FAIL, refusal or doubt)
