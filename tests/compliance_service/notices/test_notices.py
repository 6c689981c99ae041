"""A failure as it is told: drafted by itself, filled in and delivered by a person."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from compliance_service.notices.models import Notice
from compliance_service.notices.operations import draft_failures
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import LOOK, SLOT, Telemetry
from tests.compliance_service.submissions.sma.conftest import MINUTE, Desk
from tests.compliance_service.submissions.sma.conftest import desk as desk
from tests.compliance_service.submissions.sma.conftest import good as good
from tests.compliance_service.submissions.sma.conftest import make_process as make_process

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
HOUR = timedelta(hours=1)
PATH = "/api/compliance/notices/"
FILLED = {"cause": "corte de fibra", "repair": "6 horas", "measures": "enlace de respaldo"}


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    def move(now: datetime) -> None:
        monkeypatch.setattr("shared.clock.now", lambda: now)

    move(LOOK + 3 * HOUR)
    return move


@pytest.fixture
def staff(at: Any, request: pytest.FixtureRequest) -> Any:
    """Logged in at the instant of the test."""
    if "in_september" in request.fixturenames:
        request.getfixturevalue("in_september")
    return api_client(user_token())


@pytest.fixture
def failed(make_process: Make, good: Make, desk: Desk, run: Make) -> Any:
    """One stamp was accepted, then SMA answers with pages; an hour later nothing arrived."""
    config = make_process(minutes=5)
    good(config.point_id, 3)
    run()
    desk.faults(html_502=1)
    for minute in (1, 2, 70):
        run(LOOK + minute * MINUTE)
    return config


def test_a_failure_is_drafted_with_what_is_known(failed: Any) -> None:
    now = LOOK + 70 * MINUTE
    assert draft_failures(now) == 1
    notice = Notice.objects.get()
    assert (notice.kind, notice.starts_at, notice.due_at) == ("failure", SLOT + MINUTE, SLOT + MINUTE + 12 * HOUR)
    assert (notice.to, notice.drafted_by, notice.drafted_at) == ("snifa@sma.gob.cl", "system", now)
    assert notice.facts["missing"] == 4
    assert notice.facts["observed"] == {
        "no_data": 2,
        "held": 0,
        "not_sent": 0,
        "no_answer": 2,
        "refused": 0,
        "pending": 0,
    }
    assert notice.subject == "Aviso de falla de conexión, Unidad Fiscalizable 1234, Proceso 568"
    voucher = notice.facts["last_receipt"]["voucher"]
    for line in (
        "el titular RUT 76000000-0 informa una falla en el reporte en línea",
        f"1. Inicio: 13-05-2024 10:01 (UTC-4). Último registro aceptado: 13-05-2024 10:00, IdVerificacion {voucher}.",
        "2. Término: en curso.",
        "3. Registros sin transmitir al 13-05-2024 11:12: 4 (dispositivos 8903).",
        "   - sin datos del instrumento: 2",
        "   - SMA no respondió: 2",
        "HTTP 502",
        "5. Causa: [por completar]",
    ):
        assert line in notice.body


def test_one_failure_is_one_draft_that_is_brought_up_to_date(failed: Any, good: Make) -> None:
    draft_failures(LOOK + 70 * MINUTE)
    draft_failures(LOOK + 2 * HOUR)
    notice = Notice.objects.get()
    assert "al 13-05-2024 12:02" in notice.body
    assert notice.drafted_at == LOOK + 70 * MINUTE


def test_nothing_is_drafted_before_a_stamp_is_an_hour_late(make_process: Make) -> None:
    make_process(minutes=5)
    assert draft_failures(SLOT + HOUR - MINUTE) == 0
    assert draft_failures(SLOT + HOUR) == 1
    assert "Último registro aceptado: ninguno" in Notice.objects.get().body


def test_what_works_or_asks_for_no_notices_is_left_alone(
    make_config: Make, make_process: Make, good: Make, desk: Desk, run: Make
) -> None:
    make_config()  # DGA, whose hour is missing
    config = make_process()
    good(config.point_id)
    run()
    assert draft_failures(LOOK + 5 * HOUR) == 0


def test_a_failure_that_is_over_says_when(failed: Any, good: Make, desk: Desk, run: Make) -> None:
    draft_failures(LOOK + 70 * MINUTE)
    desk.faults(html_502=0)
    good(failed.point_id, 5)
    for second in range(0, 300, 6):
        run(LOOK + 80 * MINUTE + timedelta(seconds=second))
    draft_failures(LOOK + 90 * MINUTE)
    notice = Notice.objects.get()
    assert notice.ended_at is not None
    assert "2. Término: 13-05-2024 11:2" in notice.body
    assert "IdVerificacion" in notice.body.splitlines()[4]  # the last receipt before the failure, not the one after it
    assert notice.facts["last_receipt"]["slot_at"] == SLOT.isoformat()


def test_what_is_still_missing_after_a_failure_is_one_of_its_own(
    failed: Any, good: Make, desk: Desk, run: Make
) -> None:
    draft_failures(LOOK + 70 * MINUTE)
    desk.faults(html_502=0)
    for second in range(0, 60, 6):
        run(LOOK + 80 * MINUTE + timedelta(seconds=second))
    assert [draft_failures(LOOK + minute * MINUTE) for minute in (90, 100, 110)] == [1, 1, 1]
    first, second_ = Notice.objects.order_by("starts_at")
    assert (first.ended_at is not None, second_.ended_at, second_.starts_at) == (True, None, SLOT + 3 * MINUTE)
    assert second_.facts["observed"]["no_data"] == 2


def test_a_person_fills_in_and_delivers(failed: Any, staff: Any) -> None:
    draft_failures(LOOK + 70 * MINUTE)
    (draft,) = staff.get(PATH, {"delivered": "false"}).json()["results"]
    early = staff.post(f"{PATH}{draft['id']}/deliver/", {"note": "correo"}, format="json")
    assert early.status_code == 400
    assert "causa, tiempo estimado de reparación, medidas adoptadas" in early.json()["detail"]
    filled = staff.patch(f"{PATH}{draft['id']}/", FILLED, format="json").json()
    assert "5. Causa: corte de fibra" in filled["body"]
    assert filled["changed_by"] == "user:ops@example.cl"
    said = {"note": "correo a snifa, acuse 123", "delivered_at": (LOOK + 2 * HOUR).isoformat()}
    done = staff.post(f"{PATH}{draft['id']}/deliver/", said, format="json").json()
    assert (done["delivered_by"], done["delivery_note"]) == ("user:ops@example.cl", "correo a snifa, acuse 123")
    assert staff.get(PATH, {"delivered": "false"}).json()["results"] == []
    assert staff.post(f"{PATH}{draft['id']}/deliver/", said, format="json").status_code == 409


def test_what_was_delivered_changes_no_more_but_for_its_end(
    failed: Any, staff: Any, good: Make, desk: Desk, run: Make
) -> None:
    draft_failures(LOOK + 70 * MINUTE)
    notice = Notice.objects.get()
    staff.patch(f"{PATH}{notice.id}/", FILLED, format="json")
    staff.post(f"{PATH}{notice.id}/deliver/", {"note": "correo"}, format="json")
    body = Notice.objects.get().body
    assert staff.patch(f"{PATH}{notice.id}/", FILLED, format="json").status_code == 409
    desk.faults(html_502=0)
    good(failed.point_id, 5)
    run(LOOK + 200 * MINUTE)
    assert draft_failures(LOOK + 201 * MINUTE) == 1
    kept = Notice.objects.get()
    assert (kept.body, kept.ended_at) == (body, LOOK + 200 * MINUTE)


def test_what_a_person_wrote_stays_when_the_facts_change(failed: Any, staff: Any) -> None:
    draft_failures(LOOK + 70 * MINUTE)
    notice = Notice.objects.get()
    staff.patch(f"{PATH}{notice.id}/", FILLED, format="json")
    draft_failures(LOOK + 4 * HOUR)
    kept = Notice.objects.get()
    assert kept.filled == FILLED
    assert "corte de fibra" in kept.body
    assert "14:02" in kept.body


def test_causes_are_told_apart(
    make_process: Make, good: Make, telemetry: Telemetry, desk: Desk, run: Make, settings: Any
) -> None:
    config = make_process(minutes=4)
    good(config.point_id, 3)
    telemetry.set(config.point_id, "flow", 1.0, 3, "spike")
    settings.SMA_BASE_URL = "http://127.0.0.1:1/api/v1"
    for minute in (15, 16, 17, 75):
        run(SLOT + minute * MINUTE)
    draft_failures(SLOT + 80 * MINUTE)
    observed = Notice.objects.get().facts["observed"]
    assert {name: count for name, count in observed.items() if count} == {"no_data": 1, "held": 1, "not_sent": 2}


def change(config: Any, /, **changes: Any) -> dict[str, Any]:
    said = {"config": str(config.id), "planned_date": "2026-10-08", "description": "cambio de caudalímetro"}
    return said | changes


@pytest.fixture
def in_september(at: Make) -> None:
    at(datetime(2026, 9, 10, 15, tzinfo=UTC))


def test_a_planned_change_is_drafted_with_its_last_day(staff: Any, make_process: Make, in_september: None) -> None:
    config = make_process()
    response = staff.post(PATH, change(config), format="json")
    assert response.status_code == 201
    said = response.json()
    assert (said["facts"]["tell_by"], said["facts"]["is_late"]) == ("2026-09-15", False)
    assert said["due_at"] == "2026-09-16T04:00:00Z"  # the end of that day in UTC-4
    assert (said["kind"], said["drafted_by"]) == ("change", "user:ops@example.cl")
    for line in (
        "1. Fecha prevista: 08-10-2026.",
        "2. Cambio: cambio de caudalímetro",
        "15-09-2026, 15 días hábiles antes",
    ):
        assert line in said["body"]
    done = staff.post(f"{PATH}{said['id']}/deliver/", {"note": "oficina de partes"}, format="json")
    assert done.status_code == 200


def test_a_change_that_is_told_too_late_says_so(staff: Any, make_process: Make, in_september: None) -> None:
    said = staff.post(PATH, change(make_process(), planned_date="2026-09-22"), format="json").json()
    assert said["facts"]["is_late"] is True


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"planned_date": "2026-09-10"}, "planned_date"),
        ({"planned_date": "2031-09-10"}, "planned_date"),
        ({"planned_date": "10-10-2026"}, "planned_date"),
        ({"description": ""}, "description"),
        ({"config": "x"}, "config"),
        ({"cause": "x"}, "cause"),
    ],
)
def test_a_wrong_change_is_named(
    staff: Any, make_process: Make, in_september: None, changes: dict[str, str], field: str
) -> None:
    response = staff.post(PATH, change(make_process(), **changes), format="json")
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, [field])
    assert Notice.objects.count() == 0


def test_dga_asks_for_no_notices(staff: Any, make_config: Make, in_september: None) -> None:
    assert staff.post(PATH, change(make_config()), format="json").status_code == 400


def test_an_operator_may_add_a_holiday_to_the_sources_row(staff: Any, make_process: Make, in_september: None) -> None:
    config = make_process()
    source = config.source
    source.config["notices"]["holidays"] = ["2026-09-21"]
    source.save()
    assert staff.post(PATH, change(config), format="json").json()["facts"]["tell_by"] == "2026-09-14"


def test_a_field_of_the_other_kind_is_refused(staff: Any, failed: Any) -> None:
    draft_failures(LOOK + 70 * MINUTE)
    notice = Notice.objects.get()
    response = staff.patch(f"{PATH}{notice.id}/", {"description": "x"}, format="json")
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "description")


def test_an_owner_sees_his_points_notices_only_and_a_reader_changes_nothing(failed: Any, staff: Any) -> None:
    draft_failures(LOOK + 70 * MINUTE)
    notice = Notice.objects.get()
    own = api_client(user_token(scopes=["compliance:read"], points=[failed.point_id]))
    stranger = api_client(user_token(points=[]))
    assert len(own.get(PATH).json()["results"]) == 1
    assert stranger.get(PATH).json()["results"] == []
    assert own.patch(f"{PATH}{notice.id}/", FILLED, format="json").status_code == 403
    assert stranger.patch(f"{PATH}{notice.id}/", FILLED, format="json").status_code == 404
    assert stranger.post(f"{PATH}{notice.id}/deliver/", {"note": "x"}, format="json").status_code == 404
    assert stranger.post(PATH, change(failed), format="json").status_code == 404
    assert api_client().get(PATH).status_code == 401


def test_a_delivery_cannot_lie_in_the_future(failed: Any, staff: Any) -> None:
    draft_failures(LOOK + 70 * MINUTE)
    said = {"note": "x", "delivered_at": (LOOK + 4 * HOUR).isoformat()}
    response = staff.post(f"{PATH}{Notice.objects.get().id}/deliver/", said, format="json")
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "delivered_at")


def test_the_list_goes_on_page_by_page(staff: Any, make_process: Make, in_september: None) -> None:
    config = make_process()
    for day in (8, 9, 13):
        staff.post(PATH, change(config, planned_date=f"2026-10-{day:02d}"), format="json")
    seen, cursor = [], ""
    while cursor is not None:
        page = staff.get(PATH, {"limit": 2, "kind": "change", **({"cursor": cursor} if cursor else {})}).json()
        seen += [row["facts"]["planned_date"] for row in page["results"]]
        cursor = page["next"]
    assert sorted(seen) == ["2026-10-08", "2026-10-09", "2026-10-13"]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("notice_kind_known", {"kind": "letter"}),
        ("notice_delivered_by_whom_and_how", {"delivered_at": LOOK}),
        ("notice_delivered_by_whom_and_how", {"delivered_by": "x", "delivery_note": "x"}),
        ("notice_failure_ends_after_start", {"ended_at": SLOT - HOUR}),
    ],
)
def test_the_database_states_what_a_notice_is(failed: Any, name: str, changes: dict[str, Any]) -> None:
    draft_failures(LOOK + 70 * MINUTE)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Notice.objects.update(**changes)


def test_a_work_has_one_open_failure(failed: Any) -> None:
    draft_failures(LOOK + 70 * MINUTE)
    (row,) = Notice.objects.values()
    with pytest.raises(IntegrityError, match="notice_open_failure_once"), transaction.atomic():
        Notice.objects.create(**(row | {"id": uuid4()}))
