"""The long poll of one thing: subscribed, then what comes, and an empty object when nothing does; providers.md §5.4."""

import json
import time
from collections.abc import Iterator

from deploy.simulators.providers.desk import Desk
from deploy.simulators.scenario import Thing
from deploy.simulators.times import iso_ms

POLL_S = 0.05


def listen(desk: Desk, thing: Thing, keep_alive_s: float) -> Iterator[str]:
    """One JSON text a chunk, while somebody reads. `keep_alive_s` is real time, the readings are the clock's."""
    yield _line({"status": "success", "message": "subscribed"})
    told, spoke = desk.now_ms(), time.monotonic()
    while True:
        now = desk.now_ms()
        news = _news(desk, thing, told + 1, now + 1)
        told = now
        if news:
            yield _line(news)
        elif time.monotonic() - spoke >= keep_alive_s:
            yield _line({})
        else:
            time.sleep(POLL_S)
            continue
        spoke = time.monotonic()


def _news(desk: Desk, thing: Thing, start: int, end: int) -> list[dict[str, object]]:
    came = [
        (seen, key, at, value)
        for key, track in desk.tracks(thing).items()
        for seen, at, value in track.arrivals(start, end)
    ]
    came.sort(key=lambda row: row[:2])
    return [{"key": key, "value": value, "datetime": iso_ms(at)} for _, key, at, value in came]


def _line(body: object) -> str:
    return json.dumps(body) + "\n"
