"""When the password was last shown: what tokens say of it, and how it is shown again."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from core_service.users.models import User
from shared import clock
from shared.auth.tokens import verify
from tests.core_service.conftest import PASSWORD

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Moves the clock, from a whole second on: a token says whole seconds."""
    start = clock.now().replace(microsecond=0)

    def move(minutes: int) -> Any:
        monkeypatch.setattr("shared.clock.now", lambda: start + minutes * MINUTE)
        return start + minutes * MINUTE

    move(0)
    return move


def principal(said: dict[str, Any]) -> Any:
    return verify(said["access"], now=clock.now())


def test_refreshing_shows_no_password(owner: User, at: Any) -> None:
    client = APIClient()
    start = at(0)
    issued = client.post("/api/auth/token", {"email": owner.email, "password": PASSWORD}, format="json").json()
    assert principal(issued).has_proved(within=5 * MINUTE, now=start)
    at(9)
    again = client.post("/api/auth/token/refresh", {"refresh": issued["refresh"]}, format="json").json()
    assert principal(again).proved_at == start
    assert not principal(again).has_proved(within=5 * MINUTE, now=at(9))


def confirm(client: Client, password: str, path: str = "/api/auth/confirm/") -> Any:
    proof = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/cargas/").content.decode())[0]
    body = {"password": password} if password else {}
    return client.post(path, body, content_type="application/json", headers={"X-CSRFToken": proof})


@pytest.fixture
def browser(owner: User, at: Any) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    return client


def test_a_page_confirms_with_the_password_and_its_session_remembers(browser: Client, at: Any) -> None:
    start = at(0)
    assert principal(confirm(browser, "", "/api/auth/session-token/").json()).proved_at == start
    now = at(8)
    assert principal(confirm(browser, "", "/api/auth/session-token/").json()).proved_at == start
    answer = confirm(browser, PASSWORD)
    assert (answer.status_code, answer["Cache-Control"], principal(answer.json()).proved_at) == (200, "no-store", now)
    assert principal(confirm(browser, "", "/api/auth/session-token/").json()).proved_at == now


def test_a_wrong_password_confirms_nothing(browser: Client, at: Any) -> None:
    start = at(0)
    at(8)
    answer = confirm(browser, "Agua-turbia-2026")
    assert (answer.status_code, "turbia" in answer.content.decode()) == (401, False)
    assert principal(confirm(browser, "", "/api/auth/session-token/").json()).proved_at == start


def test_nobody_confirms_without_a_session_or_the_pages_own_proof(browser: Client, at: Any) -> None:
    assert APIClient().post("/api/auth/confirm/", {"password": PASSWORD}, format="json").status_code == 401
    body = {"password": PASSWORD}
    assert browser.post("/api/auth/confirm/", body, content_type="application/json").status_code == 403


def test_guessing_is_slowed_down(browser: Client, at: Any) -> None:
    assert [confirm(browser, "x").status_code for _ in range(21)][-1] == 429
