"""From a formula's text to its tree, by recursive descent. Nothing is ever given to Python to evaluate.

Loosest first: comparison, + and -, * and /, sign, power. As in Python, -2**2 is -4 and 2**3**2 is 2**9.
"""

from functools import lru_cache
from math import e, pi

from shared.formulas.tokens import Word, words
from shared.formulas.tree import Binary, Call, FormulaError, Name, Negative, Node, Number

DEEPEST = 30
MOST_NODES = 200
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
CONSTANTS = {"pi": pi, "e": e}
# How many arguments each takes, at least and at most.
FUNCTIONS = {"min": (2, 20), "max": (2, 20), "abs": (1, 1), "round": (1, 2), "sqrt": (1, 1), "if": (3, 3)}
MOST_DECIMALS = 15


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """Raises FormulaError, which says what is wrong and where. Names are not looked up: see `names_in`."""
    reader = _Reader(list(words(text)))
    node = reader.comparison(0)
    left = reader.word
    if left.kind != "end":
        expected = "un operador, o el fin de la fórmula"
        hint = "los decimales se escriben con punto" if left.text == "," else expected
        raise FormulaError(f"«{left.text}» sobra", expected=hint, at=left.at)
    return node


class _Reader:
    def __init__(self, found: list[Word]) -> None:
        self.words = found[::-1]
        self.nodes = 0

    @property
    def word(self) -> Word:
        return self.words[-1]

    def comparison(self, depth: int) -> Node:
        left = self.sum(depth)
        if self.word.text not in COMPARISONS:
            return left
        sign = self._take()
        node = self._made(Binary(sign.text, left, self.sum(depth), sign.at))
        if self.word.text in COMPARISONS:
            raise FormulaError("dos comparaciones seguidas", expected="una sola, o paréntesis", at=self.word.at)
        return node

    def sum(self, depth: int) -> Node:
        node = self.product(depth)
        while self.word.text in ("+", "-"):
            sign = self._take()
            node = self._made(Binary(sign.text, node, self.product(depth), sign.at))
        return node

    def product(self, depth: int) -> Node:
        node = self.signed(depth)
        while self.word.text in ("*", "/"):
            sign = self._take()
            node = self._made(Binary(sign.text, node, self.signed(depth), sign.at))
        return node

    def signed(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise FormulaError(
                "demasiados niveles",
                expected=f"a lo más {DEEPEST} paréntesis o signos, uno dentro de otro",
                at=self.word.at,
            )
        if self.word.text == "-":
            self._take()
            return self._made(Negative(self.signed(depth + 1)))
        if self.word.text == "+":
            self._take()
            return self.signed(depth + 1)
        return self.power(depth)

    def power(self, depth: int) -> Node:
        base = self.atom(depth)
        if self.word.text != "**":
            return base
        sign = self._take()
        return self._made(Binary("**", base, self.signed(depth + 1), sign.at))

    def atom(self, depth: int) -> Node:
        word = self._take()
        if word.kind == "number":
            return self._made(Number(float(word.text)))
        if word.kind == "name":
            return self._named(word, depth)
        if word.text == "(":
            node = self.comparison(depth + 1)
            self._expect(")")
            return node
        said = f"«{word.text}»" if word.kind != "end" else "el fin de la fórmula"
        raise FormulaError(f"{said} donde falta un valor", expected="un número, un nombre o un paréntesis", at=word.at)

    def _named(self, word: Word, depth: int) -> Node:
        if self.word.text == "(":
            return self._call(word, depth)
        if word.text in CONSTANTS:
            return self._made(Number(CONSTANTS[word.text]))
        if word.text in FUNCTIONS:
            raise FormulaError(f"«{word.text}» es una función", expected=f"{word.text}(…)", at=word.at)
        return self._made(Name(word.text, word.at))

    def _call(self, word: Word, depth: int) -> Node:
        if word.text not in FUNCTIONS:
            raise FormulaError(
                f"no hay una función «{word.text}»", expected=f"una de: {', '.join(FUNCTIONS)}", at=word.at
            )
        self._take()
        arguments = [self.comparison(depth + 1)]
        while self.word.text == ",":
            self._take()
            arguments.append(self.comparison(depth + 1))
        self._expect(")")
        _check_arguments(word, arguments)
        return self._made(Call(word.text, tuple(arguments), word.at))

    def _take(self) -> Word:
        return self.words.pop() if self.word.kind != "end" else self.word

    def _expect(self, text: str) -> None:
        word = self._take()
        if word.text != text:
            said = f"«{word.text}»" if word.kind != "end" else "el fin de la fórmula"
            raise FormulaError(f"{said} donde falta «{text}»", expected=f"«{text}»", at=word.at)

    def _made(self, node: Node) -> Node:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise FormulaError("demasiados términos", expected=f"a lo más {MOST_NODES}", at=self.word.at)
        return node


def _check_arguments(word: Word, arguments: list[Node]) -> None:
    least, most = FUNCTIONS[word.text]
    if not least <= len(arguments) <= most:
        expected = f"{least}" if least == most else f"de {least} a {most}"
        raise FormulaError(
            f"«{word.text}» recibió {len(arguments)} argumentos", expected=f"{expected} argumentos", at=word.at
        )
    if word.text == "round" and len(arguments) == 2:
        match arguments[1]:
            case Number(value) if value == int(value) and value <= MOST_DECIMALS:
                return
        expected = f"round(x, 2): un entero de 0 a {MOST_DECIMALS}"
        raise FormulaError("los decimales de «round» no son un entero", expected=expected, at=word.at)
