"""A person makes a device's key in a real browser, copies it, changes it for another and revokes it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.api import Api
from deploy.demo.settings import Settings
from shared.auth.api_keys import read_key
from tests.e2e.browser import Page, browser, program

pytestmark = pytest.mark.skipif(program() is None, reason="no Chromium here")
CODE = "OB-CLAVES-1"
NAME = "Logger <b>norte</b>"  # a name is text, whatever it looks like


@pytest.fixture(scope="module")
def api(stack: Settings) -> Iterator[Api]:
    with Api(stack.url, stack.email, stack.password) as opened:
        fields = {"name": "Pozo que manda solo", "point_type": "WELL", "latitude": "-33.45", "longitude": "-70.66"}
        opened.post("/api/core/points/", {"code": CODE, **fields})
        yield opened


@pytest.fixture
def page(stack: Settings, api: Api, tmp_path: Path) -> Iterator[Page]:
    with browser(tmp_path / "browser") as opened:
        opened.enter(f"{stack.url}/claves/", email=stack.email, password=stack.password)
        opened.until(f"document.querySelector('#scope-list')?.innerText.includes('{CODE}')")
        yield opened


def button(page: Page, text: str, row: str) -> None:
    """The row's button, by its whole name as a screen reader says it."""
    page.do(f"document.querySelector('[aria-label=' + CSS.escape({json.dumps(f'{text}: {row}')}) + ']').click()")


def taken(page: Page) -> str:
    """The text that the dialog shows, closed as a person who copied it would."""
    page.until("document.getElementById('made-dialog').open")
    text = str(page.do("document.getElementById('made-text').value"))
    page.click("#made-dialog [value=no]")
    page.until("!document.getElementById('made-dialog').open")
    return text


def key_of(api: Api) -> dict[str, Any]:
    (key,) = [one for one in api.get("/api/core/keys/")["results"] if one["name"] == NAME]
    return dict(key)


def test_made_changed_for_another_and_revoked(api: Api, page: Page) -> None:
    page.do(f"document.getElementById('name').value = {json.dumps(NAME)}")
    page.click("#never")
    page.click("#make-form button")
    page.until("document.getElementById('status').innerText.startsWith('Elija para qué')")
    page.do(f"[...document.querySelectorAll('#scope-list li')].find((one) => one.innerText.includes('{CODE}'))"
            ".querySelector('[name=point]').click()")  # fmt: skip
    assert page.text("#scope-count") == "1 punto"
    page.click("#make-form button")
    page.until("document.getElementById('made-dialog').open")
    text = taken(page)
    first = read_key(text)
    assert first is not None
    assert key_of(api)["secrets"][0]["prefix"] == first.prefix
    # Closed, the page holds it no more: neither shown nor in a field.
    everything = "document.documentElement.outerHTML + [...document.querySelectorAll('input')].map((one) => one.value)"
    assert first.secret not in page.do(everything)
    page.until(f"document.querySelector('#list-body').innerText.includes({json.dumps(NAME)})")
    assert "Sin uso" in page.text("#list-body")

    button(page, "Cambiar por otra", NAME)
    page.until("document.getElementById('rotate-dialog').open")
    page.click("#rotate-dialog [value=yes]")
    second = read_key(taken(page))
    assert second is not None
    page.until(f"document.querySelector('#list-body').innerText.includes('stk_{second.prefix}')")
    assert [one["prefix"] for one in key_of(api)["secrets"]] == [second.prefix, first.prefix]

    button(page, "Vencimiento", NAME)
    page.do("document.getElementById('prolong-value').value = '2099-12-31'")
    page.click("#prolong-dialog [value=yes]")
    page.until("document.getElementById('status').innerText.includes('vence el')")
    assert key_of(api)["expires_at"] == "2100-01-01T02:59:59Z"  # to the end of the day in Chile's summer
    page.until("document.querySelector('#list-body').innerText.includes('31-12-2099, 23:59')")

    button(page, "Revocar", NAME)
    page.do("document.getElementById('revoke-value').value = 'equipo robado'")
    page.click("#revoke-dialog [value=yes]")
    page.until("document.getElementById('status').innerText.includes('revocada')")
    assert key_of(api)["state"] == "revoked"
    page.until("document.querySelector('#list-body').innerText.includes('Revocada')")
    assert [line for line in page.said if "favicon" not in line] == []


def test_thought_better_of_it(api: Api, page: Page) -> None:
    (point,) = api.get("/api/core/points/", code=CODE)["results"]
    made = api.post("/api/core/keys/", {"name": "Sigue", "points": [point["id"]], "expires_at": None})
    page.open(str(page.do("location.href")))
    page.until("document.querySelector('#list-body').innerText.includes('Sigue')")
    for what, name in (("Revocar", "revoke"), ("Cambiar por otra", "rotate")):
        button(page, what, "Sigue")
        page.until(f"document.getElementById('{name}-dialog').open")
        page.click(f"#{name}-dialog [value=no]")
    kept = api.get(f"/api/core/keys/{made['id']}/")
    assert (kept["state"], len(kept["secrets"])) == ("active", 1)


def test_it_fits_a_phone(page: Page) -> None:
    page.ask("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
    assert page.do("document.documentElement.scrollWidth") <= 360
