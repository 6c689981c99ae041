import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from core_service.users.models import User
from shared.testing import api_client, service_token, user_token

pytestmark = pytest.mark.django_db
USERS = "/api/users/"
NEW = {"email": "Ana@Example.cl", "password": "Agua-clara-2026", "name": "Ana", "phone": "+56 9 1234 5678"}


@pytest.mark.parametrize(
    ("email", "constraint"), [("duena@example.cl", "user_email_once"), ("Otra@example.cl", "user_email_lowercase")]
)
def test_an_address_is_stored_once_in_one_spelling(owner: User, email: str, constraint: str) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        User.objects.bulk_create([User(email=email)])
    assert error.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]  # psycopg2's


def test_the_staff_makes_users(staff: APIClient) -> None:
    body = staff.post(USERS, NEW, format="json").json()
    assert (body["email"], body["is_staff"]) == ("ana@example.cl", False)
    assert "password" not in body
    assert [user["email"] for user in staff.get(USERS).json()["results"]] == ["ana@example.cl"]
    assert User.objects.get().check_password(NEW["password"])


def test_an_address_that_is_taken(staff: APIClient) -> None:
    staff.post(USERS, NEW, format="json")
    answer = staff.post(USERS, {**NEW, "email": "ANA@example.cl"}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "email")


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "ana"), ("password", "12345678"), ("password", "short"), ("phone", "call me"), ("name", None),
     ("is_staff", True)],
)  # fmt: skip
def test_a_bad_field_is_named(staff: APIClient, field: str, value: object) -> None:
    answer = staff.post(USERS, {**NEW, field: value}, format="json")
    errors = {error["field"]: error for error in answer.json()["errors"]}
    assert (answer.status_code, set(errors)) == (400, {field})
    assert errors[field]["expected"]
    assert field != "password" or errors[field]["received"] == "***"
    assert User.objects.count() == 0


def test_others_see_only_themselves(owner: User) -> None:
    client = api_client(user_token(scopes=["core:read"]))
    assert [client.get(USERS).status_code, client.post(USERS, NEW, format="json").status_code] == [403, 403]
    assert client.get("/api/users/me/").status_code == 404  # a token of somebody who is no longer there
    assert api_client(service_token("telemetry")).get("/api/users/me/").status_code == 404


def make_admin(monkeypatch: pytest.MonkeyPatch, password: str, email: str = "Admin@Example.cl") -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    said = io.StringIO()
    call_command("make_admin", "--email", email, "--password-stdin", stdout=said)
    return said.getvalue()


def test_make_admin_twice_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "creado" in make_admin(monkeypatch, "Agua-clara-2026")
    before = User.objects.values().get()
    assert "al día" in make_admin(monkeypatch, "Agua-clara-2026")
    assert User.objects.values().get() == before
    make_admin(monkeypatch, "Otra-clave-2026")
    user = User.objects.get()
    assert (user.email, user.is_staff, user.is_superuser) == ("admin@example.cl", True, True)
    assert user.check_password("Otra-clave-2026")


@pytest.mark.parametrize(("email", "password"), [("admin@example.cl", ""), ("admin", "Agua-clara-2026")])
def test_make_admin_refuses_nonsense(monkeypatch: pytest.MonkeyPatch, email: str, password: str) -> None:
    with pytest.raises(CommandError):
        make_admin(monkeypatch, password, email)
    assert User.objects.count() == 0


def test_the_manager_makes_superusers() -> None:
    user: Any = User.objects.create_superuser("Root@example.cl", "Agua-clara-2026", name="Root")
    assert (user.email, user.is_staff, user.get_short_name(), str(user)) == (
        "root@example.cl",
        True,
        "Root",
        "root@example.cl",
    )
