"""From the text of a `$filter` to a tree: `or` binds least, then `and`, then `not`, then parentheses."""

from telemetry_service.sensorthings.errors import NotSupported
from telemetry_service.sensorthings.language.tokens import Token, tokens, unreadable
from telemetry_service.sensorthings.language.tree import (
    OPERATORS,
    TURNED,
    Both,
    Comparison,
    Condition,
    Either,
    Not,
    Operator,
)

# Who nests deeper, or says more, wants to see what gives way.
MOST_TOKENS, DEEPEST = 200, 20
OFFERED = f"and, or, not, {', '.join(OPERATORS)}"


def parse_filter(text: str) -> Condition:
    """Raises InvalidInput with the place where it goes wrong; NotSupported for what OData has and this service has not:
    functions, arithmetic, `in`, `has`."""
    found = tokens(text)
    if len(found) > MOST_TOKENS:
        raise unreadable(text, found[MOST_TOKENS].at)
    reader = _Reader(text, found)
    condition = reader.either(0)
    reader.take("end")
    return condition


class _Reader:
    def __init__(self, text: str, found: list[Token]) -> None:
        self._text, self._tokens, self._place = text, found, 0

    def either(self, depth: int) -> Condition:
        parts = [self._both(depth)]
        while self._word("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def take(self, kind: str) -> Token:
        token = self._here
        if token.kind != kind:
            raise unreadable(self._text, token.at)
        self._place += 1
        return token

    def _both(self, depth: int) -> Condition:
        parts = [self._one(depth)]
        while self._word("and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _one(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise unreadable(self._text, self._here.at)
        if self._word("not"):
            return Not(self._one(depth + 1))
        if self._here.kind == "open":
            self.take("open")
            inner = self.either(depth + 1)
            self.take("close")
            return inner
        return self._comparison()

    def _comparison(self) -> Comparison:
        if self._here.kind == "value":
            value = self.take("value").value
            operator = self._operator()
            return Comparison(self._name(), TURNED[operator], value)
        name, operator = self._name(), self._operator()
        if self._here.kind == "name":
            raise NotSupported(
                f"$filter: comparar «{name}» con «{self._here.text}» no se ofrece: compare con un valor."
            )
        return Comparison(name, operator, self.take("value").value)

    def _name(self) -> str:
        name = self.take("name").text
        if self._here.kind == "open":
            raise NotSupported(f"$filter: la función «{name}» no se ofrece. Se ofrecen {OFFERED} y paréntesis.")
        return name

    def _operator(self) -> Operator:
        token = self.take("name")
        for operator in OPERATORS:
            if token.text == operator:
                return operator
        if token.text in {"add", "sub", "mul", "div", "mod", "in", "has", "divby"}:
            raise NotSupported(f"$filter: «{token.text}» no se ofrece. Se ofrecen {OFFERED} y paréntesis.")
        raise unreadable(self._text, token.at)

    def _word(self, word: str) -> bool:
        if self._here.kind == "name" and self._here.text == word:
            self._place += 1
            return True
        return False

    @property
    def _here(self) -> Token:
        return self._tokens[self._place]
