"""Devices that push now and then, or one that never stops: `python -m tests.benchmarks.flood_clients`.

What to do comes as one line of input: the address, the bodies of requests, their keys, and the pause between two of a
device. It ends when its input does, and says how long answers took.
"""

import http.client
import json
import sys
import threading
import time
from dataclasses import dataclass, field

PATH = "/api/telemetry/readings/"


@dataclass
class Device:
    port: int
    key: str
    body: str
    pause_s: float
    ended: threading.Event
    took: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        while not self.ended.wait(self.pause_s):
            began = time.monotonic()
            connection.request("POST", PATH, self.body, headers)
            answer = connection.getresponse()
            answer.read()
            self.took.append(time.monotonic() - began)
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        connection.close()


def main() -> None:
    said, ended = json.loads(sys.stdin.readline()), threading.Event()
    devices = [Device(said["port"], key, said["body"], said["pause_s"], ended) for key in said["keys"]]
    threads = [threading.Thread(target=device.run) for device in devices]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    ended.set()
    for thread in threads:
        thread.join()
    took = sorted(one for device in devices for one in device.took)
    statuses: dict[int, int] = {}
    for device in devices:
        for status, count in device.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    said = {"requests": len(took), "statuses": statuses}
    said |= {"median_ms": 1000 * took[len(took) // 2], "p95_ms": 1000 * took[len(took) * 95 // 100]}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
