"""The draft of a note about reported hours that a correction makes differ. A person reads it, and sends it or not."""

from collections.abc import Sequence
from decimal import Decimal

from compliance_service.impact.assess import Impact, Touched
from compliance_service.impact.compare import Difference
from shared.clock import REGULATOR_TIME


def draft(impact: Impact) -> str:
    """Spanish, as it goes to the holder or the authority. Hours are of UTC-4."""
    days = f"entre el {impact.first:%d-%m-%Y} y el {impact.last:%d-%m-%Y}"
    if not impact.touched:
        head = f"Obra {impact.work_code}: las {impact.compared} mediciones informadas {days} coinciden"
        return f"{head} con lo que hoy se calcula."
    head = f"Obra {impact.work_code}: de {impact.compared} mediciones informadas {days}, {len(impact.touched)} difieren"
    lines = [
        f"{head} de lo que hoy se calcula.",
        f"La primera es la del {_hour(impact.touched[0])} y la última la del {_hour(impact.touched[-1])} (UTC-4).",
        *(_field(name, found) for name, found in _by_field(impact.touched).items()),
    ]
    unsent = [one for one in impact.touched if one.reason]
    if unsent:
        reasons = ", ".join(sorted({one.reason for one in unsent}))
        lines.append(f"{len(unsent)} no se enviarían hoy: {reasons}.")
    lines.append("Lo informado no se corrige ante la autoridad: se deja constancia de la diferencia y de su causa.")
    return "\n".join(lines)


def _hour(touched: Touched) -> str:
    return f"{touched.slot_at.astimezone(REGULATOR_TIME):%d-%m-%Y %H:%M}"


def _by_field(touched: Sequence[Touched]) -> dict[str, list[Difference]]:
    found: dict[str, list[Difference]] = {}
    for one in touched:
        for difference in one.differences:
            found.setdefault(difference.field, []).append(difference)
    return found


def _field(name: str, found: Sequence[Difference]) -> str:
    amounts = [one.by for one in found if one.by is not None]
    if not amounts:
        return f"«{name}»: {len(found)} distintas."
    return f"«{name}»: {len(found)} distintas, entre {_signed(min(amounts))} y {_signed(max(amounts))}."


def _signed(amount: Decimal) -> str:
    return f"{amount:+f}"
