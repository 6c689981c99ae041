"""ThingsBoard's WebSocket: authenticate first, then subscriptions that hear of each new reading; providers.md §3.3."""

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from socket import SHUT_RDWR
from typing import Any

from simple_websocket import ConnectionClosed, Server  # type: ignore[import-untyped]  # it has no types
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from deploy.simulators.providers.thingsboard.gate import Gate
from deploy.simulators.providers.thingsboard.sessions import Expired, NotOurs
from deploy.simulators.providers.thingsboard.subscriptions import BadCommand, Subscription, subscribe
from deploy.simulators.web import Taken, answer

# How long a new reading on the clock may go unnoticed, and how long a client may take to say who it is.
POLL_S = 0.05
AUTH_S = 10.0
POLICY_VIOLATION = 1008
UNSUBSCRIBE = "ENTITY_DATA_UNSUBSCRIBE"
NO_ERROR, BAD_REQUEST = 0, 2


class _Thread(threading.Thread):
    """An open socket must not keep the process."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **{**more, "daemon": True})


def socket_rules(gate: Gate) -> list[Rule]:
    def talk(request: Request) -> Response:
        kept_out = gate.desk.keep_out(request, gate.asked("socket", "socket"))
        if kept_out is not None:
            return kept_out
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return answer({"message": 'Can "Upgrade" only to "WebSocket".'}, 400)
        with suppress(ConnectionClosed, OSError):
            Conversation(gate, Server(request.environ, thread_class=_Thread)).run(request.args.get("token", ""))
        with suppress(OSError):  # the client may have closed it
            request.environ["werkzeug.socket"].shutdown(SHUT_RDWR)
        return Taken()

    paths = ("/api/ws", "/api/ws/plugins/telemetry")
    # A rule for plain requests: werkzeug's own `websocket` rules would match by another scheme.
    return [
        Rule(path, methods=["GET"], endpoint=talk, websocket=websocket) for path in paths for websocket in (False, True)
    ]


class Conversation:
    def __init__(self, gate: Gate, client: Server) -> None:
        self.gate = gate
        self.desk = gate.desk
        self.client = client
        self.subscriptions: dict[int, Subscription] = {}

    def run(self, token: str) -> None:
        """Until the client leaves. `token`: the older form has it in the address, the newer in its first command."""
        first = {} if token else _members(self.client.receive(timeout=AUTH_S) or "")
        try:
            self.gate.holder(token or str(first["authCmd"]["token"]))
        except (KeyError, TypeError, NotOurs, Expired):
            self.client.close(POLICY_VIOLATION, "Authentication failed")
            return
        self._take(first)
        while self.client.connected:
            text = self.client.receive(timeout=POLL_S)
            if text is not None:
                self._take(_members(text))
            self._push()

    def _take(self, message: Mapping[str, Any]) -> None:
        older = [{**command, "type": "TIMESERIES"} for command in message.get("tsSubCmds", [])]
        for command in [*message.get("cmds", []), *older]:
            self._obey(command)
            if self.desk.faults.draw(["socket_cut"], subject="socket", key=self.desk.now().isoformat(), attempt=1):
                raise ConnectionClosed

    def _obey(self, command: Mapping[str, Any]) -> None:
        number = command.get("cmdId", 0)
        if command.get("type") == UNSUBSCRIBE or command.get("unsubscribe"):
            self.subscriptions.pop(number, None)
            return
        try:
            subscription = subscribe(self.desk, command)
        except BadCommand as error:
            self._say({"cmdId": number, "errorCode": BAD_REQUEST, "errorMsg": str(error), "data": None})
            return
        self.subscriptions[number] = subscription
        self._say(subscription.opening())

    def _push(self) -> None:
        for subscription in self.subscriptions.values():
            for frame in subscription.news():
                self._say(frame)

    def _say(self, frame: Mapping[str, Any]) -> None:
        self.client.send(json.dumps(frame, ensure_ascii=False))


def _members(text: str | bytes) -> dict[str, Any]:
    """What is no JSON object says nothing."""
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
