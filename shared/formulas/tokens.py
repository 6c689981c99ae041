"""A formula's text in words. Only these exist: whatever else stands in the text is refused where it stands."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from shared.formulas.tree import FormulaError

LONGEST = 500
# No quantity of this field is near these, and no product of a few of them leaves a double's range.
LEAST_NUMBER, MOST_NUMBER = 1e-30, 1e30
Kind = Literal["number", "name", "sign", "end"]
WORD = re.compile(
    r"(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>\*\*|<=|>=|==|!=|[-+*/<>(),])"
)
SPACE = re.compile(r"[ \t\r\n]*")
HINTS = {"^": "** para elevar a una potencia", "=": "== para comparar", "%": "una división escrita con /"}


class Word(NamedTuple):
    kind: Kind
    text: str
    at: int  # characters from 1


def words(text: str) -> Iterator[Word]:
    """The words of `text`, and an end behind the last."""
    if len(text) > LONGEST:
        raise FormulaError("la fórmula es demasiado larga", expected=f"a lo más {LONGEST} caracteres", at=LONGEST + 1)
    place = _after_space(text, 0)
    while place < len(text):
        found = WORD.match(text, place)
        if found is None:
            hint = HINTS.get(text[place], "números con punto decimal, nombres, + - * / ** < <= > >= == != ( ) y comas")
            raise FormulaError(f"«{text[place]!s}» no se entiende".replace("\x00", "?"), expected=hint, at=place + 1)
        yield _word(found)
        place = _after_space(text, found.end())
    yield Word("end", "", len(text) + 1)


def _word(found: re.Match[str]) -> Word:
    at = found.start() + 1
    if found.lastgroup == "number":
        value = float(found.group())
        if value and not LEAST_NUMBER <= value <= MOST_NUMBER:
            raise FormulaError(
                f"el número {found.group()[:40]} es desmedido", expected="0, o uno entre 1e-30 y 1e30", at=at
            )
        return Word("number", found.group(), at)
    return Word("name" if found.lastgroup == "name" else "sign", found.group(), at)


def _after_space(text: str, place: int) -> int:
    found = SPACE.match(text, place)
    return found.end() if found else place
