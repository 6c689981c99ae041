"""From a row's JSON to an `MqttRow`, or an InvalidInput that names the wrong key and what would be right."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared.errors import invalid
from telemetry_service.providers.decoders import DECODERS
from telemetry_service.providers.engine.node import Node
from telemetry_service.providers.engine.row import Param
from telemetry_service.providers.engine.templates import Template
from telemetry_service.providers.mqtt.row import MASK, MqttRow, Subscription, Tls
from telemetry_service.providers.mqtt.topics import is_filter, open_filter

ENGINE = "mqtt/1"
SECTIONS = (
    "engine", "host", "port", "protocol", "tls", "allow_plain", "client_id", "keepalive_s", "reconnect_s", "session",
    "shared", "credentials", "params", "subscriptions", "max_bytes",
)  # fmt: skip
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9a-fA-F:]{2,45}")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,60}")
PARAM_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
DEVICE = (Param("device", secret=False, required=True),)
NOBODY: tuple[Template | None, Template | None] = (None, None)
PLAIN_PORT, TLS_PORT = 1883, 8883
LONGEST_PEM = 60_000
LONGEST_KEEPALIVE_S = 300  # a broker that is gone is found out after one and a half: see listen.upkeep
MOST_SUBSCRIPTIONS = 50


def parse_mqtt(config: Mapping[str, Any]) -> MqttRow:
    node = Node("", config).object(*SECTIONS)
    node.at("engine").choice({ENGINE})
    tls = node.read("tls", _tls, None)
    username, password = node.read("credentials", _credentials, NOBODY)
    row = MqttRow(
        host=_matching(node.at("host"), HOST, "un nombre de servidor o una dirección, sin esquema ni puerto"),
        port=node.read("port", lambda one: one.integer(1, 65_535), TLS_PORT if tls else PLAIN_PORT),
        protocol=node.read("protocol", lambda one: one.choice({"3.1.1", "5"}), "3.1.1"),
        tls=tls,
        allow_plain=node.read("allow_plain", Node.boolean, False),
        client_id=node.read("client_id", lambda one: _matching(one, NAME, "letras, dígitos y _.-, 60 a lo más"), ""),
        keepalive_s=node.read("keepalive_s", lambda one: one.integer(5, LONGEST_KEEPALIVE_S), 60),
        reconnect_s=node.read("reconnect_s", _reconnect, (1, 120)),
        session=node.read("session", Node.duration, timedelta(days=7)),
        shared=node.read("shared", lambda one: _matching(one, NAME, "letras, dígitos y _.-, 60 a lo más"), ""),
        username=username,
        password=password,
        params=node.read("params", _params, DEVICE),
        subscriptions=tuple(_subscription(one) for one in node.at("subscriptions").elements()),
        most_bytes=node.read("max_bytes", lambda one: one.integer(1_000, 5_000_000), 262_144),
    )
    return _checked(node, row)


def _matching(node: Node, pattern: re.Pattern[str], expected: str) -> str:
    if not isinstance(node.value, str) or not pattern.fullmatch(node.value):
        node.refuse("no tiene esa forma", expected)
    return node.value


def _tls(node: Node) -> Tls:
    if node.object().maybe("insecure") is not None:
        node.at("insecure").refuse(
            "no existe: sin verificar el certificado cualquiera puede ser el broker",
            "ca, con la autoridad que lo firmó",
        )
    return Tls(node.object("ca").read("ca", _authority, None))


def _authority(node: Node) -> str:
    if not isinstance(node.value, str) or len(node.value) > LONGEST_PEM:
        node.refuse("no es un texto", "certificados de autoridades en PEM")
    try:
        ssl.create_default_context(cadata=node.value)
    except (ssl.SSLError, ValueError):
        raise invalid(
            node.path, "no es un certificado", received=MASK, expected="certificados de autoridades en PEM"
        ) from None
    return str(node.value)


def _credentials(node: Node) -> tuple[Template | None, Template | None]:
    node.object("username", "password")
    password = node.maybe("password")
    if password is not None and not (isinstance(password.value, str) and "{cred." in password.value):
        raise invalid(password.path, "sería un secreto en la fila", received=MASK, expected="{cred.password}")
    return node.read("username", lambda one: one.template({"cred"}), None), node.read(
        "password", lambda one: one.template({"cred"}), None
    )


def _reconnect(node: Node) -> tuple[int, int]:
    node.object("min", "max")
    low = node.read("min", lambda one: one.integer(1, 3600), 1)
    return low, node.read("max", lambda one: one.integer(low, 3600), max(low, 120))


def _params(node: Node) -> tuple[Param, ...]:
    found = []
    for name, one in node.items():
        if not PARAM_NAME.fullmatch(name):
            one.refuse("no es un nombre de parámetro", "minúsculas, dígitos y _")
        one.object("type", "secret", "required", "description")
        found.append(Param(name, one.read("secret", Node.boolean, False), one.read("required", Node.boolean, True)))
    return tuple(found)


def _subscription(node: Node) -> Subscription:
    node.object("topic", "qos", "decoder", "options")
    topic = node.at("topic").template({"point"})
    if not is_filter(open_filter(topic)) or open_filter(topic).startswith("$share/"):
        node.at("topic").refuse(
            "no es un filtro de tópicos de MQTT", "niveles separados por /, + o # como nivel entero"
        )
    decoder = node.at("decoder").choice(DECODERS)
    options = node.maybe("options") or Node(f"{node.path}.options", {})
    return Subscription(
        topic=topic,
        # QoS 2 loses messages when a client is killed (paho #382); 1 and a store that knows what it has lose none.
        qos=node.read("qos", lambda one: one.integer(0, 1), 1),
        decoder=decoder,
        options=DECODERS[decoder].read_options(options.object()),
    )


def _checked(node: Node, row: MqttRow) -> MqttRow:
    if not 1 <= len(row.subscriptions) <= MOST_SUBSCRIPTIONS:
        node.at("subscriptions").refuse("está vacía o es muy larga", f"de 1 a {MOST_SUBSCRIPTIONS} suscripciones")
    declared = {param.name for param in row.params}
    subscriptions = []
    for one, said in zip(row.subscriptions, node.at("subscriptions").elements(), strict=True):
        names = {place.name for place in one.topic.places}
        if names - declared:
            said.at("topic").refuse("usa un parámetro que params no declara", f"uno de: {', '.join(sorted(declared))}")
        if row.shared and DECODERS[one.decoder].has_memory:
            said.at("decoder").refuse("necesita oír todos los mensajes de un nodo", "una fila sin shared")
        subscriptions.append(replace(one, is_secret=bool(names & row.secret_params)))
    return replace(row, subscriptions=tuple(subscriptions))
