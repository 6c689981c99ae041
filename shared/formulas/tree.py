"""What a formula is once it was read. Nothing here can do more than arithmetic."""

from collections.abc import Iterator
from dataclasses import dataclass, field


class FormulaError(ValueError):
    """A formula that cannot be accepted: what is wrong, where (characters from 1), and what would be right."""

    def __init__(self, problem: str, *, expected: str, at: int) -> None:
        super().__init__(f"{problem} (carácter {at})")
        self.problem, self.expected, self.at = f"{problem} (carácter {at})", expected, at


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Negative:
    of: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    sign: str
    left: "Node"
    right: "Node"
    at: int = field(default=0, compare=False)  # of the sign


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple["Node", ...]
    at: int = field(default=0, compare=False)


Node = Number | Name | Negative | Binary | Call


def parts_of(node: Node) -> tuple[Node, ...]:
    match node:
        case Negative(of):
            return (of,)
        case Binary(left=left, right=right):
            return (left, right)
        case Call(arguments=arguments):
            return arguments
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    yield node
    for part in parts_of(node):
        yield from walk(part)


def names_in(node: Node) -> dict[str, int]:
    """Every name that the formula uses, in the order of the text, and where it stands first."""
    found: dict[str, int] = {}
    for one in walk(node):
        if isinstance(one, Name):
            found.setdefault(one.name, one.at)
    return found
