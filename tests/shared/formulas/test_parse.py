"""What a formula's text means, and what is refused in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formulas.parse import DEEPEST, FUNCTIONS, MOST_NODES, parse
from shared.formulas.tokens import LONGEST
from shared.formulas.tree import Binary, Call, FormulaError, Name, Negative, Node, Number, names_in

a, b, c = Name("a", 1), Name("b", 1), Name("c", 1)


def same(text: str, other: str) -> bool:
    """Whether both are read alike, wherever their names stand."""
    return _bare(parse(text)) == _bare(parse(other))


def _bare(node: object) -> object:
    match node:
        case Name(name):
            return name
        case Negative(of):
            return ("-", _bare(of))
        case Binary(sign, left, right):
            return (sign, _bare(left), _bare(right))
        case Call(function, arguments):
            return (function, *map(_bare, arguments))
        case _:
            return node


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("a / b / c", "(a / b) / c"),
        ("a ** b ** c", "a ** (b ** c)"),
        ("-a ** 2", "-(a ** 2)"),
        ("a ** -b", "a ** (-b)"),
        ("-a * b", "(-a) * b"),
        ("+a", "a"),
        ("a + 1 > b * 2", "(a + 1) > (b * 2)"),
        ("if(a > 0, b / a, 0)", "if ( (a > 0) , (b/a) , 0 )"),
        ("1.5e-3*a", ".0015 * a"),
        ("\ta\n+ b ", "a+b"),
    ],
)
def test_what_binds_tighter(text: str, meaning: str) -> None:
    assert same(text, meaning)


def test_a_tree_is_what_was_written() -> None:
    assert parse("max(a, 2)") == Call("max", (Name("a", 5), Number(2.0)))
    assert parse("2 * pi") == Binary("*", Number(2.0), Number(3.141592653589793))
    assert names_in(parse("b + a * b")) == {"b": 1, "a": 5}


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", 1),
        ("   ", 4),
        ("a +", 4),
        ("(a", 3),
        ("a)", 2),
        ("a b", 3),
        ("2 a", 3),
        ("a ^ 2", 3),
        ("a = b", 3),
        ("a % 2", 3),
        ("1,5 * a", 2),
        ("a < b < c", 7),
        ("max(a)", 1),
        ("if(a, b)", 1),
        ("abs(a, b)", 1),
        ("round(a, 1.5)", 1),
        ("round(a, b)", 1),
        ("round(a, 16)", 1),
        ("open(a)", 1),
        ("max + 1", 1),
        ("a.b", 2),
        ("a[0]", 2),
        ("'a'", 1),
        ("__import__('os')", 12),
        ("lambda: 1", 7),
        ("1e31 * a", 1),
        ("1e999 * a", 1),
        ("1e-31 * a", 1),
        ("1_000", 2),
        ("caudal · 2", 8),
        ("a + ²", 5),
        ("a\x00", 2),
    ],
)
def test_what_is_refused_says_where_and_what_would_be_right(text: str, at: int) -> None:
    with pytest.raises(FormulaError) as error:
        parse(text)
    assert error.value.at == at
    assert error.value.problem
    assert error.value.expected


@pytest.mark.parametrize(
    "text",
    [
        "a" * (LONGEST + 1),
        "(" * (DEEPEST + 2) + "a" + ")" * (DEEPEST + 2),
        "-" * (DEEPEST + 2) + "a",
        "2" + "**2" * (DEEPEST + 2),
        "abs(" * (DEEPEST + 2) + "a" + ")" * (DEEPEST + 2),
        "+".join("a" * (MOST_NODES // 2 + 2)),
    ],
)
def test_length_depth_and_size_are_bounded(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text)


def test_what_is_just_within_the_bounds_is_read() -> None:
    assert parse("(" * DEEPEST + "a" + ")" * DEEPEST) == Name("a", DEEPEST + 1)
    assert names_in(parse("+".join("a" * (MOST_NODES // 2)))) == {"a": 1}


@given(st.text(max_size=60) | st.text("ab1.0+-*/()<>=!,e \t" + "".join(FUNCTIONS), max_size=60))
def test_any_text_is_a_tree_or_an_error_that_says_where(text: str) -> None:
    found: Node | FormulaError
    try:
        found = parse(text)
    except FormulaError as refused:
        found = refused
    if isinstance(found, FormulaError):
        assert 1 <= found.at <= len(text) + 1
    else:
        assert all(name.isidentifier() for name in names_in(found))
