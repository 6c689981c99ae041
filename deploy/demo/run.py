"""`manage-modular.sh demo [--check] [--fresh]`: three works, followed from their providers to DGA's receipts.

Run again, it goes on where it stopped, or shows the table once more.
"""

import argparse
import sys
import time
from collections.abc import Sequence

import httpx

from deploy.demo.api import Api, ApiError
from deploy.demo.drive import PassFailed
from deploy.demo.replay import begin, replay
from deploy.demo.report import account, problems, table
from deploy.demo.settings import Settings, claim, empty, make_admin, settings_of
from deploy.demo.works import demo_works
from deploy.native import lifecycle
from deploy.native.problem import Problem
from deploy.native.processes import SERVICES
from deploy.native.state import Installation
from deploy.simulators.scenario import read_scenario
from shared.clock import VirtualClock

ALL_WELL = "Todo cierra: debidas = comprobantes + explicadas + abiertas, y solo salieron datos buenos."
FIRST_FAILURES = 5


def main(installation: Installation, arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./scripts/manage-modular.sh demo")
    parser.add_argument("--check", action="store_true", help="termina con error si las cuentas no cierran")
    parser.add_argument("--fresh", action="store_true", help="olvida lo que dejó una demostración anterior")
    options = parser.parse_args(arguments)
    if options.fresh:
        empty(installation, _say)
    began = time.monotonic()
    settings = start(installation)
    _say(f"El sistema y los simuladores andan ({time.monotonic() - began:.0f} s). Dos meses en hora virtual:")
    try:
        return _run(settings, check=options.check)
    except (ApiError, PassFailed, httpx.HTTPError) as error:
        raise Problem(f"demo: {error}. The logs are in {settings.logs}") from None


def start(installation: Installation) -> Settings:
    """Everything up on the virtual clock, simulators and an administrator included."""
    claim(installation, _say)
    begin(VirtualClock(installation.clock_file))
    lifecycle.start(installation, SERVICES, _say)
    settings = settings_of(installation)
    make_admin(installation, settings)
    return settings


def _run(settings: Settings, *, check: bool) -> int:
    works = demo_works(read_scenario("demo"))
    with Api(settings.url, settings.email, settings.password) as api:
        failures = replay(settings, api, works)
        lines = [account(api, work) for work in works]
        _say("", table(lines), "", *_stumbles(failures), *_where_to_look(settings))
        if not check:
            return 0
        found = [text for line in lines for text in problems(api, line, settings.dga_url)]
    _say("", *(found or [ALL_WELL]))
    return 1 if found else 0


def _stumbles(failures: Sequence[str]) -> list[str]:
    """A step that failed was taken again by the next pass: worth knowing, and no fault of the account."""
    if not failures:
        return []
    return [
        f"{len(failures)} pasos fallaron en el camino y se repitieron; los primeros:",
        *failures[:FIRST_FAILURES],
        "",
    ]


def _where_to_look(settings: Settings) -> list[str]:
    return [
        "El sistema sigue andando desde el fin de esos días, a velocidad real.",
        f"  Páginas: {settings.url}/   Administración: {settings.url}/admin/",
        f"  Entre con {settings.email} y la contraseña {settings.password}",
        f"  Las API, con un token de POST {settings.url}/api/auth/token (email, password)",
    ]


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()
