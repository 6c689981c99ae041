"""Examples of answers, taken from what the tests are answered: `STACK_RECORD_EXAMPLES=1` and the tests of an API.

Of each operation that has no example yet the fullest answer is kept, its lists cut to two, its secrets struck out. Read
what it wrote before it is committed.
"""

import json
import re
from typing import Any

from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.openapi.examples import folder
from shared.openapi.schema import operation_id

SECRET = {"access", "refresh", "token", "password", "secret", "client_secret", "key_text", "apiKey"}
MOST, ROWS, LONGEST = 6000, 2, 300
OWN = re.compile(r"http://(?:localhost|127\.0\.0\.1):\d+")  # the tests' own servers
kept: dict[str, str] = {}


def record() -> None:
    """From now on every view's answers are looked at."""
    finalize = APIView.finalize_response

    def looked_at(view: APIView, request: Any, response: Any, *more: Any, **said: Any) -> Any:
        if 200 <= response.status_code < 300:
            _look(request, response)
        return finalize(view, request, response, *more, **said)

    APIView.finalize_response = looked_at  # type: ignore[assignment]  # for the length of a test run


def _look(request: Any, response: Any) -> None:
    match, data = getattr(request, "resolver_match", None), _data(response)
    if match is None or data is None or response.status_code == 204:
        return
    path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", match.route)
    name = operation_id(request.method, path)
    _keep(name, data)


def _data(response: Any) -> Any:
    """What is no JSON, or comes in pieces, is no example."""
    if isinstance(response, Response):
        return json.loads(JSONRenderer().render(response.data))
    plain = not response.streaming and response["Content-Type"].startswith("application/json")
    return json.loads(response.content) if plain else None


def _keep(name: str, data: Any) -> None:
    text = json.dumps(_cut(data), ensure_ascii=False, indent=2)
    file = folder() / f"{name}.json"
    if (file.exists() and name not in kept) or len(text) > MOST or len(text) <= len(kept.get(name, "")):
        return
    kept[name] = text
    folder().mkdir(exist_ok=True)
    file.write_text(text + "\n", encoding="utf-8")


def _cut(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: "…" if name in SECRET and value else _cut(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_cut(one) for one in data[:ROWS]]
    if isinstance(data, str):
        data = OWN.sub("https://proveedor.example.cl", data)
        return data if len(data) <= LONGEST else data[:LONGEST] + "…"
    return data
