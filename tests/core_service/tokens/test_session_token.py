"""A page's session becomes a token for the APIs, and only the page's own does."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from core_service.catchment.models import CatchmentPointOwner
from core_service.users.models import User
from shared import clock
from shared.auth.tokens import verify
from shared.testing import api_client, user_token

pytestmark = pytest.mark.django_db
URL = "/api/auth/session-token/"
PASSWORD = "Agua-clara-2026"


@pytest.fixture
def browser(owner: User) -> Client:
    """With a session, and as strict as a real one about forged requests."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    return client


def proof_of(client: Client) -> str:
    page = client.get("/cargas/").content.decode()
    return re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]


def ask(client: Client, **headers: str) -> Any:
    return client.post(URL, "{}", content_type="application/json", headers=headers)


def test_a_session_gives_the_claims_of_a_log_in(browser: Client, owner: User, make_point: Any) -> None:
    mine, _ = make_point("A"), make_point("B")
    CatchmentPointOwner.objects.create(user=owner, point=mine)
    answer = ask(browser, **{"X-CSRFToken": proof_of(browser)})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert answer.json()["expires_in"] == 600
    logged_in = APIClient().post("/api/auth/token", {"email": owner.email, "password": PASSWORD}, format="json").json()
    by_session, by_password = (verify(said["access"], now=clock.now()) for said in (answer.json(), logged_in))
    assert replace(by_session, proved_at=None) == replace(by_password, proved_at=None)
    assert (by_session.points, "telemetry:write" in by_session.scopes) == (frozenset([mine.id]), False)
    assert set(answer.json()) == {"access", "expires_in"}


def test_staff_may_write_everywhere(browser: Client) -> None:
    browser.force_login(User.objects.create_superuser("admin@example.cl", PASSWORD))
    said = ask(browser, **{"X-CSRFToken": proof_of(browser)}).json()
    principal = verify(said["access"], now=clock.now() + timedelta(minutes=9))
    assert (principal.points, "telemetry:write" in principal.scopes) == (None, True)


def test_without_the_proof_of_the_page_there_is_no_token(browser: Client) -> None:
    proof_of(browser)  # the cookie alone is what a forged request has too
    for headers in ({}, {"X-CSRFToken": "x" * 64}):
        answer = ask(browser, **headers)
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
        assert "X-CSRFToken" in answer.json()["detail"]


def test_without_a_session_there_is_no_token(browser: Client, owner: User) -> None:
    assert ask(Client()).status_code == 401
    assert api_client(user_token()).post(URL, {}, format="json").status_code == 401
    proof = proof_of(browser)
    owner.set_password("Otra-clave-2026")
    owner.save()
    assert ask(browser, **{"X-CSRFToken": proof}).status_code == 401


def test_somebody_who_is_not_active_any_more_gets_none(browser: Client, owner: User) -> None:
    proof = proof_of(browser)
    User.objects.filter(id=owner.id).update(is_active=False)
    assert ask(browser, **{"X-CSRFToken": proof}).status_code == 401


def test_it_takes_an_empty_body_by_post(browser: Client) -> None:
    proof = {"X-CSRFToken": proof_of(browser)}
    assert browser.get(URL).status_code == 405
    assert browser.post(URL, '{"points": "*"}', content_type="application/json", headers=proof).status_code == 400
