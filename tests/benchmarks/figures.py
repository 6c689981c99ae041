"""How a benchmark says a figure: name, value, goal, ok or short."""

import sys


def say(name: str, value: float, unit: str, *, at_most: float | None = None, at_least: float | None = None) -> None:
    if at_most is not None:
        goal, met = f"≤ {at_most:g} {unit}", value <= at_most
    elif at_least is not None:
        goal, met = f"≥ {at_least:g} {unit}", value >= at_least
    else:
        goal, met = "-", True
    sys.stdout.write(f"{name:44} {value:10.2f} {unit:8} {goal:14} {'ok' if met else 'short'}\n")
    sys.stdout.flush()
