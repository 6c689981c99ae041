"""What the demo shows at the end, and whether it closes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from deploy.demo.api import Api
from deploy.demo.receipts import SENT, receipt_problems
from deploy.demo.works import END, DemoWork, find_point

GOOD = 1
TOLERANCE = 0.001  # of the true volume


@dataclass(frozen=True)
class Line:
    """One work's account. `open_other` counts what is neither held nor finished."""

    work: DemoWork
    point: str
    due: int
    receipts: int
    explained: int
    held: dict[str, int]
    open_other: int
    overdue: int
    volume_m3: float
    truth_m3: float

    @property
    def closes(self) -> bool:
        return self.due == self.receipts + self.explained + sum(self.held.values()) + self.open_other


def account(api: Api, work: DemoWork) -> Line:
    point = find_point(api, work) or {}
    (summary,) = api.get("/api/compliance/obligations/summary/", point=point["id"])["results"]
    held = dict(summary["open"]["held"])
    return Line(
        work=work,
        point=point["id"],
        due=summary["due"],
        receipts=summary["receipts"],
        explained=summary["explained"],
        held=held,
        open_other=summary["open"]["total"] - sum(held.values()),
        overdue=summary["overdue"],
        volume_m3=_volume(api, work, point["id"]),
        truth_m3=work.truth_m3(),
    )


def _volume(api: Api, work: DemoWork, point_id: str) -> float:
    """Last minus first good continuous volume: never a sum of increments."""
    rows = _good(api, work, point_id, "volume")
    return float(rows[-1]["value"] - rows[0]["value"]) if rows else 0.0


def _good(api: Api, work: DemoWork, point_id: str, variables: str) -> list[dict[str, Any]]:
    # The window is half-open, and the last reading belongs to it.
    window = {"from": work.start.isoformat(), "to": (END + timedelta(seconds=1)).isoformat()}
    filters = {"points": point_id, "variables": variables, "quality": GOOD, "limit": 10_000}
    return api.every("/api/telemetry/data/", **window, **filters)


def problems(api: Api, line: Line, dga_url: str) -> list[str]:
    """What would make the demo a lie: sums that do not close, a bad number sent, a volume off the truth."""
    found = []
    if not line.closes:
        found.append(f"{line.work.code}: {line.due} debidas no son la suma de sus destinos")
    if abs(line.volume_m3 - line.truth_m3) > TOLERANCE * line.truth_m3:
        found.append(f"{line.work.code}: volumen {line.volume_m3:.1f} m³, verdad {line.truth_m3:.1f} m³")
    good = {(row["time"], row["variable"]): row["value"] for row in _good(api, line.work, line.point, ",".join(SENT))}
    return found + receipt_problems(line.work.code, good, _accepted(dga_url, line.work.code))


def _accepted(dga_url: str, code: str) -> list[dict[str, Any]]:
    """What DGA itself holds: the other side's record, not ours."""
    answer = httpx.get(f"{dga_url}/_sim/records", params={"work": code}, timeout=30, trust_env=False)
    return list(answer.raise_for_status().json()["results"])


HEADERS = (
    "Obra",
    "Debidas",
    "Comprobantes",
    "Explicadas",
    "Retenidas",
    "Otras abiertas",
    "Vencidas",
    "Volumen m³",
    "Verdad m³",
)


def table(lines: list[Line]) -> str:
    rows = [HEADERS, *(_cells(line) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADERS))]
    text = [
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([*text, "", *(_reasons(line) for line in lines if line.held)])


def _cells(line: Line) -> tuple[str, ...]:
    counts = (line.due, line.receipts, line.explained, sum(line.held.values()), line.open_other, line.overdue)
    return (line.work.code, *(str(count) for count in counts), _chilean(line.volume_m3), _chilean(line.truth_m3))


def _chilean(number: float) -> str:
    return f"{number:,.1f}".translate(str.maketrans(",.", ".,"))


def _reasons(line: Line) -> str:
    reasons = ", ".join(f"{reason}: {count}" for reason, count in sorted(line.held.items()))
    return f"{line.work.code} retenidas por: {reasons}"
