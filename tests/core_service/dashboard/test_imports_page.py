"""The page where files are brought: what the server gives, before any script runs."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from core_service.users.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "Agua-clara-2026"
SCRIPTS = Path(__file__).parents[3] / "core_service/dashboard/static/dashboard/imports"


class Elements(HTMLParser):
    """Every element with its attributes, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def page_of(client: Client) -> str:
    answer = client.get("/cargas/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def staff_page(client: Client) -> str:
    client.force_login(User.objects.create_superuser("admin@example.cl", PASSWORD))
    return page_of(client)


def test_who_has_not_entered_is_asked_to(client: Client) -> None:
    answer = client.get("/cargas/")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/cargas/")
    assert client.post("/cargas/").status_code in (302, 405)


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


def test_nothing_runs_but_our_own_files(client: Client) -> None:
    client.force_login(User.objects.create_superuser("admin@example.cl", PASSWORD))
    answer = client.get("/cargas/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    elements = Elements(answer.content.decode())
    assert all(one.get("src") for one in elements.of("script"))
    assert not [
        name for _, attributes in elements.found for name in attributes if name.startswith("on") or name == "style"
    ]
    assert client.post("/cargas/").status_code == 405


def test_without_scripts_it_says_what_to_do(staff_page: str) -> None:
    noscript = staff_page.partition("<noscript>")[2].partition("</noscript>")[0]
    assert "POST /api/telemetry/imports/" in noscript
    assert "import_readings" in noscript


def test_every_field_has_a_label_and_every_reference_its_element(staff_page: str) -> None:
    elements = Elements(staff_page)
    ids = [attributes["id"] for _, attributes in elements.found if attributes.get("id")]
    assert len(ids) == len(set(ids))
    for _, attributes in elements.found:
        referred = attributes.get("aria-labelledby") or attributes.get("for")
        assert referred is None or referred in ids
    bare = re.sub(r"<label\b.*?</label>", "", staff_page, flags=re.DOTALL)
    assert not [one for tag in ("select", "textarea") for one in Elements(bare).of(tag)]
    assert [one["type"] for one in Elements(bare).of("input")] == ["hidden"]


def test_every_file_that_is_asked_for_is_there(staff_page: str) -> None:
    elements = Elements(staff_page)
    asked = [one["href"] for one in elements.of("link")] + [one["src"] for one in elements.of("script")]
    assert all(finders.find(str(path).removeprefix("/static/")) for path in asked)
    for script in SCRIPTS.glob("*.js"):
        for name in re.findall(r'from "\./([\w.]+)"', script.read_text()):
            assert (SCRIPTS / name).exists(), name


def test_every_element_that_a_script_looks_for_is_on_the_page(staff_page: str) -> None:
    ids = {attributes.get("id") for _, attributes in Elements(staff_page).found}
    for script in SCRIPTS.glob("*.js"):
        assert set(re.findall(r'find\("([\w-]+)"\)', script.read_text())) <= ids, script.name


def test_no_script_makes_html_of_text() -> None:
    for script in SCRIPTS.glob("*.js"):
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", script.read_text()), (
            script
        )


def test_the_start_page_leads_there(client: Client) -> None:
    page = client.get("/").content.decode()
    assert 'href="/cargas/"' in page
    assert "/api/telemetry/imports/" in page
