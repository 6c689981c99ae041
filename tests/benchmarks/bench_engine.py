"""The engine alone, on one core: counter, level and range chain of a year of minutes, from the providers' own texts.

Beside it the same rows read one by one, as the tests' reference does it.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import numpy as np

from telemetry_service.process.engine import evaluate, evaluate_columns
from telemetry_service.process.instants import instant, micros
from telemetry_service.process.readings import Reading
from telemetry_service.process.setup import setup_of
from telemetry_service.raw.columns import RawColumns
from tests.benchmarks.figures import say
from tests.benchmarks.telemetry_database import CONFIG, MINUTE, START
from tests.telemetry_service.process import reference

MINUTES = int(os.environ.get("N", 525_600))
FEW = 20_000  # of the minutes, read one by one
SOURCE = UUID(int=1)
# One suspicious reading in so many: zeros, tenths, leaps.
ODD_EVERY = (0, 5000, 500, 50)


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    setups = [setup_of(version=1, valid_from=None, config=CONFIG)]
    for odd_every in ODD_EVERY:
        raw = rows(MINUTES, odd_every)
        count = sum(map(len, raw))
        goal = 1e6 if odd_every in (0, 5000) else None
        name = f"one in {odd_every} suspicious" if odd_every else "a counter that goes on"
        taken = min(_seconds(lambda raw=raw: evaluate_columns(raw, setups=setups)) for _ in range(3))
        say(f"{name}, {count} rows", count / taken, "rows/s", at_least=goal)
    few = [
        Reading(one.variable, instant(at), text, SOURCE)
        for one in rows(FEW, 0)
        for at, text in zip(one.times, one.texts, strict=True)
    ]
    slow, same = (
        _seconds(lambda: reference.evaluate(few, setups=setups)),
        _seconds(lambda: evaluate(few, setups=setups)),
    )
    say("one by one", len(few) / slow, "rows/s")
    say("the same, made columns of first", len(few) / same, "rows/s")
    sys.stdout.write("Seconds of CPU on one core, the texts' own parsing included.\n")


def rows(minutes: int, odd_every: int) -> list[RawColumns]:
    """Flow, level and pulses of a pump that runs two hours of three."""
    n = np.arange(minutes)
    counts = 50_000 + n // 180 * 1080 + np.minimum(n % 180, 120) * 9
    if odd_every:
        odd = n[odd_every // 2 :: odd_every]
        counts[odd] = np.choose(n[: len(odd)] % 3, [np.zeros_like(odd), counts[odd] // 10, counts[odd] + 10**6])
    flow = np.where(n // 60 % 3 < 2, 1.4 + n % 7 * 0.03, 0)
    level = 30 + n % 97 * 0.01
    times, flags = micros(START) + n * MINUTE, np.zeros(minutes, np.int64)
    columns = {
        "flow": [f"{value:.2f}" for value in flow.tolist()],
        "level": [f"{value:.2f}" for value in level.tolist()],
        "total": [str(value) for value in counts.tolist()],
    }
    return [RawColumns(name, SOURCE, times, texts, [""], flags) for name, texts in columns.items()]


def _seconds(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()
