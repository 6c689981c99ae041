"""More water than the pipe carries (π(d/2)² × 2.5 m/s × 1.2) is doubtful: most often m³/h taken for L/s."""

from collections.abc import Iterator

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.series import Objection, Series
from telemetry_service.process.setup import Setup

FLOWS = frozenset({"flow", "mean_flow"})


def pipe_ceiling(series: Series, setup: Setup) -> Iterator[Objection]:
    ceiling = setup.pipe_ceiling_m3_s
    if series.variable in FLOWS and ceiling is not None:
        yield Objection(series.values > ceiling * 1000, Quality.SUSPECT, Reason.ABOVE_PIPE_CEILING)
