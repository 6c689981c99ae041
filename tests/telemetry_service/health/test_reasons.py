"""Why a device is as it is, in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from telemetry_service.health.assess import assess, state_of
from telemetry_service.health.changes import What, changes
from telemetry_service.health.condition import Condition, Newest
from telemetry_service.health.device import Device, Said, Status
from telemetry_service.health.limits import USUAL, Limits
from telemetry_service.health.reasons import reasons, spoken

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WELL = Device(
    source_id=UUID(int=1),
    point_id=UUID(int=2),
    state="active",
    stop_reason="",
    last_outcome="ok",
    failures=0,
    created_at=NOW - 90 * DAY,
    period=HOUR,
    pushed=True,
    variables={"flow": Newest(NOW), "level": Newest(NOW)},
    power={},
)


def words(**changed: Any) -> list[str]:
    device = replace(WELL, **changed)
    return reasons(device, assess(device, now=NOW), now=NOW)


def test_where_nothing_is_wrong_nothing_is_said() -> None:
    assert words() == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"variables": {}}, "Nunca ha llegado una lectura."),
        (
            {"variables": {"flow": Newest(NOW - 3 * HOUR)}},
            "La última lectura es de hace 3 h; se espera una cada 60 min.",
        ),
        (
            {"variables": {"flow": Newest(NOW), "level": Newest(NOW - 5 * DAY)}},
            "«level» no tiene lecturas desde hace 5 días; otras variables del mismo equipo sí.",
        ),
        (
            {"variables": {"flow": Newest(NOW), "level": Newest(None)}},
            "«level» nunca ha tenido lecturas; otras variables del mismo equipo sí.",
        ),
        ({"state": "stopped", "stop_reason": "credenciales rechazadas"}, "La fuente está detenida: credenciales"),
        ({"failures": 3, "last_outcome": "failed:transient"}, "Las últimas 3 consultas al proveedor fallaron"),
        ({"least": (7 * MINUTE,)}, "El reloj del equipo está atrasado 7 min."),
        ({"least": (-7 * MINUTE,)}, "El reloj del equipo está adelantado 7 min."),
        ({"least": (-7 * MINUTE,), "pushed": False}, "El reloj del equipo está adelantado al menos 7 min."),
        ({"least": (3 * HOUR,)}, "La hora llega 3 h atrasada: probablemente el equipo envía hora local como UTC"),
        ({"least": (-4 * HOUR,), "variables": {"flow": Newest(NOW + 4 * HOUR)}}, "La hora llega 4 h adelantada"),
        ({"impossible": "2036-01-10T12:00:00Z"}, "El reloj del equipo dijo una hora imposible: 2036-01-10T12:00:00Z"),
        ({"power": {"battery": Said("12", "%", NOW)}}, "Batería baja: 12 %."),
        ({"power": {"battery": Said("12", "", NOW)}}, "Batería baja: 12 %."),
        (
            {"statuses": (Status("level", "-3200", NOW, 43),)},
            (
                "El registrador informó el estado -3200 en lugar de «level» 43 veces en 7 días, "
                "la última el 2026-01-10 12:00 UTC."
            ),
        ),
        (
            {"statuses": (Status("level", "-2", NOW, 1),)},
            "El registrador informó el estado -2 en lugar de «level» 1 vez",
        ),
    ],
)
def test_what_is_wrong_is_said(changed: dict[str, Any], said: str) -> None:
    (found,) = words(**changed)
    assert found.startswith(said)


@pytest.mark.parametrize(
    ("name", "said", "limits", "low"),
    [
        ("battery", Said("20", "%", NOW), USUAL, False),
        ("battery", Said("19.9", "%", NOW), USUAL, True),
        ("battery", Said("3.1", "V", NOW), USUAL, False),  # nobody said how much it should have
        ("battery_voltage", Said("3.1", "", NOW), Limits(battery_v=3.3), True),
        ("battery", Said("3.1", "V", NOW), Limits(battery_v=3.3), True),
        ("battery", Said("-3200", "", NOW), USUAL, False),  # a status
        ("battery", Said("n/a", "", NOW), USUAL, False),
        ("signal", Said("-120", "dBm", NOW), USUAL, False),
    ],
)
def test_a_battery_is_low_in_its_own_unit(name: str, said: Said, limits: Limits, low: bool) -> None:
    assert assess(replace(WELL, power={name: said}, limits=limits), now=NOW).battery_low is low


def test_a_silence_is_told_in_our_time() -> None:
    first, _ = words(least=(-4 * HOUR,), variables={"flow": Newest(NOW - HOUR)})
    assert first == "La última lectura es de hace 5 h; se espera una cada 60 min."


def test_times_are_spoken_as_people_do() -> None:
    times = [timedelta(seconds=45), 12 * MINUTE, 119 * MINUTE, 3 * HOUR, 47 * HOUR, 3 * DAY, -7 * MINUTE]
    assert [spoken(time) for time in times] == ["45 s", "12 min", "119 min", "3 h", "47 h", "3 días", "7 min"]


def test_what_did_not_change_keeps_its_time() -> None:
    first = state_of(assess(WELL, now=NOW), None, now=NOW)
    assert list(changes(None, first, now=NOW)) == []
    later = NOW + 3 * HOUR
    second = state_of(assess(WELL, now=later), first, now=later)
    (change,) = changes(first, second, now=later)
    assert (change.what, change.before, change.after, change.at) == (What.CONDITION, "online", "late", NOW + 2 * HOUR)
    assert (second.condition, second.since, second.clock_since) == (Condition.LATE, NOW + 2 * HOUR, NOW)


def test_a_drift_is_written_anew_where_it_is_worth_it() -> None:
    def kept(least: timedelta, before: Any = None) -> Any:
        return state_of(assess(replace(WELL, least=(least,)), now=NOW), before, now=NOW)

    first = kept(7 * MINUTE)
    assert kept(7 * MINUTE + timedelta(seconds=20), first).clock_by_s == 420
    assert kept(7 * MINUTE + timedelta(seconds=40), first).clock_by_s == 460


def test_each_part_has_changes_of_its_own() -> None:
    first = state_of(assess(WELL, now=NOW), None, now=NOW)
    worse = replace(
        WELL,
        least=(7 * MINUTE,),
        power={"battery": Said("5", "%", NOW)},
        variables={"flow": Newest(NOW), "level": Newest(NOW - 2 * DAY)},
    )
    second = state_of(assess(worse, now=NOW), first, now=NOW)
    found = {(one.what, one.variable, one.before, one.after) for one in changes(first, second, now=NOW)}
    assert found == {
        ("clock", "", "right", "behind"),
        ("battery", "", "enough", "low"),
        ("stale", "level", "fresh", "stale"),
    }
    assert {(one.before, one.after) for one in changes(second, first, now=NOW) if one.what is What.STALE} == {
        ("stale", "fresh")
    }
