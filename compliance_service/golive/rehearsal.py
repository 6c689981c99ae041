"""One send of a work's last hour to the simulator, and its receipt read back: never to the regulator.

The simulator is told of a work of its own, with a password of its own; the real one does not leave.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from compliance_service.authorities.answers import Meaning
from compliance_service.authorities.dga.forms import DEFAULT, RESOURCES
from compliance_service.authorities.dga.record import Verdict, compare
from compliance_service.authorities.interface import Authority, Work
from compliance_service.authorities.wire import get, post
from compliance_service.golive.preflight import Check
from shared.errors import StackError

UNSET = "http://unset.invalid"
PASSWORD = "rehearsal"  # noqa: S105  # of the simulator's own, made up here
MARK = "999"  # behind the code's number
TIMEOUT_S = 10.0


def rehearse(work: Work, authority: Authority, document: Mapping[str, Any], *, now: datetime) -> Check:
    base = settings.DGA_REHEARSAL_URL if authority.code == "DGA" else UNSET
    if base == UNSET:
        return Check("rehearsal", None, "no hay un simulador para ensayar: DGA_REHEARSAL_URL")
    if urlsplit(base).hostname == urlsplit(str(work.rules["base_url"])).hostname:
        return Check("rehearsal", False, "DGA_REHEARSAL_URL es la autoridad misma: no se ensaya con ella")
    try:
        return _rehearse(base, _stranger(work, base), authority, document, now)
    except (StackError, ValueError, KeyError) as error:
        return Check("rehearsal", False, f"el ensayo no terminó: {type(error).__name__}")


def _stranger(work: Work, base: str) -> Work:
    """The work as the simulator knows it: not the one that it may play the regulator of."""
    return replace(work, code=work.code + MARK, password=PASSWORD, rules={**work.rules, "base_url": base})


def _rehearse(base: str, work: Work, authority: Authority, document: Mapping[str, Any], now: datetime) -> Check:
    allow = [urlsplit(base).hostname or ""]
    root = base.removesuffix("/api/v1")
    known = post(f"{root}/_sim/works", body=_registered(work), headers=JSON, timeout_s=TIMEOUT_S, allow=allow)
    if known.status != 200:
        return Check("rehearsal", False, f"el simulador no toma la obra: {known.error or known.body[:200].decode()}")
    said = authority.request(work, document, token="", conceal=lambda *_: "x", now=now)
    resource = RESOURCES[work.terms.get("resource", DEFAULT)]
    sent = post(f"{base}{resource.path}", body=said.body, headers=said.headers, timeout_s=TIMEOUT_S, allow=allow)
    answer = authority.read_answer(sent.status or 0, sent.body)
    if answer.meaning not in {Meaning.ACCEPTED, Meaning.DUPLICATE}:
        return Check("rehearsal", False, f"el simulador no lo acepta: {answer.message or sent.error}")
    question = authority.question(work, answer.voucher)
    held = get(f"{base}{resource.path}?{urlsplit(question).query}", timeout_s=TIMEOUT_S, allow=allow)
    verdict = compare(document, status=held.status, body=held.body).verdict
    if verdict is not Verdict.MATCHES:
        return Check("rehearsal", False, f"lo que el simulador guardó no es lo enviado: {verdict.value}")
    return Check("rehearsal", True, f"aceptado por el simulador y leído de vuelta: {answer.voucher}")


JSON = {"Content-Type": "application/json"}


def _registered(work: Work) -> bytes:
    said = {
        "code": work.code,
        "resource": RESOURCES[work.terms.get("resource", DEFAULT)].path.removeprefix("/mediciones/"),
        "informant": work.informant_rut,
        "password": work.password,
        "level_may_be_empty": bool(work.terms.get("level_may_be_empty")),
        "company": work.company_rut,
    }
    return json.dumps(said).encode()
