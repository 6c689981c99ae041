"""Who may ask ThingsBoard, for what, and how it says no; providers.md §2.2 to §2.7."""

import hashlib

from werkzeug.exceptions import abort
from werkzeug.wrappers import Request, Response

from deploy.simulators.providers.desk import Asked, Desk, Words
from deploy.simulators.providers.thingsboard.sessions import Expired, NotOurs, Sessions
from deploy.simulators.scenario import Thing
from deploy.simulators.web import answer

ENGINE = "thingsboard"
API_KEY = "ApiKey "


class Gate:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.sessions = Sessions(f"thingsboard:{desk.scenario.seed}", desk.scenario.lifetimes)
        self.words = Words(
            rate_limited=lambda: self.error(429, 33, "Too many requests"),
            forbidden=lambda: self.error(403, 20, "You don't have permission to perform this operation!"),
            token_refused=lambda: self.error(401, 11, "Token has expired"),
            failed=lambda: self.error(500, 2, "General error"),
        )

    def asked(self, subject: str, what: str) -> Asked:
        # A deployment's limits are its tenant's, whoever asks.
        return Asked(ENGINE, subject, what, self.words)

    def enter(self, request: Request) -> str:
        """The name of who asks; refuses the request for anybody else."""
        header = request.headers.get("X-Authorization") or request.headers.get("Authorization") or ""
        if header.startswith(API_KEY) and header.removeprefix(API_KEY) in self.desk.scenario.api_keys:
            return next(iter(self.desk.scenario.users), "api-key")
        try:
            return self.holder(header.removeprefix("Bearer "))
        except Expired:
            abort(self.error(401, 11, "Token has expired"))
        except NotOurs:
            abort(self.error(401, 10, "Authentication failed"))

    def holder(self, token: str) -> str:
        return self.sessions.check(token, self.desk.now(), scope="TENANT_ADMIN")

    def find(self, entity: str, device: str) -> Thing:
        thing = self.desk.scenario.thing(ENGINE, device=device)
        if thing is None or thing.entity != entity:
            abort(self.error(404, 32, "Requested item wasn't found!"))
        return thing

    def error(self, status: int, code: int, message: str) -> Response:
        body = {"status": status, "message": message, "errorCode": code, "timestamp": self.desk.now_ms()}
        return answer(body, status)


def entity_id(kind: str, name: str) -> dict[str, str]:
    """Of what the scenario gives no id: from its name."""
    digest = hashlib.blake2b(f"{kind}:{name}".encode(), digest_size=16).hexdigest()
    return {"entityType": kind, "id": "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:]))}
