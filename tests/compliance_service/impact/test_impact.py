"""A correction of what was measured, after it was reported: which hours, by how much, and a note to send."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from compliance_service.obligations.making import make_ahead
from shared.errors import Unreachable
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import LOOK, SLOT, Regulator, Telemetry

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
HOUR = timedelta(hours=1)
HEAD = "Obra OB-0601-101: de 3 mediciones informadas entre el 13-05-2024 y el 13-05-2024,"
PERIOD = {"from": "2024-05-13", "to": "2024-05-13"}


def ask(client: Any, work: Any, **query: str) -> Any:
    return client.get(f"/api/compliance/book/{work.id}/impact/", PERIOD | query)


def test_where_nothing_was_corrected_nothing_differs(work: Any, client: Any) -> None:
    said = ask(client, work).json()
    assert (said["compared"], said["differ"], said["results"]) == (3, 0, [])
    assert said["note"] == (
        "Obra OB-0601-101: las 3 mediciones informadas entre el 13-05-2024 y el 13-05-2024 coinciden "
        "con lo que hoy se calcula."
    )


def test_each_hour_that_would_differ_says_by_how_much(work: Any, client: Any, telemetry: Telemetry) -> None:
    telemetry.good(work.point_id, SLOT + HOUR, total=1020.2, water_table=10.854)
    said = ask(client, work).json()
    (hour,) = said["results"]
    assert (hour["slot_at"], hour["reason"], hour["by_person"]) == ("2024-05-13T15:00:00Z", "", False)
    assert sorted(hour["differences"], key=lambda one: one["field"]) == [
        {"field": "nivelFreaticoDelPozo", "sent": "9.85", "now": "10.85", "by": "1.00"},
        {"field": "totalizador", "sent": "1011", "now": "1020", "by": "9"},
    ]
    assert (said["compared"], said["differ"]) == (3, 1)


def test_a_change_below_the_regulators_rounding_is_none(work: Any, client: Any, telemetry: Telemetry) -> None:
    telemetry.good(work.point_id, SLOT, flow=12.3451)
    assert ask(client, work).json()["differ"] == 0


def test_what_would_not_leave_today_says_why(work: Any, client: Any, telemetry: Telemetry) -> None:
    telemetry.set(work.point_id, "flow", 12.345, 3, "unit_slip")
    (hour,) = ask(client, work).json()["results"]
    assert (hour["reason"], hour["differences"]) == ("unit_slip", [])


def test_what_is_not_there_any_more_says_so(work: Any, client: Any, telemetry: Telemetry) -> None:
    telemetry.rows.clear()
    assert {hour["reason"] for hour in ask(client, work).json()["results"]} == {"no_data"}


def test_the_note_tells_it_to_whoever_must_know(work: Any, client: Any, telemetry: Telemetry) -> None:
    for hour in (1, 2):
        telemetry.good(work.point_id, SLOT + hour * HOUR, total=1011.9 + hour + 10 * hour)
    telemetry.set(work.point_id, "flow", 12.345, 3, "unit_slip")
    assert ask(client, work).json()["note"].splitlines() == [
        f"{HEAD} 3 difieren de lo que hoy se calcula.",
        "La primera es la del 13-05-2024 10:00 y la última la del 13-05-2024 12:00 (UTC-4).",
        "«totalizador»: 2 distintas, entre +11 y +21.",
        "1 no se enviarían hoy: unit_slip.",
        "Lo informado no se corrige ante la autoridad: se deja constancia de la diferencia y de su causa.",
    ]


def test_a_period_longer_than_a_question_to_telemetry_is_asked_in_parts(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, client: Any
) -> None:
    config = make_config(hours=80)
    for hour in (0, 50, 79):
        telemetry.good(config.point_id, SLOT + hour * HOUR)
        make_ahead(LOOK + hour * HOUR)
        run(LOOK + hour * HOUR)
    telemetry.asked = 0
    said = ask(client, config, to="2024-05-17").json()
    assert (said["compared"], said["differ"], telemetry.asked) == (3, 0, 2)


def test_with_telemetry_away_it_says_so(work: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> Any:
        raise Unreachable("telemetry no responde")

    monkeypatch.setattr("compliance_service.impact.api._read", away)
    assert ask(client, work).status_code in {502, 503}


def test_others_see_nothing(work: Any, client: Any) -> None:
    assert ask(api_client(user_token(points=[])), work).status_code == 404


@pytest.mark.parametrize(("query", "field"), [({"from": ""}, "from"), ({"to": "2024-05-21"}, "to")])
def test_a_period_that_makes_no_sense_names_the_field(
    work: Any, client: Any, query: dict[str, str], field: str
) -> None:
    answer = ask(client, work, **query)
    assert (answer.status_code, field in str(answer.json()["errors"])) == (400, True)
