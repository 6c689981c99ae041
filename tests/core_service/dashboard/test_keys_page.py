"""The page of keys: what the server gives, before any script runs."""

import pytest
from django.test import Client

from core_service.users.models import User
from tests.core_service.conftest import PASSWORD
from tests.core_service.dashboard.elements import Elements

pytestmark = pytest.mark.django_db


def test_staff_may_make_keys_and_says_when_they_end(client: Client) -> None:
    client.force_login(User.objects.create_superuser("admin@example.cl", PASSWORD))
    page = client.get("/claves/").content.decode()
    inputs = {one.get("id"): one for one in Elements(page).of("input")}
    assert "required" in inputs["ends"]
    assert "checked" not in inputs["never"]
    assert {"made-dialog", "rotate-dialog", "prolong-dialog", "revoke-dialog"} == {
        one["id"] for one in Elements(page).of("dialog")
    }


def test_others_are_told_whom_to_ask(client: Client, owner: User) -> None:
    client.force_login(owner)
    page = client.get("/claves/").content.decode()
    assert "Su cuenta no administra claves" in page
    assert not Elements(page).of("form")
    assert 'id="list"' not in page


def test_without_scripts_it_says_what_to_do(client: Client) -> None:
    client.force_login(User.objects.create_superuser("admin@example.cl", PASSWORD))
    page = client.get("/claves/").content.decode()
    noscript = page.partition("<noscript>")[2].partition("</noscript>")[0]
    assert "POST /api/core/keys/" in noscript
    assert "/admin/" in noscript
