"""The plan of each work that owes something, from its rows."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from compliance_service.authorities.turns import gap_of
from compliance_service.obligations.calendar import first_look, slots
from compliance_service.obligations.models import ComplianceConfig, Outcome
from compliance_service.obligations.works import pace_of
from compliance_service.submissions.models import ComplianceData
from compliance_service.submissions.plan import Owed, Planned, drained_at, plan
from compliance_service.submissions.queries import SENDABLE_VALUES, SENDING
from shared.clock import CHILE

WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
# Slots to come are thought of for no longer than this: a plan beyond it is no plan.
AHEAD = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """`sends` None: the work gets more than it may send, there is no end."""

    config: ComplianceConfig
    owed: int
    sends: list[Planned] | None

    @property
    def clears_at(self) -> datetime | None:
        return self.sends[-1].at if self.sends else None

    @property
    def late(self) -> list[Planned]:
        return [one for one in self.sends or [] if one.is_late]

    @property
    def sentence(self) -> str:
        """For people, in Chile's time."""
        if self.sends is None:
            return "no termina: cada día se acumula más de lo que se puede enviar"
        local = self.sends[-1].at.astimezone(CHILE)
        end = f"al día el {WEEKDAYS[local.weekday()]} {local:%d-%m-%Y} a las {local:%H:%M}"
        late = len(self.late)
        if not late:
            return end
        return f"{end}; {late} {'hora pasará' if late == 1 else 'horas pasarán'} su plazo: declare la falla ahora"


def plans(*, points: Collection[UUID] | None, now: datetime) -> list[WorkPlan]:
    """By work code; works that owe nothing are not among them. `points` None means all."""
    rows = ComplianceData.objects.filter(SENDING, status__in=SENDABLE_VALUES, obligation__outcome=Outcome.OPEN)
    if points is not None:
        rows = rows.filter(config__point_id__in=points)
    found = rows.order_by("config__work_code", "slot_at").values_list(
        "config_id", "slot_at", "next_attempt_at", "obligation__deadline_at"
    )
    owed = {
        config_id: [Owed(slot, ready or now, deadline) for _, slot, ready, deadline in group]
        for config_id, group in groupby(found, lambda row: row[0])
    }
    configs = ComplianceConfig.objects.select_related("source").in_bulk(list(owed))
    return [_planned(configs[config_id], mine, now) for config_id, mine in owed.items()]


def not_before(found: Sequence[WorkPlan], *, now: datetime) -> dict[str, datetime]:
    """By source, when the backlogs of all its works can be gone at the earliest: they share the gap between sends."""
    owed: dict[str, list[WorkPlan]] = {}
    for one in found:
        owed.setdefault(one.config.source_id, []).append(one)
    return {
        code: drained_at(
            [one.owed for one in mine],
            pause=pace_of(mine[0].config).backlog_gap,
            gap=gap_of(mine[0].config.source.config),
            now=now,
        )
        for code, mine in owed.items()
    }


def _planned(config: ComplianceConfig, owed: list[Owed], now: datetime) -> WorkPlan:
    sends = plan(owed, arriving=_arriving(config, now), free_at=config.next_send_at, pace=pace_of(config), now=now)
    return WorkPlan(config, len(owed), sends)


def _arriving(config: ComplianceConfig, now: datetime) -> Iterator[Owed]:
    """What the work will owe besides, if its data come in time."""
    standard = config.source.config["standards"][config.standard]
    end = min(now + AHEAD, config.end_date or now + AHEAD)
    for slot in slots(standard["every"], start=now, end=end):
        yield Owed(slot, first_look(slot), slot + timedelta(days=standard["lag_days"]))
