from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from shared.testing import api_client, user_token
from telemetry_service.providers.models import Provider

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
URL = "/api/telemetry/providers/"
BODY = {
    "name": "Tesacom",
    "preset": "tdata",
    "credentials": {"username": "ops@example.cl", "password": "secreto-de-prueba"},
}


def post(body: Any) -> Any:
    return api_client(user_token()).post(URL, body, format="json")


def test_credentials_go_in_and_never_come_out() -> None:
    made = post({**BODY, "base_url": "https://tdata.example.cl", "config": {"limits": {"rate": "1/s"}}})
    assert made.status_code == 201
    assert made.json()["credentials"] == ["password", "username"]
    assert made.json()["base_url"] == "https://tdata.example.cl"
    assert made.json()["config"]["limits"]["rate"] == "1/s"
    listed = api_client(user_token(scopes=["telemetry:read"])).get(URL)
    for response in (made, listed):
        assert "secreto-de-prueba" not in response.content.decode()
    provider = Provider.objects.get()
    assert provider.credentials == BODY["credentials"]
    assert "secreto" not in repr(provider)
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM provider")
        assert "secreto-de-prueba" not in cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"preset": "otro"}, "preset"),
        ({"credentials": {"username": "x"}}, "credentials.password"),
        ({"credentials": {**BODY["credentials"], "pin": "1"}}, "credentials.pin"),  # type: ignore[dict-item]
        ({"config": {"history": {"page": {"limit": 0}}}}, "history.page.limit"),
        ({"config": []}, "config"),
        ({"base_url": "no"}, "base_url"),
        ({"token": "x"}, "token"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_written(change: dict[str, Any], field: str) -> None:
    response = post({**BODY, **change})
    assert response.status_code == 400
    assert response["Content-Type"].startswith("application/problem+json")
    assert field in [error["field"] for error in response.json()["errors"]]
    assert "secreto-de-prueba" not in response.content.decode()
    assert not Provider.objects.exists()


def test_a_name_is_taken_once() -> None:
    assert post(BODY).status_code == 201
    again = post(BODY)
    assert again.status_code == 409
    assert again.json()["errors"][0]["field"] == "name"


def test_new_credentials_take_the_place_of_the_old() -> None:
    made = post(BODY).json()
    client, url = api_client(user_token()), f"{URL}{made['id']}/"
    half = client.patch(url, {"credentials": {"password": "otra"}}, format="json")
    assert half.status_code == 400
    new = {"username": "ops@example.cl", "password": "clave-nueva"}
    changed = client.patch(url, {"credentials": new, "is_active": False}, format="json")
    assert (changed.status_code, changed.json()["is_active"]) == (200, False)
    assert "clave-nueva" not in changed.content.decode()
    provider = Provider.objects.get()
    assert (provider.credentials, provider.version) == (new, 2)
    assert client.patch(url, {"preset": "tago"}, format="json").status_code == 400
    missing = f"{URL}8f1d2c30-0000-11f0-8fb8-2ba44d87275b/"
    assert client.patch(missing, {"is_active": True}, format="json").status_code == 404


def test_scopes() -> None:
    assert api_client(user_token(scopes=["telemetry:read"])).post(URL, BODY, format="json").status_code == 403
    assert api_client().get(URL).status_code == 401


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("provider_has_name", {"name": ""}),
        ("provider_failures_counted", {"failures": -1}),
    ],
)
def test_constraints(make_provider: Make, name: str, values: dict[str, Any]) -> None:
    provider = make_provider()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Provider.objects.filter(id=provider.id).update(**values)


def test_names_are_unique(make_provider: Make) -> None:
    one, other = make_provider(name="uno"), make_provider(name="dos")
    with pytest.raises(IntegrityError, match="provider_name_once"), transaction.atomic():
        Provider.objects.filter(id=other.id).update(name=one.name)
