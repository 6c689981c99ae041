"""`python -m deploy.demo [--begin | --check]`: three works, followed from their providers to DGA's receipts.

`--begin` only sets the clock, before the services start. Run again, the demo goes on where it stopped.
"""

import argparse
import os
import sys
from pathlib import Path

from deploy.demo.api import Api, ApiError
from deploy.demo.drive import PassFailed
from deploy.demo.replay import begin, replay
from deploy.demo.report import account, problems, table
from deploy.demo.settings import read_settings
from deploy.demo.works import demo_works
from deploy.simulators.scenario import read_scenario
from shared.clock import VirtualClock


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="deploy.demo")
    parser.add_argument("--begin", action="store_true", help="pone el reloj al comienzo, si aún no anda")
    parser.add_argument("--check", action="store_true", help="termina con error si las cuentas no cierran")
    options = parser.parse_args(arguments)
    if options.begin:
        begin(VirtualClock(Path(os.environ["STACK_CLOCK_FILE"])))
        return 0
    try:
        return _run(check=options.check)
    except (ApiError, PassFailed) as error:
        sys.stderr.write(f"\ndemo: {error}\n")
        return 1


def _run(*, check: bool) -> int:
    settings = read_settings()
    works = demo_works(read_scenario("demo"))
    api = Api(settings.url, settings.email, settings.password)
    failures = replay(settings, api, works)
    lines = [account(api, work) for work in works]
    _say(table(lines), "", *_where_to_look(settings.url, settings.email, settings.password))
    if not check:
        return 0
    found = [*failures, *(problem for line in lines for problem in problems(api, line, settings.dga_url))]
    _say("", *(found or ["Todo cierra: debidas = comprobantes + explicadas + abiertas, y solo salieron datos buenos."]))
    return 1 if found else 0


def _where_to_look(url: str, email: str, password: str) -> list[str]:
    return [
        "El sistema sigue andando desde el fin de la demostración, a velocidad real:",
        f"  páginas   {url}/            entre con {email} y la contraseña {password}",
        f"  admin     {url}/admin/",
        f"  API       POST {url}/api/auth/token con ese correo y esa contraseña (email, password)",
    ]


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
