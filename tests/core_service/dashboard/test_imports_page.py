"""The page where files are brought: what the server gives, before any script runs."""

import pytest
from django.test import Client

from core_service.users.models import User
from tests.core_service.conftest import PASSWORD
from tests.core_service.dashboard.elements import Elements

pytestmark = pytest.mark.django_db


def page_of(client: Client) -> str:
    answer = client.get("/cargas/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def staff_page(client: Client) -> str:
    client.force_login(User.objects.create_superuser("admin@example.cl", PASSWORD))
    return page_of(client)


def test_staff_may_bring_files(staff_page: str) -> None:
    elements = Elements(staff_page)
    assert [one["type"] for one in elements.of("input") if one.get("id") == "file"] == ["file"]
    assert {one["value"] for one in elements.of("input") if one.get("name") == "mode"} == {
        "insert", "append", "backfill", "replace",
    }  # fmt: skip
    assert 'data-may-write="yes"' in staff_page


def test_others_may_look(client: Client, owner: User) -> None:
    client.force_login(owner)
    page = page_of(client)
    assert "Su cuenta puede mirar las cargas, no hacerlas." in page
    assert 'data-may-write="no"' in page
    assert Elements(page).of("form") == [{"method": "dialog"}]
    assert 'id="list"' in page


def test_without_scripts_it_says_what_to_do(staff_page: str) -> None:
    noscript = staff_page.partition("<noscript>")[2].partition("</noscript>")[0]
    assert "POST /api/telemetry/imports/" in noscript
    assert "import_readings" in noscript
