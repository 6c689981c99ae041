"""An OpenAPI document as one HTML page without scripts: to read in a browser, wherever it is."""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1c2733}
summary{cursor:pointer;padding:.35rem 0}summary b{display:inline-block;width:4.5rem;font-family:monospace}
details{border-bottom:1px solid #d8dee4}pre{background:#f3f5f7;padding:.75rem;overflow:auto;max-height:24rem}
table{border-collapse:collapse;width:100%}td{border-top:1px solid #e4e8ec;padding:.25rem .5rem;vertical-align:top}
code{font-size:.95em}small{color:#5b6875}
"""


def page_of(document: dict[str, Any], *, title: str) -> str:
    parts = [f'<!doctype html><html lang="es"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>']
    parts.append(f'<h1>{title}</h1><p>OpenAPI {document["openapi"]} · <a href="../schema/">YAML</a></p>')
    for tag, operations in sorted(_by_tag(document).items()):
        parts.append(f"<h2>{escape(tag)}</h2>")
        parts += [_operation(path, method, one) for path, method, one in operations]
    return "".join([*parts, "</html>"])


def _by_tag(document: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    found: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            found.setdefault(one["tags"][0], []).append((path, method, one))
    return found


def _operation(path: str, method: str, one: dict[str, Any]) -> str:
    rows = "".join(_parameter(parameter) for parameter in one.get("parameters", ()))
    head = (
        f"<summary><b>{method.upper()}</b> <code>{escape(path)}</code> <small>{escape(one.get('summary', ''))}</small>"
    )
    said = f"<p>{escape(one.get('description', ''))}</p>"
    table = f"<table>{rows}</table>" if rows else ""
    return f"<details>{head}</summary>{said}{table}{''.join(_examples(one))}</details>"


def _parameter(one: dict[str, Any]) -> str:
    kind = one["schema"].get("type", "")
    needed = " · obligatorio" if one.get("required") else ""
    said = escape(one.get("description") or ", ".join(map(str, one["schema"].get("enum", ()))))
    return f"<tr><td><code>{escape(one['name'])}</code><br><small>{kind}{needed}</small><td>{said}"


def _examples(one: dict[str, Any]) -> Iterator[str]:
    for status, answer in one["responses"].items():
        for content in answer.get("content", {}).values():
            for example in content.get("examples", {}).values():
                text = json.dumps(example["value"], ensure_ascii=False, indent=2)
                yield f"<p><small>{status}</small></p><pre>{escape(text)}</pre>"
