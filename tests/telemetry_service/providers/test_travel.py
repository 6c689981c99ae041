"""A row travels from one installation to another, and no secret with it."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.testing import api_client, user_token
from telemetry_service.providers.models import Provider
from telemetry_service.providers.presets import preset_names

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
URL = "/api/telemetry/providers/"
SECRETS = {
    "username": "ops@example.cl", "password": "secreto-de-prueba", "api_key": "clave-000-secreta",
    "token": "token-000-secreto", "access_token": "acceso-000-secreto",
}  # fmt: skip


def make(name: str, **changes: Any) -> Any:
    from telemetry_service.providers.presets.queries import describe

    body = {"name": f"cuenta {name}", "preset": name, "base_url": "https://api.example.cl", "config": changes}
    body["credentials"] = {needed: SECRETS[needed] for needed in describe(name).row.credentials}
    return api_client(user_token()).post(URL, body, format="json")


def exported(provider_id: str) -> Any:
    return api_client(user_token(scopes=["telemetry:read"])).get(f"{URL}{provider_id}/export/")


def imported(document: dict[str, Any], **more: Any) -> Any:
    return api_client(user_token()).post(f"{URL}import/", {**document, **more}, format="json")


@pytest.mark.parametrize("name", preset_names())
def test_exported_imported_exported_is_equal(name: str) -> None:
    made = make(name, limits={"rate": "2/s"}).json()
    there = exported(made["id"])
    document = there.json()
    assert document["format"] == "telemetry-provider/1"
    assert document["config"] == made["config"]
    for secret in SECRETS.values():
        assert secret not in there.content.decode()
    # Another installation: the name is free, and somebody gives the credentials anew.
    Provider.objects.all().delete()
    back = imported(document, credentials=dict.fromkeys(document["credentials_needed"], "otra-clave"))
    assert back.status_code == 201
    assert exported(back.json()["id"]).json() == document
    provider = Provider.objects.get()
    assert set(provider.credentials) == set(document["credentials_needed"])


def test_a_push_account_travels_too() -> None:
    made = api_client(user_token()).post(URL, {"name": "Empuje", "type": "PUSH"}, format="json").json()
    document = exported(made["id"]).json()
    Provider.objects.all().delete()
    assert exported(imported(document).json()["id"]).json() == document


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "telemetry-provider/2"}, "format"),
        ({"type": "OTRO"}, "type"),
        ({"credentials": {}}, "credentials.password"),
        ({"credentials": {"username": "x", "password": ""}}, "credentials.password"),
        ({"credentials_needed": ["username"]}, "credentials_needed"),
        ({"config": {"base_url": "https://x.cl"}}, "auth"),
        ({"config": []}, "config"),
        ({"otra": 1}, "otra"),
    ],
)
def test_a_document_that_is_not_whole_is_refused_by_name(change: dict[str, Any], field: str) -> None:
    document = exported(make("tdata").json()["id"]).json()
    Provider.objects.all().delete()
    credentials = {"username": "ops@example.cl", "password": "secreto-de-prueba"}
    response = imported({**document, "credentials": credentials, **change})
    assert response.status_code == 400
    assert field in [error["field"] for error in response.json()["errors"]]
    assert "secreto-de-prueba" not in response.content.decode()
    assert not Provider.objects.exists()


def test_where_it_came_from_its_name_is_taken() -> None:
    document = exported(make("tago").json()["id"]).json()
    assert imported(document).status_code == 409
    assert imported({**document, "name": "la misma en otra parte"}).status_code == 201


def test_a_preset_that_this_release_does_not_know_is_no_obstacle() -> None:
    document = exported(make("tago").json()["id"]).json()
    response = imported({**document, "name": "futura", "preset": "de-una-version-futura"})
    assert (response.status_code, response.json()["preset"]) == (201, "de-una-version-futura")


def test_reading_is_enough_to_export_and_not_to_import() -> None:
    document = exported(make("tago").json()["id"]).json()
    reader = api_client(user_token(scopes=["telemetry:read"]))
    assert reader.post(f"{URL}import/", document, format="json").status_code == 403
    assert reader.get(f"{URL}8f1d2c30-0000-11f0-8fb8-2ba44d87275b/export/").status_code == 404
    assert api_client().get(f"{URL}8f1d2c30-0000-11f0-8fb8-2ba44d87275b/export/").status_code == 401
