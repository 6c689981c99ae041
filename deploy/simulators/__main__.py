"""`python -m deploy.simulators providers|dga --port P --scenario NAME_OR_FILE [--seed N] [--state FILE]`"""

import argparse
import sys
from pathlib import Path

from deploy.simulators.dga.app import dga
from deploy.simulators.faults import BadFault
from deploy.simulators.providers.app import providers
from deploy.simulators.scenario import BadScenario, read_scenario
from deploy.simulators.web import Application, bind
from shared import clock


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    try:
        application = _application(options)
    except (BadScenario, BadFault, OSError, ValueError) as error:
        sys.stderr.write(f"{options.scenario}: {error}\n")
        return 2
    bind(application, host=options.host, port=options.port).serve_forever()
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy.simulators")
    parser.add_argument("side", choices=["providers", "dga"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--scenario", default="demo", help="a file, or the name of a packaged scenario")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--state", type=Path, default=None, help="dga: the file that keeps what was accepted")
    options = parser.parse_args(arguments)
    if options.side == "dga" and options.state is None:
        parser.error("dga needs --state FILE")
    return options


def _application(options: argparse.Namespace) -> Application:
    scenario = read_scenario(options.scenario, seed=options.seed)
    if options.side == "providers":
        return providers(scenario, clock.now)
    return dga(scenario, clock.now, options.state)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
