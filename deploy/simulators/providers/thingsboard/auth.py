"""Log in, refresh, and who am I."""

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.providers.thingsboard.gate import Gate, entity_id
from deploy.simulators.providers.thingsboard.sessions import Expired, NotOurs
from deploy.simulators.web import answer, route


def auth_rules(gate: Gate) -> list[Rule]:
    auth = Auth(gate)
    return [
        route("POST", "/tdata/v1/login", auth.log_in),
        route("POST", "/api/auth/login", auth.log_in),
        route("POST", "/tdata/v1/token", auth.refresh),
        route("POST", "/api/auth/token", auth.refresh),
        route("GET", "/api/auth/user", auth.user),
    ]


class Auth:
    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.desk = gate.desk

    def log_in(self, request: Request) -> Response:
        body = _members(request)
        name, password = str(body.get("username", "")), body.get("password")
        return self.desk.serve(request, self.gate.asked("login", "login"), lambda: self._open(name, password))

    def refresh(self, request: Request) -> Response:
        token = str(_members(request).get("refreshToken", ""))
        return self.desk.serve(request, self.gate.asked("login", "refresh"), lambda: self._renew(token))

    def user(self, request: Request) -> Response:
        name = self.gate.enter(request)
        body = {
            "id": entity_id("USER", name),
            "email": name,
            "authority": "TENANT_ADMIN",
            "firstName": None,
            "lastName": None,
            "tenantId": entity_id("TENANT", "tenant"),
            "customerId": entity_id("CUSTOMER", "customer"),
        }
        return self.desk.serve(request, self.gate.asked("account", "info user"), lambda: answer(body))

    def _open(self, name: str, password: object) -> Response:
        scenario = self.desk.scenario
        if not name or scenario.users.get(name) != password:
            return self.gate.error(401, 10, "Invalid username or password")
        if name in scenario.expired_users:
            refused = self.gate.error(401, 15, "User password expired!").get_json()
            return answer(refused | {"resetToken": entity_id("RESET", name)["id"]}, 401)
        return answer(self.gate.sessions.open(name, self.desk.now()))

    def _renew(self, token: str) -> Response:
        try:
            name = self.gate.sessions.check(token, self.desk.now(), scope="REFRESH_TOKEN")
        except Expired:
            return self.gate.error(401, 11, "Token has expired")
        except NotOurs:
            return self.gate.error(401, 10, "Authentication failed")
        return answer(self.gate.sessions.open(name, self.desk.now()))


def _members(request: Request) -> dict[str, object]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}
