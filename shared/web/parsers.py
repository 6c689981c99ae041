"""JSON in, with the same strictness everywhere."""

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser


class StrictJSONParser(BaseParser):
    """UTF-8 JSON without NaN, Infinity or a name given twice: each would be read differently by someone."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            body = json.loads(
                stream.read().decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice
            )
            json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is no text: it could not be stored
            return body
        except (ValueError, RecursionError) as error:
            raise ParseError(f"no es JSON válido en UTF-8: {error}") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} no es un número de JSON")


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    body = dict(pairs)
    if len(body) != len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"nombres repetidos: {', '.join(twice)}")
    return body
