"""One mail of many moves: what is new, what is over, the gravest first. No clock, no database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from itertools import groupby

from shared.clock import CHILE
from telemetry_service.alerts.kinds import Severity

MOST_LINES = 60
GRAVEST = [Severity.CRITICAL, Severity.WARNING, Severity.INFO]


@dataclass(frozen=True, slots=True)
class Line:
    """What became of an alert: opened, or closed (`over`)."""

    point: str  # code and name
    severity: Severity
    label: str
    variable: str
    says: str
    since: datetime
    at: datetime
    over: bool


def letter(lines: Sequence[Line], *, sender: str, to: Sequence[str], reference: str, at: datetime) -> EmailMessage:
    """`reference`: the same for the same mail, however often it is tried; who got it twice sees one."""
    message = EmailMessage()
    message["Subject"] = _subject(lines)
    message["From"], message["To"] = sender, ", ".join(to)
    message["Message-ID"] = f"<{reference}>"
    message["Date"] = at
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(_body(lines)))
    return message


def _subject(lines: Sequence[Line]) -> str:
    opened = [line for line in lines if not line.over]
    grave = sum(line.severity is Severity.CRITICAL for line in opened)
    said = [f"{len(opened)} {'alerta nueva' if len(opened) == 1 else 'alertas nuevas'}"] if opened else []
    said += [f"{grave} crítica{'s' if grave > 1 else ''}"] if grave else []
    closed = len(lines) - len(opened)
    said += [f"{closed} cerrada{'s' if closed > 1 else ''}"] if closed else []
    return f"Stack VPS: {', '.join(said)}"


def _body(lines: Sequence[Line]) -> Iterator[str]:
    ordered = sorted(lines, key=lambda one: (one.over, GRAVEST.index(one.severity), one.point, one.since))
    shown = ordered[:MOST_LINES]
    for over, part in groupby(shown, key=lambda one: one.over):
        yield "DEJARON DE OBSERVARSE" if over else "NUEVAS"
        for point, group in groupby(part, key=lambda one: one.point):
            yield from ("", point)
            yield from (_line(one) for one in group)
        yield ""
    if len(ordered) > len(shown):
        yield f"Y {len(ordered) - len(shown)} más: están en la página de alertas."
    yield "Las horas son de Chile. Cada alerta, con su evidencia, está en la página de alertas."


def _line(one: Line) -> str:
    of = f" ({one.variable})" if one.variable else ""
    since, at = (when.astimezone(CHILE).strftime("%d-%m-%Y %H:%M") for when in (one.since, one.at))
    if one.over:
        return f"  - {one.label}{of}: cerrada el {at}, desde el {since}."
    return f"  - [{one.severity.label}] {one.label}{of}, desde el {since}: {one.says}"
