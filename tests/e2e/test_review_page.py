"""A person decides about held hours in a real browser: one with other numbers, many together, one that DGA has."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.demo.settings import Settings
from tests.e2e.browser import Page, browser, program
from tests.e2e.conftest import Days, make_handwritten

pytestmark = pytest.mark.skipif(program() is None, reason="no Chromium here")
CODE = "OB-0601-102"  # one that the simulator of DGA knows and no other test reports
HOUR = timedelta(hours=1)
HOURS = 6
DOUBTFUL = (1, 2, 3)  # hours in which more flow was read than the instrument can
TAKEN = 5  # the hour that DGA takes without giving a voucher
CONFIG = {
    "pulse_constants": {"total": {"pulses_per_liter": 0.001, "calibration_factor": 1}},
    "level_reading": "depth",
    "well_depth": 80,
    "pipe_diameter": 0.3,
    "limits": {"flow": [0, 50]},
}


@pytest.fixture(scope="module")
def start(stack: Settings, days: Days) -> datetime:
    """Six hours; returns the first."""
    well = make_handwritten(days, CODE, config=CONFIG, hours=HOURS)
    for hour in range(HOURS):
        well.write_down(hour, {"flow": 99 if hour in DOUBTFUL else 10, "total": 1000 + 36 * hour, "level": 20 + hour})
        faults(stack, ok_without_voucher=1 if hour == TAKEN else 0)
        days.pass_hours(1)
    faults(stack, ok_without_voucher=0)
    return well.start


def faults(stack: Settings, **rates: float) -> None:
    httpx.post(f"{stack.dga_url}/_sim/faults", json=rates, trust_env=False).raise_for_status()


@pytest.fixture(scope="module")
def page(stack: Settings, start: datetime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        opened.enter(f"{stack.url}/revision/", email=stack.email, password=stack.password)
        opened.until("document.querySelectorAll('#queue tr').length >= 4")
        option = f"[...document.querySelector('#work').options].find((one) => one.text.startsWith('{CODE}'))"
        opened.choose("#work", str(opened.do(f"{option}.value")))
        opened.until("document.querySelectorAll('#queue tr').length === 4")
        yield opened


def look(page: Page, start: datetime, hour: int) -> None:
    """Opens the hour, and waits until it is the one that is shown."""
    clock = f"{start + hour * HOUR:%H:%M}"
    rows = "[...document.querySelectorAll('#queue tr')]"
    page.do(
        f"{rows}.find((one) => one.querySelector('th').innerText.includes('{clock}')).querySelector('button').click()"
    )
    page.until(f"document.getElementById('detail-title').innerText.includes('{clock}')")
    page.until("!document.getElementById('detail').hidden")


def decide(page: Page, action: str, **fields: str) -> None:
    page.click(f"#decide [name=action][value={action}]")
    for name, value in fields.items():
        page.do(f"document.querySelector({json.dumps(name)}).value = {json.dumps(value)}")
    page.click("#decide .button:not(.plain)")


def prove(page: Page, password: str) -> None:
    page.until("document.getElementById('proof-dialog').open")
    page.do(f"document.getElementById('proof-password').value = {json.dumps(password)}")
    page.click("#proof-dialog [value=yes]")


def said(page: Page, text: str) -> None:
    page.until(f"document.getElementById('status').innerText.includes({json.dumps(text)})")


def records(stack: Settings) -> dict[str, dict[str, Any]]:
    """What DGA itself holds of the work, by hour."""
    answer = httpx.get(f"{stack.dga_url}/_sim/records", params={"work": CODE}, trust_env=False)
    rows = [row for row in answer.json()["results"] if row["work"] == CODE]
    return {row["document"]["horaMedicion"]: row for row in rows}


def test_what_waits_is_shown_with_its_reason_its_neighbours_and_the_answer(
    page: Page, start: datetime, tmp_path: Path
) -> None:
    first = page.text("#queue tr")
    assert "fuera del rango del instrumento" in first
    assert "Caudal (L/s): 99" in first
    look(page, start, 1)
    around = page.text("#around")
    assert "con comprobante" in around
    assert "retenida: fuera del rango del instrumento" in around
    assert page.text("#answers") == "Ninguna: no se ha enviado."
    page.picture(tmp_path / "detail.png")
    look(page, start, TAKEN)
    answer = page.text("#answers")
    assert '"status": "00"' in answer
    assert "hmac-sha256" in page.do("document.querySelector('#answers').textContent")  # never the password
    assert page.text("#accept-says").startswith("Dar el comprobante")
    page.click("#leave")


def test_corrected_with_a_note_and_a_fresh_password(stack: Settings, days: Days, page: Page, start: datetime) -> None:
    days.driver.clock.freeze(days.hour + timedelta(minutes=10))  # since then the password is old, and so is the token
    look(page, start, 1)
    decide(page, "correct", **{"#values [name=flow]": "9.9", "#note": "   "})
    said(page, "Diga por qué")
    decide(page, "correct", **{"#values [name=flow]": "9.9", "#note": "el transmisor se saturó"})
    page.until("document.getElementById('sure-dialog').open")
    assert "Caudal (L/s): 9,9" in page.text("#sure-list")
    page.click("#sure-yes")
    prove(page, "no es esta")
    page.until("!document.getElementById('proof-wrong').hidden")
    prove(page, stack.password)
    said(page, "1 hora con su decisión")
    assert "el transmisor se saturó" in page.text("#done tr")
    assert stack.email in page.text("#done tr")
    days.pass_hours(2)
    assert records(stack)[f"{hour_of(start, 1)}"]["document"]["caudal"] == "9.90"


def hour_of(start: datetime, hour: int) -> str:
    return f"{start + hour * HOUR:%H:%M:%S}"


def test_many_are_decided_only_by_who_types_how_many(stack: Settings, page: Page, start: datetime) -> None:
    for place in (0, 1):
        page.do(f"document.querySelectorAll('#queue tr')[{place}].querySelector('input').click()")
    assert page.text("#bulk-count") == "2 horas elegidas"
    page.choose("#bulk-action", "discard")
    page.choose("#bulk-cause", "instrument_failure")
    page.do("document.getElementById('bulk-note').value = 'transmisor saturado'")
    page.click("#bulk .button:not(.plain)")
    page.until("document.getElementById('sure-dialog').open")
    assert f"{CODE}, fuera del rango del instrumento: 2" in page.text("#sure-list")
    assert page.do("document.getElementById('sure-yes').disabled") is True
    page.do("const c = document.getElementById('sure-count'); c.value = '2'; c.dispatchEvent(new Event('input')); true")
    page.click("#sure-yes")
    prove(page, stack.password)
    said(page, "2 horas con su decisión")
    page.until("document.querySelectorAll('#queue tr').length === 1")


def test_what_dga_has_takes_the_voucher_that_a_person_found(stack: Settings, page: Page, start: datetime) -> None:
    voucher = records(stack)[hour_of(start, TAKEN)]["voucher"]
    look(page, start, TAKEN)
    decide(page, "accept", **{"#voucher": voucher})
    page.until("document.getElementById('sure-dialog').open")
    page.click("#sure-yes")
    said(page, "1 hora con su decisión")
    page.until("!document.getElementById('none').hidden")
    assert f"comprobante {voucher}" in page.text("#done tr")


def test_it_fits_a_phone_and_nothing_went_wrong(page: Page, tmp_path: Path) -> None:
    page.picture(tmp_path / "wide.png")
    assert page.do("document.documentElement.scrollWidth") <= 1200
    page.ask("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
    assert page.do("document.documentElement.scrollWidth") <= 360
    # The browser itself writes down each answer of 401 and 403, which are part of this.
    assert [line for line in page.said if "favicon" not in line and "40" not in line] == []
