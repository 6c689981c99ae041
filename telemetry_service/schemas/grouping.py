"""A schema as it is applied, and what it makes of the values of some instants or periods: whole columns at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from shared.formulas.order import in_order
from shared.formulas.parse import parse
from shared.formulas.tree import names_in
from shared.quantities import SAME, Conversion, conversion
from telemetry_service.formulas.evaluate import Problem, evaluate
from telemetry_service.measurements.quality import Quality, Reason, reason_names

OTHERS = "otras"
CALCULATED = (
    (Problem.MISSING_INPUT, Reason.MISSING_INPUT),
    (Problem.DIVISION_BY_ZERO, Reason.DIVISION_BY_ZERO),
    (Problem.NOT_FINITE, Reason.NOT_FINITE),
)


class Columns(NamedTuple):
    """A variable at each instant or period, in our unit. NaN is no value."""

    values: Any
    qualities: Any
    reasons: Any


@dataclass(frozen=True, slots=True)
class Shown:
    """How a variable or a calculated field is shown. `unit` is of the value shown."""

    code: str
    label: str
    unit: str
    decimals: int | None
    order: int
    group: str | None
    convert: Conversion = SAME


@dataclass(frozen=True, slots=True)
class Layout:
    """A stored schema, read once. `variables` in ascending order, as the queries want them."""

    id: str
    kind: str
    variables: Sequence[str]
    shown: Mapping[str, Shown]
    calculated: Mapping[str, str]  # formula by code, in an order in which they can be made
    rules: Mapping[str, Mapping[str, Any]]
    processing: Mapping[str, Any]

    @property
    def interval(self) -> str:
        return str(self.processing.get("interval", "instant"))

    @property
    def tolerance_us(self) -> int:
        return int(self.processing.get("tolerance_s", 0)) * 1_000_000

    @property
    def hold_us(self) -> int:
        return int(self.processing.get("hold_s", 0)) * 1_000_000

    @property
    def only_good(self) -> bool:
        """What may go to an authority."""
        return self.kind == "COMPLIANCE"

    def figure(self, variable: str) -> str:
        """Of a period: what was drawn of a volume, and the mean of all else."""
        return str((self.processing.get("figures") or {}).get(variable, "change" if variable == "volume" else "mean"))


def layout_of(schema: Any, *, units: Mapping[str, str]) -> Layout:
    """`schema`: a TelemetrySchema, or anything with its members."""
    fields = schema.calculated_fields
    needs = {code: names_in(parse(said["formula"])) for code, said in fields.items()}
    groups = {code: group["code"] for group in schema.grouping_config.get("groups", ()) for code in group["variables"]}
    shown = {
        code: _variable(index, code, schema.display_config.get(code, {}), units.get(code, ""), groups.get(code, OTHERS))
        for index, code in enumerate(schema.variables)
    }
    # A JSON object has no order of its own.
    for index, (code, said) in enumerate(sorted(fields.items()), len(shown)):
        shown[code] = Shown(
            code, said.get("label", code), said.get("unit", ""), said.get("decimals"), said.get("order", index), None
        )
    return Layout(
        str(schema.id),
        schema.schema_type,
        sorted(schema.variables),
        dict(sorted(shown.items(), key=lambda one: (one[1].order, one[0]))),
        {code: fields[code]["formula"] for code in in_order(needs)},
        schema.validation_rules,
        schema.processing_config,
    )


def _variable(index: int, code: str, said: Mapping[str, Any], unit: str, group: str) -> Shown:
    wanted = said.get("unit", unit)
    # A unit that a virtual variable has had since is shown as it is.
    convert = conversion(unit, wanted) or SAME
    label, order = said.get("label", code), said.get("order", index)
    return Shown(code, label, wanted if convert is not SAME else unit, said.get("decimals"), order, group, convert)


def grouped(layout: Layout, columns: Mapping[str, Columns], count: int) -> list[dict[str, Any]]:
    """For each instant or period what a TelemetryGroup says of it: `columns` hold `count` values each."""
    known = {code: _reportable(one) if layout.only_good else one for code, one in columns.items()}
    for code, formula in layout.calculated.items():
        known[code] = _calculated(formula, known)
    broken = {code: _broken(rule, known[code], count) for code, rule in layout.rules.items()}
    cells = {
        code: _cells(known[code], layout.shown[code].convert, broken.get(code, [[]] * count)) for code in layout.shown
    }
    return [_row(layout, {code: column[index] for code, column in cells.items()}) for index in range(count)]


def _row(layout: Layout, cells: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    data: dict[str, dict[str, Any]] = {}
    for code, shown in layout.shown.items():
        if shown.group is not None:
            data.setdefault(shown.group, {})[code] = cells[code]
    missing = [code for code, cell in cells.items() if cell["value"] is None]
    invalid = [code for code, cell in cells.items() if "problems" in cell]
    return {
        "grouped_data": data,
        "calculated_fields": {code: cells[code] for code, shown in layout.shown.items() if shown.group is None},
        "grouping_metadata": {"missing": missing, "invalid": invalid},
        "processing_status": "FAILED" if invalid else "PARTIAL" if missing else "COMPLETED",
    }


def _reportable(column: Columns) -> Columns:
    good = column.qualities == int(Quality.GOOD)
    return Columns(np.where(good, column.values, np.nan), column.qualities, column.reasons)


def _calculated(formula: str, known: Mapping[str, Columns]) -> Columns:
    node = parse(formula)
    used = [known[name] for name in names_in(node)]
    found = evaluate(node, {name: known[name].values for name in names_in(node)})
    reasons = reduce(np.bitwise_or, (one.reasons for one in used))
    for problem, reason in CALCULATED:
        reasons = reasons | np.where((found.problems & problem) != 0, int(reason), 0)
    qualities = reduce(np.maximum, (one.qualities for one in used))
    return Columns(found.values, np.where(found.problems != 0, int(Quality.MISSING), qualities), reasons)


def _broken(rule: Mapping[str, Any], column: Columns, count: int) -> list[list[str]]:
    low, high = rule.get("min"), rule.get("max")
    absent = np.isnan(column.values)
    said = {
        "required": absent if rule.get("required") else np.zeros(count, dtype=bool),
        "below_min": column.values < low if low is not None else np.zeros(count, dtype=bool),
        "above_max": column.values > high if high is not None else np.zeros(count, dtype=bool),
    }
    found: list[list[str]] = [[] for _ in range(count)]
    for name, wrong in said.items():
        for index in np.flatnonzero(wrong).tolist():
            found[index].append(name)
    return found


def _cells(column: Columns, convert: Conversion, broken: Sequence[list[str]]) -> list[dict[str, Any]]:
    values = column.values if convert is SAME else column.values * convert.factor + convert.offset
    rows = zip(values.tolist(), column.qualities.tolist(), column.reasons.tolist(), broken, strict=True)
    return [_cell(*row) for row in rows]


def _cell(value: float, quality: int, reasons: int, problems: list[str]) -> dict[str, Any]:
    number = None if value != value else value  # NaN is no value
    cell = {"value": number, "quality": quality, "reasons": reason_names(reasons) if reasons else []}
    return cell | {"problems": problems} if problems else cell
