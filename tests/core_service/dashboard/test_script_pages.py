"""What holds for every page that is driven by scripts: what the server gives, before any of them runs."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from core_service.users.models import User
from tests.core_service.conftest import PASSWORD
from tests.core_service.dashboard.elements import Elements

pytestmark = pytest.mark.django_db
STATIC = Path(__file__).parents[3] / "core_service/dashboard/static/dashboard"
# By its address, the folder of the page's scripts and the API that it drives.
PAGES = {
    "/alertas/": ("alerts", "/api/telemetry/alerts/"),
    "/cargas/": ("imports", "/api/telemetry/imports/"),
    "/claves/": ("keys", "/api/core/keys/"),
    "/libro/": ("book", "/api/compliance/book/"),
    "/revision/": ("review", "/api/compliance/review/"),
}
page_address = pytest.mark.parametrize("address", PAGES)


def scripts_of(address: str) -> list[Path]:
    return [*STATIC.glob("*.js"), *(STATIC / PAGES[address][0]).glob("*.js")]


@pytest.fixture
def staff_page(client: Client, address: str) -> str:
    client.force_login(User.objects.create_superuser("admin@example.cl", PASSWORD))
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@page_address
def test_who_has_not_entered_is_asked_to(client: Client, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={address}")
    assert client.post(address).status_code in (302, 405)


@page_address
def test_nothing_runs_but_our_own_files(client: Client, address: str) -> None:
    client.force_login(User.objects.create_superuser("admin@example.cl", PASSWORD))
    answer = client.get(address)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    elements = Elements(answer.content.decode())
    assert all(one.get("src") for one in elements.of("script"))
    assert not [
        name for _, attributes in elements.found for name in attributes if name.startswith("on") or name == "style"
    ]
    assert client.post(address).status_code == 405


@page_address
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


@page_address
def test_every_file_that_is_asked_for_is_there(staff_page: str, address: str) -> None:
    elements = Elements(staff_page)
    asked = [one["href"] for one in elements.of("link")] + [one["src"] for one in elements.of("script")]
    assert all(finders.find(str(path).removeprefix("/static/")) for path in asked)
    for script in scripts_of(address):
        for name in re.findall(r'from "(\.[^"]+)"', script.read_text()):
            assert (script.parent / name).is_file(), (script.name, name)


@page_address
def test_every_name_that_a_script_takes_is_given(address: str) -> None:
    for script in scripts_of(address):
        for names, file in re.findall(r'import \{([^}]+)\} from "(\.[^"]+)"', script.read_text()):
            given = set(
                re.findall(r"export (?:async )?(?:function|const|class) (\w+)", (script.parent / file).read_text())
            )
            assert {name.strip() for name in names.split(",")} <= given, (script.name, file)


@page_address
def test_every_element_that_a_script_looks_for_is_on_the_page(staff_page: str, address: str) -> None:
    ids = {attributes.get("id") for _, attributes in Elements(staff_page).found}
    for script in scripts_of(address):
        assert set(re.findall(r'find\("([\w-]+)"\)', script.read_text())) <= ids, script.name


@page_address
def test_no_script_makes_html_of_text(address: str) -> None:
    for script in scripts_of(address):
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", script.read_text()), (
            script
        )


@page_address
def test_the_start_page_leads_there(client: Client, address: str) -> None:
    page = client.get("/").content.decode()
    assert f'href="{address}"' in page
    assert PAGES[address][1] in page
