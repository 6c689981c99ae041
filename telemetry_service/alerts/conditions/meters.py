"""A new meter that the readings show and nobody has confirmed: until then nothing of the point is reported."""

from collections.abc import Iterable

from shared.clock import CHILE
from telemetry_service.alerts.kinds import Kind
from telemetry_service.alerts.signs import Key, Sign
from telemetry_service.measurements.fields import iso
from telemetry_service.process.models import Meter


def signs_of_meters(proposed: Iterable[Meter]) -> list[Sign]:
    newest = {meter.point_id: meter for meter in sorted(proposed, key=lambda one: one.installed_at)}
    return [_sign(meter) for meter in newest.values()]


def _sign(meter: Meter) -> Sign:
    before = "" if meter.previous_reading is None else f" (antes {meter.previous_reading.normalize():f})"
    since = meter.installed_at.astimezone(CHILE)
    says = f"Las lecturas muestran un medidor nuevo desde el {since:%d-%m-%Y %H:%M}{before}: confírmelo o rechácelo."
    evidence = {
        "meter": meter.id,
        "installed_at": iso(meter.installed_at),
        "opening_reading": _text(meter.opening_reading),
        "previous_reading": _text(meter.previous_reading),
    }
    return Sign(Key(meter.point_id, "total", Kind.METER), meter.installed_at, says, evidence)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
