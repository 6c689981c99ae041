"""A person brings a file through the page, in a real browser: columns, check, run, result, undo."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.demo.api import Api
from deploy.demo.settings import Settings
from deploy.demo.works import START
from tests.e2e.browser import Page, browser, program

pytestmark = pytest.mark.skipif(program() is None, reason="no Chromium here")
CODE = "OB-CARGAS-1"
HOUR = timedelta(hours=1)
HOURS = 48
FIRST = START - 3 * 24 * HOUR


@pytest.fixture(scope="module")
def api(stack: Settings) -> Iterator[Api]:
    with Api(stack.url, stack.email, stack.password) as opened:
        fields = {"name": "Pozo de la planilla", "point_type": "WELL", "latitude": "-33.45", "longitude": "-70.66"}
        opened.post("/api/core/points/", {"code": CODE, **fields})
        yield opened


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """As a Chilean spreadsheet saves it: a title above the header, decimal commas, a cell that is no number."""
    file = tmp_path / "planilla marzo.csv"
    rows = ["Informe del pozo;;", "Fecha;Hora;Nivel (m)"]
    rows += [f"{FIRST + n * HOUR:%d-%m-%Y;%H:%M};{30 + n % 3},5" for n in range(HOURS)]
    file.write_text("\n".join([*rows, f"{FIRST + HOURS * HOUR:%d-%m-%Y;%H:%M};sin dato"]), encoding="latin-1")
    return file


@pytest.fixture
def page(stack: Settings, tmp_path: Path) -> Iterator[Page]:
    with browser(tmp_path / "browser") as opened:
        opened.enter(f"{stack.url}/cargas/", email=stack.email, password=stack.password)
        opened.until("document.querySelectorAll('#point option').length > 1")
        yield opened


def levels(stack: Settings, api: Api) -> list[dict[str, Any]]:
    (point,) = api.get("/api/core/points/", code=CODE)["results"]
    return list(api.get("/api/telemetry/data/", points=point["id"], variables="level", limit=1000)["results"])


def check(page: Page) -> None:
    """Until Telemetry has heard of the point, which Core hints at and every minute brings."""
    ready = "!document.getElementById('report').hidden && !document.getElementById('check').disabled"
    for _ in range(40):
        page.click("#check")
        page.until(ready)
        if "no existe ese punto" not in page.text("#report"):
            return
        page.do("new Promise((resolve) => setTimeout(resolve, 500))")


def test_from_a_file_to_measurements_and_back(stack: Settings, api: Api, page: Page, sheet: Path) -> None:
    page.attach("#file", sheet)
    page.click("#bring-form button")
    page.until("!document.getElementById('mapping').hidden")
    roles = page.do("[...document.querySelectorAll('#preview th select:first-of-type')].map((select) => select.value)")
    assert roles == ["time", "clock", "level"]
    page.choose("#point", CODE)
    check(page)
    assert f"{HOURS}\nse guardarían" in page.text("#report")
    assert "no es un número" in page.text("#report")
    page.click("#run")
    page.until("document.getElementById('status').innerText.startsWith('Cargadas 48 lecturas')")
    page.until("document.getElementById('list-body').innerText.includes('planilla marzo.csv')")
    _until(lambda: len(levels(stack, api)) == HOURS)
    assert {row["value"] for row in levels(stack, api)} == {30.5, 31.5, 32.5}
    row = "[...document.querySelectorAll('#list-body tr')].find((one) => one.innerText.includes('planilla marzo.csv'))"
    page.do(f"[...{row}.querySelectorAll('button')].find((one) => one.innerText === 'Deshacer').click()")
    page.do("document.getElementById('why-note').value = 'era otro pozo'")
    page.click("#why-yes")
    page.until("document.getElementById('status').innerText.startsWith('Deshecha')")
    _until(lambda: levels(stack, api) == [])
    assert [line for line in page.said if "favicon" not in line] == []


def test_what_is_wrong_is_said_in_words(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "notas.csv"
    file.write_text("<img src=x onerror=alert(1)>\n")
    page.attach("#file", file)
    page.click("#bring-form button")
    page.until("document.getElementById('status').classList.contains('bad')")
    assert "no se reconoce qué separa las columnas" in page.text("#status")


def test_a_session_that_ended_asks_to_enter_again(page: Page, stack: Settings, sheet: Path) -> None:
    page.ask("Network.clearBrowserCookies")
    page.open(f"{stack.url}/cargas/")
    assert page.do("location.pathname") == "/admin/login/"


def test_it_fits_a_phone(page: Page) -> None:
    page.ask("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
    assert page.do("document.documentElement.scrollWidth") <= 360


def test_nobody_gets_a_token_from_another_site(stack: Settings) -> None:
    answer = httpx.post(f"{stack.url}/api/auth/session-token/", json={}, trust_env=False)
    assert answer.status_code == 401


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline, "the measurements do not come"
        time.sleep(0.3)
