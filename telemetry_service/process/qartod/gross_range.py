"""Gross range: a value that the instrument cannot show is no measurement; one that the place never showed is doubtful.

QARTOD test 4. Both ends of a span are possible values.
"""

from dataclasses import dataclass

from telemetry_service.measurements.quality import Quality
from telemetry_service.process.qartod.series import Flags, Mask, Series, all_of, raise_flags

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class GrossRange:
    """Spans (lowest, highest) in the variable's unit: of the sensor (`fail`) and of the place (`suspect`)."""

    fail: Span | None = None
    suspect: Span | None = None


def gross_range(series: Series, limits: GrossRange) -> Flags:
    flags = all_of(series, Quality.GOOD)
    for span, quality in ((limits.suspect, Quality.SUSPECT), (limits.fail, Quality.FAIL)):
        if span is not None:
            raise_flags(flags, _outside(series, span), quality)
    return flags


def _outside(series: Series, span: Span) -> Mask:
    outside: Mask = (series.values < span[0]) | (series.values > span[1])
    return outside
