"""DGA's simulator for a campaign: `python -m tests.benchmarks.campaign.regulator PORT FOLDER WORKS`.

The desk of the simulator behind the smallest server that will do: what is measured is the sender, and werkzeug's
threads cost ten times what the desk does. Its clock is the stamp of the last request: it lives in the sender's time.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs

from deploy.simulators.dga.app import BASE
from deploy.simulators.dga.desk import Desk, Reply
from deploy.simulators.dga.records import Records
from deploy.simulators.dga.resources import RESOURCES
from deploy.simulators.faults import Faults
from deploy.simulators.scenario import Work, read_scenario
from shared.clock import REGULATOR_TIME

COMMIT_EVERY = 500
NAMES = {b"codigoobra": "codigoObra", b"timestamporigen": "timeStampOrigen"}


class Stamped:
    """The time that the last request said it was; UTC-4, whatever its suffix says."""

    def __init__(self) -> None:
        self.at = datetime(2000, 1, 1, tzinfo=UTC)

    def read(self) -> datetime:
        return self.at

    def hear(self, stamp: str) -> None:
        self.at = _time(stamp[:19])


@lru_cache(maxsize=4096)
def _time(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).replace(tzinfo=REGULATOR_TIME)


class Door(asyncio.Protocol):
    """HTTP/1.1 with kept connections, one request at a time, bodies with a Content-Length."""

    def __init__(self, desk: Desk, clock: Stamped) -> None:
        self.desk, self.clock = desk, clock
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        line, *rows = head.split(b"\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (row.partition(b":") for row in rows)}
        length = int(headers.get(b"content-length", b"0"))
        if len(rest) >= length:
            self.buffer = rest[length:]
            method, target, _ = line.decode().split(" ")
            self._reply(self._answer(method, target, headers, rest[:length]))

    def _answer(self, method: str, target: str, headers: Mapping[bytes, bytes], body: bytes) -> Reply:
        path, _, query = target.partition("?")
        resource = RESOURCES.get(path.removeprefix(f"{BASE}/"))
        if resource and method == "POST":
            said = {name: headers[key].decode() for key, name in NAMES.items() if key in headers}
            self.clock.hear(said["timeStampOrigen"])
            return self.desk.receive(said, _json(body), resource)
        if resource:
            asked = {name: values[0] for name, values in parse_qs(query).items()}
            return self.desk.held(asked["codigoObra"], asked["numeroComprobante"], resource)
        if path == "/_sim/faults":
            self.desk.faults.set(json.loads(body))
            return Reply(200, "{}")
        return Reply(200, json.dumps(self.desk.records.stats() | {"faults": dict(self.desk.faults.happened)}))

    def _reply(self, reply: Reply) -> None:
        if reply.wait_s:
            asyncio.get_running_loop().call_later(reply.wait_s, self._reply, replace(reply, wait_s=0.0))
        elif reply.cut:
            self.transport.close()
        else:
            body = reply.text.encode()
            head = f"HTTP/1.1 {reply.status} X\r\nContent-Type: {reply.kind}\r\nContent-Length: {len(body)}\r\n\r\n"
            self.transport.write(head.encode() + body)


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


async def serve(port: int, folder: Path, works: int) -> None:
    rows = [Work(f"OB-0601-{n}", "subterraneas", "12345678-5", "synthetic-secret") for n in range(1, works + 1)]
    scenario = replace(read_scenario("demo"), faults={}, works={row.code: row for row in rows}, strict=True)
    clock = Stamped()
    desk = Desk(
        scenario, clock.read, Faults(scenario.seed, clock.read), Records(folder / "dga.db", at_once=COMMIT_EVERY)
    )
    server = await asyncio.get_running_loop().create_server(lambda: Door(desk, clock), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
