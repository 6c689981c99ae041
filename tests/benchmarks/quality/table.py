"""The table: each tool on each river and variable, with thresholds that were found on the other river."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import reduce

import numpy as np

from tests.benchmarks.quality.rivers import RIVERS, Labelled, river
from tests.benchmarks.quality.scores import Score, score
from tests.benchmarks.quality.tools import Ours, Settings, Tool, tools
from tests.benchmarks.quality.tuning import tune

OURS = Ours.name
ALL = (OURS, "ioos_qc", "SaQC")
BEGIN, END = "<!-- bench quality -->", "<!-- /bench quality -->"
# What each station can show, as the data's publishers set it (PyHydroQC/parameters.py); they have none for stage.
SPANS: dict[str, dict[str, tuple[float, float]]] = {
    "Franklin Basin": {"temp": (-2, 13), "cond": (120, 380), "ph": (7.5, 9.2), "do": (8, 13), "turb": (0, 1000)},
    "Blacksmith Fork": {"temp": (-2, 28), "cond": (200, 900), "ph": (7.2, 9.2), "do": (2, 14), "turb": (0, 1000)},
}
NAMES = {
    "temp": "temperature",
    "cond": "conductance",
    "ph": "pH",
    "do": "oxygen",
    "turb": "turbidity",
    "stage": "stage",
}
# How the thresholds came about.
OWN, SAME = "each tool's own thresholds", "one set of thresholds for all"
Key = tuple[str, str, str]  # how, river, variable
Results = dict[Key, dict[str, Score]]


def results() -> Results:
    """Of every tool that is installed, everything it can be asked."""
    rivers = {name: river(name) for name in RIVERS}
    found: Results = {}
    for name, past in (tuple(RIVERS), tuple(RIVERS)[::-1]):
        for variable in rivers[name]:
            judged, learned = rivers[name][variable], rivers[past][variable]
            own = {tool: _settings(tool, learned, past, name, variable) for tool in tools()}
            common = next((own[tool] for tool in own if tool.name == "ioos_qc"), None)
            found[OWN, name, variable] = {tool.name: _score(tool, judged, settings) for tool, settings in own.items()}
            if common:
                found[SAME, name, variable] = {tool.name: _score(tool, judged, common) for tool in own}
    return found


def _settings(tool: Tool, learned: Labelled, past: str, name: str, variable: str) -> Settings:
    return replace(tune(tool, learned, SPANS[past].get(variable)), span=SPANS[name].get(variable))


def _score(tool: Tool, judged: Labelled, settings: Settings) -> Score:
    flags = tool.flagged(judged.series, settings).values()
    return score(reduce(np.logical_or, flags, np.zeros(len(judged.labelled), np.bool_)), judged.labelled)


def missing_tools(found: Results) -> list[str]:
    there = {name for scores in found.values() for name in scores}
    return [name for name in ALL if name not in there]


def sums(found: Results) -> dict[tuple[str, str], dict[str, Score]]:
    """All variables of both rivers together, by how the thresholds came about."""
    summed: dict[tuple[str, str], dict[str, Score]] = {}
    for (how, _, _), scores in found.items():
        for name, one in scores.items():
            so_far = summed.setdefault((how, "all"), {})
            so_far[name] = Score(*map(sum, zip(so_far[name], one, strict=True))) if name in so_far else one
    return summed


def f1(one: Score) -> float:
    """Of events."""
    precision, recall = one.event_precision or 0.0, one.event_recall or 0.0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def written(found: Results) -> str:
    return "\n\n".join(_table(how, found) for how in (OWN, SAME) if any(key[0] == how for key in found))


def _table(how: str, found: Results) -> str:
    names = [name for name in ALL if any(name in scores for scores in found.values())]
    titles = "".join(f" {name} P | R | event P | event R |" for name in names)
    lines = [f"| {how} | labelled |{titles}", "| --- | --- |" + " --- |" * 4 * len(names)]
    lines += [
        f"| {name}, {NAMES[variable]} | {_labelled(scores)} |{_cells(scores, names)}"
        for (of, name, variable), scores in found.items()
        if of == how
    ]
    together = sums(found)[how, "all"]
    return "\n".join([*lines, f"| **all** | {_labelled(together)} |{_cells(together, names)}"])


def _labelled(scores: Mapping[str, Score]) -> str:
    one = scores[OURS]
    return f"{one.labelled} in {one.labelled_events}" if one.labelled else "none"


def _cells(scores: Mapping[str, Score], names: list[str]) -> str:
    return "".join(f" {cell} |" for name in names for cell in _figures(scores[name]))


def _figures(one: Score) -> Iterator[str]:
    for figure in (one.precision, one.recall, one.event_precision, one.event_recall):
        yield "–" if figure is None else f"{figure:.2f}"
