"""How a benchmark says a figure: name, value, goal, ok or short."""

import os
import sys
from contextlib import suppress
from pathlib import Path


def say(name: str, value: float, unit: str, *, at_most: float | None = None, at_least: float | None = None) -> None:
    if at_most is not None:
        goal, met = f"≤ {at_most:g} {unit}", value <= at_most
    elif at_least is not None:
        goal, met = f"≥ {at_least:g} {unit}", value >= at_least
    else:
        goal, met = "-", True
    sys.stdout.write(f"{name:44} {value:10.2f} {unit:8} {goal:14} {'ok' if met else 'short'}\n")
    sys.stdout.flush()


def cpu_s(pid: int) -> float:
    """Seconds of a process and its children so far, as the kernel counts them."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ticks = 0
    for one in [str(pid), *children]:
        with suppress(OSError):  # it ended meanwhile
            said = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += int(said[11]) + int(said[12])
    return ticks / os.sysconf("SC_CLK_TCK")
