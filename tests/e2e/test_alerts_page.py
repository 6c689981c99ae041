"""A person looks at what is wrong in a real browser, takes it, closes it, and confirms a finding with its date."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.api import Api, ApiError
from deploy.demo.settings import Settings
from deploy.demo.works import START
from tests.e2e.browser import Page, browser, program

pytestmark = pytest.mark.skipif(program() is None, reason="no Chromium here")
CODE = "OB-ALERTAS-1"
HOUR = timedelta(hours=1)
ALERTS = "/api/telemetry/alerts/"
LONGEST_S = 150.0  # beat looks every minute, and Telemetry hears of a new point within one


@pytest.fixture(scope="module")
def api(stack: Settings) -> Iterator[Api]:
    with Api(stack.url, stack.email, stack.password) as opened:
        yield opened


@pytest.fixture(scope="module")
def point(api: Api) -> str:
    """A well whose level was written down as 97.5 m, more than there can be, and whose flow is above its schema's."""
    fields = {"name": "Pozo <b>con</b> fallas", "point_type": "WELL", "latitude": "-33.45", "longitude": "-70.66"}
    always = {"config": {"sensor_depth": 120}, "config_valid_from": None}
    made = api.post("/api/core/points/", {"code": CODE, **fields, **always})
    rules = {"flow": {"max": 30}}
    watched = {"processing_config": {"points": [made["id"]]}, "validation_rules": rules}
    api.post("/api/telemetry/schemas/", {"name": "Umbral", "schema_type": "ALERT", "variables": ["flow"], **watched})
    until(lambda: wrote(api, made["id"]))
    until(lambda: set(alerts(api, made["id"])) >= {"above_max", "LEVEL_MAX_RESET"})
    return str(made["id"])


@pytest.fixture
def page(stack: Settings, point: str, tmp_path: Path) -> Iterator[Page]:
    with browser(tmp_path / "browser") as opened:
        opened.enter(f"{stack.url}/alertas/", email=stack.email, password=stack.password)
        opened.until(f"document.querySelector('#list-body')?.innerText.includes('{CODE}')")
        opened.do(f"(one => {{ one.value = '{point}'; one.dispatchEvent(new Event('change', {{bubbles: true}})) }})"
                  "(document.getElementById('point'))")  # fmt: skip
        opened.until("document.querySelectorAll('#list-body tr').length <= 2")
        yield opened


def until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST_S
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def wrote(api: Api, point: str) -> bool:
    """Once Telemetry has heard of the point."""
    values = [("flow", "41.5", 1), ("level", "20", 3), ("level", "97.5", 1)]
    readings = [
        {"point": point, "variable": variable, "time": (START - hours * HOUR).isoformat(), "value": value}
        for variable, value, hours in values
    ]
    try:
        api.post("/api/telemetry/readings/manual/", {"readings": readings, "note": "de la visita"})
    except ApiError as error:
        if "HTTP 400" not in str(error):
            raise
        return False
    return True


def alerts(api: Api, point: str) -> dict[str, dict[str, Any]]:
    return {one["kind"]: one for one in api.get(ALERTS, points=point)["results"]}


def button(page: Page, text: str, about: str) -> None:
    """The row's button, by its whole name as a screen reader says it."""
    name = json.dumps(f"{text}: {CODE}, {about}")
    page.do(f"document.querySelector('[aria-label=' + CSS.escape({name}) + ']').click()")


def test_looked_into_taken_and_closed(api: Api, page: Page, point: str) -> None:
    assert "Pozo <b>con</b> fallas" in page.text("#list-body")  # a name is text, whatever it looks like
    assert "«flow» está en 41.5, sobre el máximo de 30 del esquema «Umbral»." in page.text("#list-body")
    button(page, "Detalle", "sobre el máximo flow")
    page.until("!document.getElementById('detail').hidden")
    assert "límite: 30" in page.text("#evidence")
    assert page.text("#moves").startswith("Se abrió el ")

    button(page, "Me hago cargo", "sobre el máximo flow")
    page.until("document.getElementById('note-dialog').open")
    page.do("document.getElementById('note').value = 'voy al pozo'")
    page.click("#note-dialog [value=yes]")
    page.until("document.getElementById('status').innerText.includes('en revisión')")

    button(page, "Cerrar", "sobre el máximo flow")
    page.until("document.getElementById('note-dialog').open")
    page.click("#note-dialog [value=yes]")
    assert page.do("document.getElementById('note-dialog').open")  # nothing is closed without a reason
    page.do("document.getElementById('note').value = 'prueba de bombeo'")
    page.click("#note-dialog [value=yes]")
    page.until("document.getElementById('status').innerText.includes('cerrada')")
    assert alerts(api, point)["above_max"]["state"] == "closed"
    moves = api.get(f"{ALERTS}{alerts(api, point)['above_max']['id']}/")["moves"]
    assert [one["note"] for one in moves] == ["", "voy al pozo", "prueba de bombeo"]
    assert [line for line in page.said if "favicon" not in line] == []


def test_a_finding_is_confirmed_with_a_date(api: Api, page: Page, point: str) -> None:
    button(page, "Detalle", "nivel sobre el máximo level")
    page.until("!document.getElementById('remedy').hidden")
    page.click("#try-remedy")
    page.until("document.getElementById('remedy-dialog').open")
    assert "quedaría" in page.text("#remedy-text")
    page.click("#remedy-dialog [value=no]")
    assert "faults" not in api.get(f"/api/core/points/{point}/")["config"]
    page.until("!document.getElementById('try-remedy').disabled")
    page.click("#try-remedy")
    page.until("document.getElementById('remedy-dialog').open")
    page.click("#remedy-dialog [value=yes]")
    page.until("document.getElementById('status').innerText.startsWith('Confirmada')")
    config = api.get(f"/api/core/points/{point}/")
    assert config["config"] == {"sensor_depth": 120, "faults": {"level": "LEVEL_MAX_RESET"}}
    page.until("document.getElementById('moves').innerText.includes('falla confirmada')")
    until(lambda: "confirmed_fault" in reasons(api, point))


def reasons(api: Api, point: str) -> list[str]:
    rows = api.get("/api/telemetry/data/", points=point, variables="level")["results"]
    return [reason for row in rows for reason in row["reasons"]]


def test_it_fits_a_phone(page: Page) -> None:
    page.ask("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
    button(page, "Detalle", "nivel sobre el máximo level")
    page.until("!document.getElementById('detail').hidden")
    assert page.do("document.documentElement.scrollWidth") <= 360
