"""What the flow of a report is: the sample of its instant, or the mean of the period that ends there.

No text that we have says which (Res. 1.238 was not found), and senders do either: it is a term of the work. Medio by
the mean is the day before, reported at 00:00. Total and level are the instant's sample in both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from compliance_service.authorities.means import Mean, Span

INSTANT, MEAN = "instant", "mean"
FLOW_VALUES = (INSTANT, MEAN)
THIN = "thin_period"
LONGEST_GAP_S = 31 * 86_400
# By rhythm, and data of the rules in force (`means`). coverage: the part of the period that must be measured and good;
# gap_s: how long a measurement stands where none follows; settle_s: how long later measurements are waited for where
# something of the period is missing (a report of an hour may leave within the hour).
MEANS: dict[str, dict[str, float]] = {
    "hour": {"coverage": 0.8, "gap_s": 900, "settle_s": 900},
    "day": {"coverage": 0.8, "gap_s": 3600, "settle_s": 3000},
    "month": {"coverage": 0.8, "gap_s": 3600, "settle_s": 3000},
    "half_year": {"coverage": 0.8, "gap_s": 3600, "settle_s": 3000},
}


@dataclass(frozen=True, slots=True)
class Flow:
    """A mean with what the rules ask of it. `now`: when it is looked at."""

    mean: Mean
    needed: float
    settle: timedelta
    now: datetime

    @property
    def is_thin(self) -> bool:
        return self.mean.coverage < Fraction(str(self.needed))

    def may_grow(self, *, reached: bool) -> bool:
        """More of the period may still come. `reached`: something was measured at its end already."""
        is_whole = reached and self.mean.coverage == 1
        return not is_whole and self.now < self.mean.span.end + self.settle

    def evidence(self) -> dict[str, Any]:
        return self.mean.evidence(now=self.now, needed=self.needed)


def is_mean(terms: Mapping[str, Any]) -> bool:
    return bool(terms.get("flow_value") == MEAN)


def span_of(
    point: UUID, terms: Mapping[str, Any], said: Mapping[str, float], *, start: datetime, slot: datetime
) -> Span:
    """`start`: when the period that ends at `slot` begins. The work's own `flow_gap_s` goes before the rules'."""
    return Span(point, "flow", start, slot, timedelta(seconds=terms.get("flow_gap_s") or said["gap_s"]))


def means_of(rules: Mapping[str, Any], standard: str) -> dict[str, float]:
    """What the rules in force ask of the mean of a standard's period."""
    every = rules.get("standards", {}).get(standard, {}).get("every", "hour")
    return {**MEANS.get(every, MEANS["day"]), **rules.get("means", {}).get(every, {})}
