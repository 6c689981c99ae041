"""What the engines share: the scenario, the time, and whether this request goes wrong."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from deploy.simulators.faults import Faults
from deploy.simulators.scenario import Scenario
from deploy.simulators.series import epoch_ms
from deploy.simulators.web import PAGE_403, PAGE_502, html, no_answer

KEPT_ROWS = 2000
GATE = ("rate_limited", "html_403", "html_502", "slow", "timeout_after_storing", "empty_body")


@dataclass
class Desk:
    scenario: Scenario
    now: Callable[[], datetime]
    faults: Faults
    requests: Counter[str] = field(default_factory=Counter)
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT_ROWS))
    attempts: Counter[str] = field(default_factory=Counter)
    minute: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now_ms(self) -> int:
        return epoch_ms(self.now())

    def serve(
        self,
        request: Request,
        *,
        subject: str,
        what: str,
        rate_limited: Callable[[], Response],
        reply: Callable[[], Response],
        spoiled: Mapping[str, Callable[[], Response]] | None = None,
    ) -> Response:
        """Answer with `reply`, unless this attempt meets a fault. `spoiled` are the faults only this engine has."""
        key, attempt = self._attempt(subject, what)
        kind = self.faults.draw((*GATE, *(spoiled or {})), subject=subject, key=key, attempt=attempt)
        response = self._faulty(request, kind, rate_limited, spoiled or {}) if kind else None
        response = response or reply()
        self._note(subject, what, attempt, kind, response.status_code)
        return response

    def stats(self) -> dict[str, Any]:
        with self.lock:
            return {"received": self.requests.total(), "by_thing": dict(self.requests)}

    def last(self, rows: int) -> Sequence[dict[str, Any]]:
        with self.lock:
            return list(self.log)[-rows:]

    def _attempt(self, subject: str, what: str) -> tuple[str, int]:
        """A request's key is what is asked for in which minute; asking again is another attempt."""
        minute = self.now().isoformat(timespec="minutes")
        with self.lock:
            if minute != self.minute:
                self.minute = minute
                self.attempts.clear()
            key = f"{subject}|{what}|{minute}"
            self.attempts[key] += 1
            return key, self.attempts[key]

    def _faulty(
        self,
        request: Request,
        kind: str,
        rate_limited: Callable[[], Response],
        spoiled: Mapping[str, Callable[[], Response]],
    ) -> Response | None:
        if kind == "slow":
            time.sleep(self.faults.seconds(kind))
            return None
        if kind == "timeout_after_storing":
            return no_answer(request, self.faults.seconds(kind))
        answers = {
            "rate_limited": rate_limited,
            "html_403": lambda: html(PAGE_403, 403),
            "html_502": lambda: html(PAGE_502, 502),
            "empty_body": lambda: Response(b"", 200, mimetype="application/json"),
            **spoiled,
        }
        return answers[kind]()

    def _note(self, subject: str, what: str, attempt: int, fault: str | None, status: int) -> None:
        row = {
            "at": self.now().isoformat(),
            "thing": subject,
            "what": what,
            "attempt": attempt,
            "status": status,
            "fault": fault,
        }
        with self.lock:
            self.requests[subject] += 1
            self.log.append(row)
