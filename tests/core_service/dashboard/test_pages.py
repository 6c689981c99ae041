from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from core_service.catchment.models import CatchmentPoint, CatchmentPointOwner
from core_service.users.models import User

pytestmark = pytest.mark.django_db
POINTS = "/admin/catchment/catchmentpoint/"
PASSWORD = "Agua-clara-2026"
FORM = {
    "name": "Pozo 1", "code": "OB-1", "point_type": "WELL", "status": "ACTIVE", "owner": "",
    "latitude": "-33.45", "longitude": "-70.66", "altitude": "", "sampling_frequency": "60", "device_id": "",
    "provider": "", "config": '{"pulse_constants": {"total": {"pulses_per_liter": 0.001}}}',
    "config_valid_from_0": "", "config_valid_from_1": "",
    "configs-TOTAL_FORMS": "0", "configs-INITIAL_FORMS": "0",
}  # fmt: skip


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin@example.cl", PASSWORD))
    return client


def test_the_start_page_says_what_this_is(client: Client) -> None:
    page = client.get("/").content.decode()
    for expected in ("Stack VPS", "/admin/", "/api/core/points/", "/api/telemetry/data/", "/api/compliance/data/"):
        assert expected in page


def test_log_in_by_e_mail_through_the_admin(client: Client) -> None:
    User.objects.create_superuser("admin@example.cl", PASSWORD)
    assert client.get("/admin").status_code == 302
    assert "Stack VPS" in client.get("/admin/login/").content.decode()
    given = {"username": "Admin@Example.cl", "password": PASSWORD, "next": "/admin/"}
    assert client.post("/admin/login/", given)["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert "admin@example.cl" in client.get("/").content.decode()


def test_the_admin_too_waits_after_many_tries(client: Client) -> None:
    User.objects.create_superuser("admin@example.cl", PASSWORD)
    for _ in range(20):
        client.post("/admin/login/", {"username": "admin@example.cl", "password": "x"})
    answer = client.post("/admin/login/", {"username": "admin@example.cl", "password": PASSWORD})
    assert (answer.status_code, "espere un minuto" in answer.content.decode()) == (200, True)


@pytest.mark.parametrize(
    "path",
    ["", "users/user/", "users/user/add/", "catchment/catchmentpoint/", "catchment/catchmentpoint/add/",
     "catchment/catchmentpointowner/", "catchment/catchmentpointowner/add/"],
)  # fmt: skip
def test_every_page_of_the_admin_renders(admin: Client, make_point: Any, path: str) -> None:
    point = make_point(config={"pulse_constants": {"total": {"pulses_per_liter": 1000}}})
    CatchmentPointOwner.objects.create(user=User.objects.get(), point=point)
    assert admin.get(f"/admin/{path}").status_code == 200
    assert admin.get(f"/admin/{path}", {"q": "OB"} if path.endswith("point/") else {}).status_code == 200


def test_a_point_is_made_and_changed(admin: Client) -> None:
    assert admin.post(f"{POINTS}add/", FORM).status_code == 302
    point = CatchmentPoint.objects.get()
    assert (point.updated_by, point.configs.get().valid_from) == ("user:admin@example.cl", None)
    page = admin.get(f"{POINTS}{point.id}/change/").content.decode()
    assert "1000 litros por pulso" in page
    assert admin.post(f"{POINTS}{point.id}/change/", {**FORM, "name": "Pozo uno"}).status_code == 302
    before = point.change_seq
    point.refresh_from_db()
    assert (point.name, point.configs.count(), point.change_seq > before) == ("Pozo uno", 1, True)


def test_a_new_config_is_a_new_version_from_a_date_in_chile(admin: Client, make_point: Any) -> None:
    point = make_point("OB-1")
    change = {
        **FORM,
        "config": '{"well_depth": 90}',
        "config_valid_from_0": "2026-01-15",
        "config_valid_from_1": "00:00",
    }
    assert admin.post(f"{POINTS}{point.id}/change/", change).status_code == 302
    assert point.configs.get(version=2).valid_from == datetime(2026, 1, 15, 3, tzinfo=UTC)
    assert "15 de enero de 2026" in admin.get(f"{POINTS}{point.id}/change/").content.decode()
    always = {**FORM, "config": '{"well_depth": 91}', "config_always": "on"}
    assert admin.post(f"{POINTS}{point.id}/change/", always).status_code == 302
    assert point.configs.get(version=3).valid_from is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"config": '{"well_deph": 1}'}, "well_deph: nombre desconocido"),
        ({"config": "{"}, "JSON"),
        ({"config": "[]"}, "no es un objeto"),
        ({"latitude": "91"}, "La latitud va de -90 a 90"),
        ({"sampling_frequency": "0"}, "1 minuto o más"),
        ({"code": "TAKEN"}, "Otro punto ya usa este código"),
        ({"device_id": "logger-1"}, "Otro punto ya usa este dispositivo"),
        ({"config_valid_from_0": "2026-01-15", "config_valid_from_1": "00:00", "config_always": "on"}, "Elija uno"),
    ],
)
def test_what_is_wrong_is_said_on_the_page(admin: Client, make_point: Any, change: dict[str, str], said: str) -> None:
    make_point("TAKEN", device_id="logger-1")
    answer = admin.post(f"{POINTS}add/", {**FORM, **change})
    assert (answer.status_code, CatchmentPoint.objects.count()) == (200, 1)
    assert said in answer.content.decode()


def test_deleting_marks_points_and_keeps_their_history(admin: Client, make_point: Any) -> None:
    one, two = make_point("A"), make_point("B")
    assert "A · Pozo A" in admin.get(f"{POINTS}{one.id}/delete/").content.decode()
    assert admin.post(f"{POINTS}{one.id}/delete/", {"post": "yes"}).status_code == 302
    chosen = {"action": "delete_selected", "_selected_action": [str(two.id)], "post": "yes"}
    assert admin.post(POINTS, chosen).status_code == 302
    assert CatchmentPoint.objects.filter(deleted=True).count() == 2
    assert one.configs.count() == 1
    assert admin.get(f"{POINTS}{one.id}/change/").status_code == 302


def test_a_user_is_made_with_a_password(admin: Client) -> None:
    new = {
        "email": "Ana@Example.cl",
        "name": "Ana",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert admin.post("/admin/users/user/add/", new).status_code == 302
    user = User.objects.get(email="ana@example.cl")
    assert user.check_password(PASSWORD)
    assert admin.get(f"/admin/users/user/{user.id}/change/").status_code == 200
    again = admin.post("/admin/users/user/add/", {**new, "email": "ANA@example.cl"})
    assert "Ya hay un usuario con este correo" in again.content.decode()


def test_a_user_is_changed(admin: Client, owner: User) -> None:
    form = {"email": "Duena@nueva.cl", "name": "Dueña", "phone": "", "preferences": "{}", "is_active": "on"}
    assert admin.post(f"/admin/users/user/{owner.id}/change/", form).status_code == 302
    owner.refresh_from_db()
    assert owner.email == "duena@nueva.cl"


def test_an_owner_is_added(admin: Client, make_point: Any, owner: User) -> None:
    form = {"user": str(owner.id), "point": str(make_point().id), "ownership_type": "PRIMARY", "permissions": "{}"}
    assert admin.post("/admin/catchment/catchmentpointowner/add/", form).status_code == 302
    assert CatchmentPointOwner.objects.get().user == owner
