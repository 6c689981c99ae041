"""The page of the book: what the server gives, before any script runs."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from core_service.users.models import User
from tests.core_service.dashboard.elements import Elements

pytestmark = pytest.mark.django_db
SCRIPT = Path(__file__).parents[3] / "core_service/dashboard/static/dashboard/book/page.js"


@pytest.fixture
def page(client: Client, owner: User) -> Elements:
    client.force_login(owner)
    answer = client.get("/libro/")
    assert answer.status_code == 200
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    return Elements(answer.content.decode())


def test_who_has_not_entered_is_asked_to(client: Client) -> None:
    answer = client.get("/libro/")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/libro/")


def test_everything_that_the_script_looks_for_is_on_the_page(page: Elements) -> None:
    ids = {attributes["id"] for _, attributes in page.found if "id" in attributes}
    assert set(re.findall(r'find\("([\w-]+)"\)', SCRIPT.read_text())) <= ids


def test_every_file_of_the_page_is_ours_and_there(page: Elements) -> None:
    sources = [one["src"] or "" for one in page.of("script")] + [one["href"] or "" for one in page.of("link")]
    assert all(finders.find(one.removeprefix("/static/")) for one in sources)
    assert not [one for one in page.of("script") if not one.get("src")]


def test_tables_name_their_columns_and_fields_their_labels(page: Elements) -> None:
    assert all(one.get("scope") == "col" for one in page.of("th"))
    assert len(page.of("label")) == len([one for one in page.of("input") if one["type"] == "date"])


def test_the_start_page_leads_to_it(client: Client) -> None:
    assert 'href="/libro/"' in client.get("/").content.decode()
