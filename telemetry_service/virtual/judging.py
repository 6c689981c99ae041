"""How derived measurements are doubted: what tests say of a whole series of them. The tests themselves lie above."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import numpy as np

from telemetry_service.virtual.align import Ints, Rows


class Said(NamedTuple):
    """Of each instant the worst quality that a test gives, and the reasons."""

    times: Ints
    qualities: Ints
    reasons: Ints


class Judge(Protocol):
    """Of one point, with the thresholds that held when. What it says of a row depends on those within `reach_us`."""

    @property
    def reach_us(self) -> int: ...

    def judged(self, variable: str, rows: Rows) -> Said | None:
        """None where no version of the configuration tests the variable."""


class Judges(Protocol):
    def __call__(self, point_id: UUID) -> Judge: ...


class Supposed(NamedTuple):
    """Thresholds and limits of a variable, as under `quality` and `limits` in a configuration; None: as it has them."""

    quality: Mapping[str, Any] | None = None
    limits: tuple[float, float] | None = None


class SupposedJudges(Protocol):
    def __call__(self, point_id: UUID, variable: str, said: Supposed) -> Judge: ...


def doubted(rows: Rows, said: Said | None) -> Rows:
    """A worse quality stays, reasons are added; no value changes."""
    if said is None or not len(rows) or not len(said.times):
        return rows
    places = np.minimum(np.searchsorted(said.times, rows.times), len(said.times) - 1)
    known = said.times[places] == rows.times
    qualities = np.where(known, np.maximum(rows.qualities, said.qualities[places]), rows.qualities)
    reasons = np.where(known, rows.reasons | said.reasons[places], rows.reasons)
    return Rows(rows.times, rows.values, qualities, reasons)


Verdicts = Mapping[str, Said | None]
