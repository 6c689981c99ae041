"""More water than the pipe carries (π(d/2)² × 2.5 m/s × 1.2) is doubtful: most often m³/h taken for L/s."""

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.setup import Setup


def pipe_ceiling(variable: str, value: float, setup: Setup) -> tuple[Quality, Reason] | None:
    ceiling = setup.pipe_ceiling_m3_s
    if variable not in ("flow", "mean_flow") or ceiling is None or value <= ceiling * 1000:
        return None
    return Quality.SUSPECT, Reason.ABOVE_PIPE_CEILING
