"""The two rivers of tests/data/rivers: what was measured, and which of it a technician labelled."""

import csv
import io
import lzma
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from telemetry_service.process.qartod.series import Mask, Series, series_of

FOLDER = Path(__file__).parents[2] / "data" / "rivers"
RIVERS = {"Franklin Basin": "franklin_basin_2014", "Blacksmith Fork": "blacksmith_fork_2015"}
NO_VALUE = -9999.0


@dataclass(frozen=True, slots=True)
class Labelled:
    """A variable's readings; `labelled`: those with a value that a technician qualified, for whatever reason."""

    series: Series
    labelled: Mask

    @property
    def days(self) -> float:
        return float(self.series.times[-1] - self.series.times[0]) / 86_400e6


def river(name: str) -> dict[str, Labelled]:
    """By the file's own name of the variable."""
    text = lzma.decompress((FOLDER / f"{RIVERS[name]}.csv.xz").read_bytes()).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    times = [int(datetime.fromisoformat(row["datetime"]).replace(tzinfo=UTC).timestamp()) * 10**6 for row in rows]
    variables = [title for title in rows[0] if f"{title}_qual" in rows[0]]
    return {variable: _labelled(rows, times, variable) for variable in variables}


def _labelled(rows: list[dict[str, str]], times: list[int], variable: str) -> Labelled:
    values = np.array([float(row[variable]) for row in rows])
    values[values == NO_VALUE] = np.nan
    series = series_of(times, values)
    return Labelled(series, np.array([row[f"{variable}_qual"] != "" for row in rows]) & series.present)
