"""The terms that a stamp was reported under, as its own document and evidence say them.

Terms are changed in place; what left says by itself which dispositivos it had, and each number's unit, decimals and
variable. Plain Python: no clock, no database.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from compliance_service.authorities.sma.document import MEMBERS

Row = Mapping[str, Any]


def terms_as_reported(document: Row, evidence: Row, present: Row) -> dict[str, Any]:
    """`present`: the terms of now, for what nothing that was kept says: who was left out of the document, which numbers
    may be negative, and what a number is made of that a person gave where nothing was measured.
    """
    now = {device["id"]: device for device in present["devices"]}
    sent = [_device(row, evidence, now.get(row["dispositivoId"], {})) for row in document["registros"]]
    left_out = [now[name] for name in evidence.get("left_out", {}) if name in now]
    return {**present, "devices": [*(one for one in sent if one["parameters"]), *left_out]}


def _device(registro: Row, evidence: Row, now: Row) -> dict[str, Any]:
    name = registro["dispositivoId"]
    proofs = {key.removeprefix(f"{name}/"): said for key, said in evidence.items() if key.startswith(f"{name}/")}
    points = [said["point"] for said in proofs.values()]
    known = {one["name"]: one for one in now.get("parameters", ())}
    parameters = [one for said in registro["parametros"] for one in _parameter(said, proofs, known)]
    return {"id": name, "point": points[0] if points else now.get("point"), "parameters": parameters}


def _parameter(said: Row, proofs: Mapping[str, Row], known: Mapping[str, Row]) -> Iterator[dict[str, Any]]:
    """One, or none where neither what was kept nor the terms of now say what it is made of."""
    name = said["nombre"]
    proof, now = proofs.get(name), known.get(name, {})
    if proof is None and not now:
        return
    yield {
        "name": name,
        "unit": said["unidad"],
        "variable": now["variable"] if proof is None else proof["variable"],
        "decimals": len(said["valor"].partition(".")[2]),
        "may_be_negative": bool(now.get("may_be_negative")) or Decimal(said["valor"]) < 0,
        "change": bool(now["change"]) if proof is None else "change" in proof,
        "extra": {more: text for more, text in said.items() if more not in MEMBERS},
    }
