"""What the engines share: the scenario, the time, and whether this request goes wrong."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from deploy.simulators.faults import KEEPS_OUT, Faults
from deploy.simulators.providers.budget import Budgets
from deploy.simulators.providers.spoil import ON_TEXT, ON_WIRE, pack, spoil_text, spoil_wire
from deploy.simulators.providers.store import Store
from deploy.simulators.scenario import Scenario, Thing
from deploy.simulators.times import epoch_ms
from deploy.simulators.tracks import Track
from deploy.simulators.web import PAGE_403, PAGE_502, PAGE_LOGIN, html, no_answer

KEPT_ROWS = 2000
ELSEWHERE = "https://elsewhere.invalid"
Reply = Callable[[], Response]
HANGS = ("away", "timeout_after_storing")


@dataclass(frozen=True, slots=True)
class Words:
    """How an engine says no."""

    rate_limited: Reply
    forbidden: Reply
    token_refused: Reply
    failed: Reply


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request wants. `what` begins with its kind: latest, history, login, write, list or info."""

    engine: str
    subject: str
    what: str
    words: Words
    profile: str = "default"


@dataclass
class Desk:
    scenario: Scenario
    now: Callable[[], datetime]
    faults: Faults
    budgets: Budgets
    store: Store = field(default_factory=Store)
    requests: Counter[str] = field(default_factory=Counter)
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT_ROWS))
    attempts: Counter[str] = field(default_factory=Counter)
    minute: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now_ms(self) -> int:
        return epoch_ms(self.now())

    def tracks(self, thing: Thing) -> Mapping[str, Track]:
        return self.store.tracks(thing)

    def serve(
        self, request: Request, asked: Asked, reply: Reply, spoiled: Mapping[str, Reply] | None = None
    ) -> Response:
        """Answer with `reply`, unless this attempt meets a fault. `spoiled` are the faults only this engine has."""
        key, attempt = self._attempt(asked)
        kind = self._met(asked, key, attempt, (*KEEPS_OUT, *(spoiled or {})))
        response = (self._faulty(request, kind, asked.words, spoiled or {}) if kind else None) or reply()
        for stage in (ON_TEXT, ("gzip",), ON_WIRE) if kind not in HANGS else ():
            met = self._draw(stage, asked, key, attempt)
            response = self._changed(request, response, met) if met else response
            kind = kind or met
        self._note(asked, attempt, kind, response.status_code)
        return response

    def keep_out(self, request: Request, asked: Asked) -> Response | None:
        """What meets a request whose answer is no body (a socket, a stream); None lets it in."""
        key, attempt = self._attempt(asked)
        kind = self._met(asked, key, attempt, KEEPS_OUT)
        response = self._faulty(request, kind, asked.words, {}) if kind else None
        self._note(asked, attempt, kind, response.status_code if response else 101)
        return response

    def stats(self) -> dict[str, Any]:
        with self.lock:
            return {
                "received": self.requests.total(),
                "by_thing": dict(self.requests),
                "over_budget": self.budgets.refused,
            }

    def last(self, rows: int) -> Sequence[dict[str, Any]]:
        with self.lock:
            return list(self.log)[-rows:]

    def _attempt(self, asked: Asked) -> tuple[str, int]:
        """A request's key is what is asked for in which minute; asking again is another attempt."""
        minute = self.now().isoformat(timespec="minutes")
        with self.lock:
            if minute != self.minute:
                self.minute = minute
                self.attempts.clear()
            key = f"{asked.subject}|{asked.what}|{minute}"
            self.attempts[key] += 1
            return key, self.attempts[key]

    def _met(self, asked: Asked, key: str, attempt: int, kinds: Sequence[str]) -> str | None:
        kind = self._draw(kinds, asked, key, attempt)
        if kind is None and self.budgets.is_spent(asked.engine, asked.profile, self.now()):
            return "rate_limited"
        return kind

    def _draw(self, kinds: Sequence[str], asked: Asked, key: str, attempt: int) -> str | None:
        return self.faults.draw(kinds, subject=asked.subject, key=key, attempt=attempt, what=asked.what)

    def _faulty(self, request: Request, kind: str, words: Words, spoiled: Mapping[str, Reply]) -> Response | None:
        """None lets the answer through."""
        if kind == "slow":
            time.sleep(self.faults.seconds(kind))
            return None
        if kind in HANGS:
            return no_answer(request, self.faults.seconds(kind))
        answers: dict[str, Reply] = {
            "rate_limited": words.rate_limited,
            "forbidden": words.forbidden,
            "token_refused": words.token_refused,
            "json_500": words.failed,
            "html_403": lambda: html(PAGE_403, 403),
            "html_502": lambda: html(PAGE_502, 502),
            "html_200": lambda: html(PAGE_LOGIN, 200),
            "redirect": lambda: self._redirect(request),
            **spoiled,
        }
        return answers[kind]()

    def _redirect(self, request: Request) -> Response:
        host = self.faults.switches["redirect"].to or ELSEWHERE
        return redirect(f"{host}{request.full_path}", 302, Response)

    def _changed(self, request: Request, response: Response, kind: str) -> Response:
        if kind in ON_TEXT:
            return spoil_text(response, kind)
        return pack(response) if kind == "gzip" else spoil_wire(request, response, kind, self.faults.seconds(kind))

    def _note(self, asked: Asked, attempt: int, fault: str | None, status: int) -> None:
        row = {
            "at": self.now().isoformat(),
            "thing": asked.subject,
            "what": asked.what,
            "attempt": attempt,
            "status": status,
            "fault": fault,
        }
        with self.lock:
            self.requests[asked.subject] += 1
            self.log.append(row)
