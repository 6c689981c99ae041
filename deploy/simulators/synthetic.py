"""Wells made from a seed, in which flow, time, volume and level agree and the volume drawn is known at every hour."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

LITRES_PER_PULSE = 10
PULSE_DIGITS = 6
# Opening readings: the pulse counter rolls over after 2,000 m³, which is about a week of pumping.
OPENING_PULSES = 800_000
OPENING_M3 = 48_210.55
REST_COLUMN_M = 38.0
DRAWDOWN_M_PER_L_S = 1.4
SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Hour:
    """The state at the end of one hour. `drawn_m3` is the true volume since the first hour's end."""

    at: datetime
    flow_l_s: float
    column_m: float
    drawn_m3: float


@lru_cache(maxsize=8)
def simulate(*, seed: int, start: datetime, hours: int) -> Sequence[Hour]:
    """Hourly states from `start`; the flow of an hour is constant in it, so that flow x time is the volume."""
    chance = random.Random(seed)
    states: list[Hour] = []
    drawn_l, column = 0.0, REST_COLUMN_M
    for index in range(hours):
        at = start.astimezone(UTC) + timedelta(hours=index)
        flow = _flow(chance, hour_of_day=(at.hour - 4) % 24) if index else 0.0
        drawn_l += flow * SECONDS
        # The water falls towards the level of this flow and comes back when the pump stops, two thirds each hour.
        column += (REST_COLUMN_M - DRAWDOWN_M_PER_L_S * flow - column) * 0.66
        states.append(Hour(at, flow, round(column + chance.uniform(-0.02, 0.02), 2), round(drawn_l / 1000, 3)))
    return states


def _flow(chance: random.Random, *, hour_of_day: int) -> float:
    """Pumps mostly by day; always takes two draws, so that one hour never shifts the next."""
    runs, litres = chance.random(), chance.uniform(6.0, 8.5)
    likely = 0.85 if 7 <= hour_of_day < 19 else 0.15
    return round(litres, 2) if runs < likely else 0.0


def make_rows(kind: str, *, seed: int, start: datetime, hours: int) -> Sequence[tuple[datetime, Mapping[str, str]]]:
    """Rows as a CSV would hold them. `kind`: "pulses" (10 L each, six digits) or "cubic_metres" (two decimals)."""
    total = {"pulses": _pulses, "cubic_metres": _cubic_metres}[kind]
    return [
        (state.at, {"flow": str(state.flow_l_s), "level": str(state.column_m), "total": total(state.drawn_m3)})
        for state in simulate(seed=seed, start=start, hours=hours)
    ]


def _pulses(drawn_m3: float) -> str:
    counted = round(drawn_m3 * 1000) // LITRES_PER_PULSE
    return str((OPENING_PULSES + counted) % 10**PULSE_DIGITS)


def _cubic_metres(drawn_m3: float) -> str:
    return f"{OPENING_M3 + drawn_m3:.2f}"
