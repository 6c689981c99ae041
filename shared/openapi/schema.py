"""Each operation as OpenAPI says it, from the view that answers it (`DEFAULT_SCHEMA_CLASS`).

What no code says a view may say itself: `produces` and `takes` (media types that are no JSON), `options_said` (query
options that no form reads, and what they mean).
"""

import inspect
import re
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, OpenApiResponse
from rest_framework.fields import Field

from shared.openapi.examples import example_of, schema_of
from shared.openapi.forms import Asks, asks_of
from shared.openapi.problems import problems_of

PATH = re.compile(r"^/api/")


def operation_id(method: str, path: str) -> str:
    """`get_gaps_gap_id`: the method and the path without the service."""
    words = PATH.sub("", path).strip("/").split("/")
    rest = words[1:] if len(words) > 1 else words
    return re.sub(r"[\W_]+", "_", "_".join([method.lower(), *rest])).strip("_")


class ServiceSchema(AutoSchema):
    method: str
    path: str

    def get_operation_id(self) -> str:
        return operation_id(self.method, self.path)

    def get_tags(self) -> list[str]:
        """The folder that answers."""
        return [type(self.view).__module__.split(".")[1]]

    def get_summary(self) -> str | None:
        return self._said().partition("\n")[0] or None

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular's signature, not REST framework's
        scopes = [scope for one in self.view.get_permissions() if (scope := getattr(one, "scope", None))]
        needs = "".join(f"\n\nNeeds the scope `{scope}`." for scope in scopes)
        return f"{self._said()}{needs}".strip()

    def get_override_parameters(self) -> list[Any]:
        query = self._asks().query
        said = getattr(self.view, "options_said", {})
        options: list[Any] = [OpenApiParameter(name, description=meaning) for name, meaning in said.items()]
        if query and query().fields:  # type: ignore[attr-defined]  # a form has fields
            options.append(query)
        return options

    def get_request_serializer(self) -> Any:
        if self.method not in {"POST", "PUT", "PATCH"}:
            return None
        asks = self._asks()
        return asks.body(partial=asks.partial) if asks.body else self._raw_body()

    def _raw_body(self) -> dict[str, Any]:
        """Of a handler without a form: its example, and in `takes` its media types."""
        example = example_of(f"{self.get_operation_id()}.request")
        taken = {kind: {"type": "string", "format": "binary"} for kind in getattr(self.view, "takes", ())}
        if example is None:
            return taken
        shown = [OpenApiExample("example", value=example, request_only=True)]
        return {"application/json": OpenApiRequest(schema_of(example), examples=shown)} | taken

    def get_response_serializers(self) -> Any:
        """The statuses of success that the handler names, else 200."""
        answers: dict[Any, Any] = {}
        for status in sorted(set(self._asks().statuses)) or [200]:
            answers |= self._success(status)
        return answers

    def get_auth(self) -> list[Any]:
        """Each class that authenticates says in `described_as` what it is called, and OpenAPI's word for it."""
        found: list[Any] = []
        for one in self.view.get_authenticators():
            described: dict[str, Any] = type(one).described_as  # type: ignore[attr-defined]  # ours, all of them
            for name, definition in described.items():
                self._security(name, definition, type(one))
                found.append({name: []})
        return found

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        return {**bodies, **problems_of(open_to_all=not self.view.get_authenticators(), named="{" in self.path)}

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        """A field of our own is text, or what its `openapi` says; its docstring says which."""
        if not type(field).__module__.startswith("rest_framework") and Field in type(field).__bases__:
            said = getattr(field, "openapi", {"type": "string"})
            return {**said, "description": inspect.cleandoc(type(field).__doc__ or "")}
        return super()._map_serializer_field(field, direction, bypass_extensions)

    def _get_serializer_name(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> str:
        """With its folder: two folders may have a form of one name, and each is its own."""
        folder = type(serializer).__module__.split(".")[1].title()
        partial = "Changes" if getattr(serializer, "partial", False) else ""
        return f"{folder}{type(serializer).__name__}{partial}"

    def _success(self, status: int) -> dict[Any, Any]:
        kinds = getattr(self.view, "produces", None)
        if status == 204:
            return {"204": OpenApiResponse(description="Hecho")}
        files: dict[Any, Any] = {
            (str(status), kind.partition(";")[0]): {"type": "string", "format": "binary"} for kind in kinds or ()
        }
        example = example_of(self.get_operation_id())
        if example is None:
            return files or {str(status): OpenApiResponse({"type": "object"}, description="")}
        shown = [OpenApiExample("example", value=example)]
        json = OpenApiResponse(schema_of(example), description="", examples=shown)
        return {(str(status), "application/json"): json, **files} if files else {str(status): json}

    def _security(self, name: str, definition: dict[str, Any], of: type) -> None:
        from drf_spectacular.plumbing import ResolvedComponent

        component = ResolvedComponent(name=name, type="securitySchemes", object=of, schema=definition)
        self.registry.register_on_missing(component)

    def _asks(self) -> Asks:
        return asks_of(self._handler())

    def _said(self) -> str:
        """Of the handler, else of its view, else of its module: the first that says something."""
        module = inspect.getmodule(type(self.view))
        own = [self._handler().__doc__, type(self.view).__doc__ if "__doc__" in vars(type(self.view)) else None]
        text = next((one for one in [*own, module.__doc__ if module else None] if one), "")
        return inspect.cleandoc(text)

    def _handler(self) -> Any:
        return getattr(type(self.view), self.method.lower())
