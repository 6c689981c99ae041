"""The parts of a row that say what is an error, and what it means."""

import re

from telemetry_service.providers.engine.node import Node
from telemetry_service.providers.engine.row import Action, Condition, Envelope, ErrorRule

RETRY_AFTER = "Retry-After"
WAITING = frozenset({Action.RATE_LIMITED, Action.RETRY})
# Only literal text and one number: a free regular expression on a provider's text could hang.
WAIT_PATTERN = re.compile(r"([^\\()\[\]*+?{}|^$.]+)\(\\d\+\)")


def read_envelope(node: Node) -> Envelope:
    node.object("ok", "message")
    if not node.value:
        node.refuse("no dice nada", "ok, message o ambos")
    ok = node.maybe("ok")
    if ok is not None:
        ok.object("path", "equals")
    return Envelope(
        ok=ok.at("path").jsonpath() if ok else None,
        equals=ok.at("equals").value if ok else None,
        message=node.read("message", Node.jsonpath, None),
    )


def read_errors(node: Node) -> tuple[ErrorRule, ...]:
    """The first that fits an answer holds: one that can never be reached is a slip."""
    rules: list[ErrorRule] = []
    for one in node.elements():
        rule = _error(one)
        certain = {status for before in rules if before.when is None for status in before.statuses}
        if rule.statuses <= certain:
            one.at("status").refuse("una regla anterior ya responde a todos", "estados sin regla, o la regla antes")
        rules.append(rule)
    return tuple(rules)


def _error(node: Node) -> ErrorRule:
    node.object("status", "action", "when", "wait")
    statuses = frozenset(one.integer(100, 599) for one in node.at("status").elements())
    when = node.read("when", _condition, None)
    if when is None and any(200 <= status < 300 for status in statuses):
        node.at("status").refuse("2xx solo es un error por lo que dice el cuerpo", "una condición en when")
    action = Action(node.at("action").choice(set(Action)))
    header, before = _wait(node, action)
    return ErrorRule(statuses=statuses, action=action, when=when, wait_header=header, wait_before=before)


def _wait(node: Node, action: Action) -> tuple[str | None, str | None]:
    """Where the provider says how long to wait: after a text of its message, else in a header."""
    wait = node.maybe("wait")
    if action not in WAITING:
        if wait is not None:
            wait.refuse(f"solo {' y '.join(sorted(WAITING))} esperan lo que el proveedor diga", "la clave fuera")
        return None, None
    if wait is None:
        return RETRY_AFTER, None
    wait.object("header", "regex_in_message")
    return wait.read("header", Node.header_name, RETRY_AFTER), wait.read("regex_in_message", _wait_before, None)


def _condition(node: Node) -> Condition:
    node.object("path", "in", "contains")
    return Condition(
        path=node.at("path").jsonpath(),
        one_of=node.read("in", lambda one: tuple(str(item.value) for item in one.elements()), ()),
        contains=node.read("contains", lambda one: tuple(item.text().lower() for item in one.elements()), ()),
    )


def _wait_before(node: Node) -> str:
    found = WAIT_PATTERN.fullmatch(node.text())
    if not found:
        node.refuse("patrón no admitido", r"texto literal seguido de (\d+), como «Retry-After: (\d+)»")
    return found[1]
