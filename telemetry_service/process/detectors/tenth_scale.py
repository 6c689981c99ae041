"""Flow and totaliser both at a tenth: the device lost a digit. Neither gives the other away, the past does."""

from collections.abc import Iterator, Mapping

import numpy as np

from telemetry_service.measurements.columns import Columns
from telemetry_service.measurements.quality import Reason
from telemetry_service.process.detectors.finding import Finding, Limits, runs

ENOUGH = 3  # readings: a single one is a glitch


def tenth_scale(columns: Mapping[str, Columns], _: Limits) -> Iterator[Finding]:
    total = columns.get("total")
    if total is None:
        return
    for first, last in runs((total.reasons & int(Reason.TRUNCATED_READING)) != 0):
        if last - first + 1 >= ENOUGH:
            before = total.values[:first][~np.isnan(total.values[:first])]
            expected = float(before[-1]) if len(before) else float("nan")
            yield Finding(
                "tenth_scale",
                int(total.times[first]),
                int(total.times[last]),
                float(total.values[first]),
                expected,
                f"{last - first + 1} lecturas seguidas a la décima parte: el equipo perdió un dígito",
            )
