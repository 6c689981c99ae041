"""The senders that others use, against the same regulator with the same faults: naive retry, and with duplicates read.

Both keep a table of what is to be sent and mark an hour as done when a success is read. They send an hour at once, up
to three times in a row, then with each later hour for a day, and give it up. A worker that dies has not marked what it
had just sent. The second one reads "Ya existe un registro … Comprobante: X" as a success (the most widely used remedy).
"""

import http.client
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from shared.clock import REGULATOR_TIME

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
LOOK = timedelta(minutes=2)
TRIES, GIVEN_UP_AFTER = 3, 24
DUPLICATE = re.compile(r"ya existe un registro.*comprobante:?\s*([A-Za-z0-9]{20,64})", re.IGNORECASE)
PATH = "/api/v1/mediciones/subterraneas"


@dataclass
class Naive:
    """`kept`: voucher by (work, slot); "" where it was given up, or a person has to look."""

    url: str
    reads_duplicates: bool
    kills: float  # share of the answers that a dying worker does not mark
    chance: random.Random = field(default_factory=lambda: random.Random(20_260_101))  # no secret
    kept: dict[tuple[str, datetime], str] = field(default_factory=dict)
    failed: dict[tuple[str, datetime], int] = field(default_factory=dict)
    told: set[tuple[str, datetime]] = field(default_factory=set)
    again: int = 0  # sends after an answer that said that it is there

    def __post_init__(self) -> None:
        self._line = http.client.HTTPConnection(urlsplit(self.url).netloc)

    def run(self, *, works: int, hours: int, start: datetime, quiet_hours: int) -> None:
        owed: dict[str, list[datetime]] = {f"OB-0601-{n}": [] for n in range(1, works + 1)}
        for hour in range(hours + quiet_hours):
            slot = start + hour * HOUR
            at = slot + LOOK
            for work, slots in owed.items():
                if hour < hours:
                    slots.append(slot)
                for one in list(slots):
                    at = self._send(work, one, at)
                    if (work, one) in self.kept:
                        slots.remove(one)

    def _send(self, work: str, slot: datetime, at: datetime) -> datetime:
        key = work, slot
        for _ in range(TRIES):
            at += SECOND
            self.again += key in self.told
            voucher, is_there = self._try(work, slot, at)
            if self.chance.random() < self.kills:
                return at  # it died: the row is as it was
            if is_there:
                self.told.add(key)
            if voucher is not None:
                self.kept[key] = voucher
                return at
        self.failed[key] = self.failed.get(key, 0) + 1
        if self.failed[key] >= GIVEN_UP_AFTER:
            self.kept[key] = ""
        return at

    def _try(self, work: str, slot: datetime, at: datetime) -> tuple[str | None, bool]:
        """A voucher, "" where a person has to look, None for no success; and whether it was said to be there."""
        headers = {"codigoObra": work, "timeStampOrigen": f"{at.astimezone(REGULATOR_TIME):%Y-%m-%dT%H:%M:%S}-0000"}
        try:
            self._line.request("POST", PATH, body=json.dumps(_body(slot)), headers=headers)
            content = json.loads(self._line.getresponse().read())
        except (http.client.HTTPException, OSError):
            self._line.close()
            return None, False
        except ValueError:
            return None, False
        return self._read(content), content["status"] == "00" or content["message"].lower().startswith("ya existe")

    def _read(self, content: dict[str, Any]) -> str | None:
        if content["status"] == "00":
            return str(content["data"]["numeroComprobante"])
        if not self.reads_duplicates or not content["message"].lower().startswith("ya existe"):
            return None
        found = DUPLICATE.search(content["message"])
        return found[1] if found else ""


def _body(slot: datetime) -> dict[str, Any]:
    local = slot.astimezone(REGULATOR_TIME)
    who = {"password": "synthetic-secret", "rutEmpresa": "76000000-0", "rutUsuario": "12345678-5"}
    measured = {"caudal": "12.35", "totalizador": "1010", "nivelFreaticoDelPozo": "9.85"}
    when = {"fechaMedicion": f"{local:%Y-%m-%d}", "horaMedicion": f"{local:%H:%M:%S}"}
    return {"autenticacion": who, "medicionSubterranea": measured | when}


def vouchers(sender: Naive) -> Iterator[str]:
    return (voucher for voucher in sender.kept.values() if voucher)
