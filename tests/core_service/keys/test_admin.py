"""The admin's pages of keys."""

from typing import Any

import pytest
from django.test import Client

from core_service.keys.models import ApiKey, ApiKeyEvent
from core_service.users.models import User
from tests.core_service.conftest import PASSWORD
from tests.core_service.keys.conftest import SOURCE, MakeKey

pytestmark = pytest.mark.django_db
LIST = "/admin/keys/apikey/"


@pytest.fixture
def admin(db: None) -> Client:
    User.objects.create_superuser("jefa@example.cl", PASSWORD)
    client = Client()
    assert client.login(username="jefa@example.cl", password=PASSWORD)
    return client


def form(**fields: Any) -> dict[str, Any]:
    inlines = {f"{name}-{part}_FORMS": 0 for name in ("secrets", "events") for part in ("TOTAL", "INITIAL")}
    return {"name": "Logger", "sources": str(SOURCE), "expires_at_0": "", "expires_at_1": "", **inlines, **fields}


def text_in(page: str) -> str:
    return page.split('id="key-text"')[1].split(">")[1].split("<")[0]


def test_a_key_is_made_and_shown_once(admin: Client, make_point: Any) -> None:
    point = make_point()
    response = admin.post(f"{LIST}add/", form(points=[str(point.id)]))
    key = ApiKey.objects.get()
    text = text_in(response.content.decode())
    assert (response.status_code, "no-store" in response["Cache-Control"]) == (200, True)
    assert text.startswith(f"stk_{key.secrets.get().prefix}_")
    assert (key.sources, key.points, key.created_by) == ([SOURCE], [point.id], "user:jefa@example.cl")
    for url in (LIST, f"{LIST}{key.id}/change/", f"{LIST}{key.id}/history/"):
        page = admin.get(url)
        assert (page.status_code, text.split("_", 2)[2] in page.content.decode()) == (200, False)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"sources": ""}, "Diga para qué fuentes o puntos es."),
        ({"sources": "no-es-un-id"}, "no-es-un-id"),
        ({"expires_at_0": "2020-01-01", "expires_at_1": "00:00"}, "Ya pasó: para terminarla ahora, revóquela."),
    ],
)
def test_what_cannot_be_is_said_at_the_field(admin: Client, fields: dict[str, str], said: str) -> None:
    response = admin.post(f"{LIST}add/", form(**fields))
    assert said in response.content.decode()
    assert not ApiKey.objects.exists()


def test_a_name_that_is_taken(admin: Client, make_key: MakeKey) -> None:
    make_key(name="Logger")
    assert "Otra clave vigente ya se llama así." in admin.post(f"{LIST}add/", form()).content.decode()


def test_only_what_was_changed_is_written_down(admin: Client, make_key: MakeKey) -> None:
    key = make_key(name="Logger").key
    response = admin.post(f"{LIST}{key.id}/change/", form(name="Otro"))
    assert response.status_code == 302
    event = ApiKeyEvent.objects.get(key=key, what="changed")
    assert (event.by, event.said) == ("user:jefa@example.cl", {"name": ["Logger", "Otro"]})


def test_rotated_one_at_a_time(admin: Client, make_key: MakeKey) -> None:
    key, other = make_key().key, make_key().key
    asked = {"action": "rotate", "_selected_action": [str(key.id)]}
    assert text_in(admin.post(LIST, asked).content.decode()).startswith("stk_")
    assert (key.secrets.count(), other.secrets.count()) == (2, 1)
    both = admin.post(LIST, asked | {"_selected_action": [str(key.id), str(other.id)]}, follow=True)
    assert "Elija una sola clave" in both.content.decode()
    assert (key.secrets.count(), other.secrets.count()) == (2, 1)


def test_revoked_and_then_only_to_read(admin: Client, make_key: MakeKey) -> None:
    key = make_key(name="Logger").key
    asked = {"action": "revoke", "_selected_action": [str(key.id)]}
    assert "Logger: revocada." in admin.post(LIST, asked, follow=True).content.decode()
    assert "revocó esta clave" in admin.post(LIST, asked, follow=True).content.decode()
    assert admin.post(f"{LIST}{key.id}/change/", form(name="Otro")).status_code == 403
    assert "revocó esta clave" in admin.post(LIST, asked | {"action": "rotate"}, follow=True).content.decode()
    assert ApiKey.objects.get().revoked_by == "user:jefa@example.cl"


def test_nobody_deletes_one(admin: Client, make_key: MakeKey) -> None:
    key = make_key().key
    assert admin.post(f"{LIST}{key.id}/delete/", {"post": "yes"}).status_code == 403
    assert ApiKey.objects.exists()
