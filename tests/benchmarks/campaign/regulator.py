"""DGA's simulator for a campaign: `python -m tests.benchmarks.campaign.regulator PORT FOLDER WORKS`."""

import sys
from dataclasses import replace
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from deploy.simulators.dga.app import dga
from deploy.simulators.scenario import Work, read_scenario
from shared import clock


class KeptConnections(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: a line for each would cost more than the answer."""


def main(port: int, folder: Path, works: int) -> None:
    rows = [Work(f"OB-0601-{n}", "subterraneas", "12345678-5", "synthetic-secret") for n in range(1, works + 1)]
    scenario = replace(read_scenario("demo"), faults={}, works={row.code: row for row in rows}, strict=True)
    application = dga(scenario, clock.now, folder / "dga.db")
    make_server("127.0.0.1", port, application, threaded=True, request_handler=KeptConnections).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
