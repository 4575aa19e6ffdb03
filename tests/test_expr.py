"""The expression language: what it reads, what it refuses, and that rewriting changes no value."""

import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archc import expr
from archc.codegen.python import python
from archc.expr import UNKNOWN, Binary, ExprError, Name, Number, Record, Text

ENV = {
    "width": 64,
    "scale": 0.5,
    "bias": False,
    "block": "basic",
    "nothing": None,
    "depths": [3, 4, 6, 3],
    "input": Record({"channels": 128, "shape": (128, 56, 56)}),
    "stages": [Record({"out": 16, "stride": 1}), Record({"out": 24, "stride": 2})],
    "lost": UNKNOWN,
}


def value(text, env=ENV):
    return expr.evaluate(expr.parse(text), env)


def refusal(text, env=ENV):
    with pytest.raises(ExprError) as caught:
        expr.evaluate(expr.parse(text), env)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-2 ** 2", -4),
        ("2 ** 3 ** 2", 512),
        ("2 ** -1", 0.5),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("6 / 2", 3),
        ("7 / 2.0", 3.5),
        ("1e-3", 0.001),
        (".5 + 1.25", 1.75),
        ("56 // 2 ** 3", 7),
        ("width * scale", 32.0),
        ("2 if width > 3 and not bias else 1", 2),
        ("1 if bias else 2 if false else 3", 3),
        ("0 < width <= 64", True),
        ("block == 'basic'", True),
        ('block != "basic"', False),
        ("nothing == null", True),
        ("width != None", True),
        ("depths == [3, 4, 6, 3]", True),
        ("depths[1]", 4),
        ("depths[-1]", 3),
        ("depths[1:3]", [4, 6]),
        ("depths[::2]", [3, 6]),
        ("len(depths) + sum(depths)", 20),
        ("max(depths) - min(4, 2)", 4),
        ("input.channels // 2", 64),
        ("input.shape[1]", 56),
        ("stages[1].out * stages[1].stride", 48),
        ("round(2.5) + ceil(1.2) + floor(1.8) + abs(-3)", 8),
        ("make_divisible(32 * 1.4)", 48),
        ("make_divisible(10, 8)", 16),
        ("make_divisible(3, 8, 16)", 16),
        ("['a\\n', 'it\\'s', \"x\"]", ["a\n", "it's", "x"]),
        ("bias and depths[99]", False),
        ("true or depths[99]", True),
    ],
)
def test_value(text, expected):
    assert value(text) == expected
    assert type(value(text)) is type(expected)


@pytest.mark.parametrize("text", ["lost + 1", "lost and bias", "not lost", "1 if lost else 2", "lost.x", "lost[0]"])
def test_what_is_unknown_absorbs_what_is_done_with_it(text):
    assert value(text) is UNKNOWN


def test_a_list_may_be_unknown_in_part():
    assert value("[1, lost][0]") == 1
    assert value("sum([1, lost])") is UNKNOWN


@pytest.mark.parametrize(
    ("text", "message", "marked"),
    [
        ("", "an expression is missing", ""),
        ("1 +", "the expression ends too early", ""),
        ("(1, 2)", "expected `)` to close `(`, found `,`", ","),
        ("1 2", "unexpected `2`", "2"),
        ("min(1", "expected `,` or `)` to close `(`", ""),
        ("width = 3", "unexpected character `=`; compare with `==`", "="),
        ("2width", "`2width` is neither a number nor a name; a product is written with `*`", "2width"),
        ("1_000", "`1_000` is neither a number nor a name; a product is written with `*`", "1_000"),
        ("'open", "unexpected character `'`; the quote is never closed", "'"),
        ("width if bias", "expected `else` after a condition", ""),
        ("depths[]", "an index is missing", "]"),
        ("lambda: 1", "`lambda` cannot be used in an expression", "lambda"),
        ("input.__class__", "names do not start with an underscore: `__class__`", "__class__"),
        ("width.real(1)", "only a function can be called", "("),
        ("flor(1.5)", "unknown function `flor`; did you mean `floor`?", "flor"),
        ("abs(1, 2)", "`abs` takes 1 argument, got 2", "abs(1, 2)"),
        ("widht + 1", "unknown name `widht`; did you mean `width`?", "widht"),
        ("input.chanels", "there is no `.chanels` here; did you mean `channels`?", "input.chanels"),
        ("depths.append", "list has no `.append`", "depths.append"),
        ("1 + 7 / 2", "7 / 2 does not divide exactly; use // to round down", "7 / 2"),
        ("1 // (2 - 2)", "1 // 0 divides by zero", "1 // (2 - 2)"),
        ("depths + depths", "list + list is not allowed: `+` takes numbers", "depths + depths"),
        ("bias + 1", "bool + int is not allowed: `+` takes numbers", "bias + 1"),
        ("block == 1", "str == int compares what can never be equal", "block == 1"),
        ("block < block", "str < str is not allowed: `<` takes numbers", "block < block"),
        ("width and bias", "`and` wants true or false, got int; compare it, as in `x != 0`", "width"),
        ("depths[4]", "index 4 is out of range for a list of 4", "depths[4]"),
        ("2 ** 62", "2 ** 62 is too large: whole numbers stay below 2 ** 62", "2 ** 62"),
        ("2 ** 61 + 2 ** 61", "the result is too large: whole numbers stay below 2 ** 62", "2 ** 61 + 2 ** 61"),
        ("1e300 * 1e300", "the result is too large", "1e300 * 1e300"),
        ("(-8) ** 0.5", "-8 ** 0.5: a negative number has no such power", "(-8) ** 0.5"),
    ],
)
def test_refusal_says_what_and_where(text, message, marked):
    error = refusal(text)
    assert str(error) == message
    assert text[error.at : error.at + error.length] == marked


@pytest.mark.parametrize(
    ("text", "code"), [("1 +", "ARC020"), ("nobody", "ARC021"), ("nobody(1)", "ARC021"), ("1 / 0", "ARC022")]
)
def test_refusal_has_a_code(text, code):
    assert refusal(text).code == code


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9",
        "9**9**9**9**9",
        "10 ** 10 ** 10",
        "(-7) ** 999999999999",
        "2.0 ** 1e300",
        "1" * 200,
        "1e99999",
        "1" * 1_000_000,
        "(" * 250,
        "(" * 33 + "1" + ")" * 33,
        "[" * 34 + "]" * 34,
        "-" * 250 + "1",
        "not " * 60 + "true",
        "2**" * 80 + "2",
        "1 if true else " * 16 + "2 if" * 10,
        "__import__('os').system('true')",
        "().__class__.__bases__",
        "open('/etc/passwd')",
        "[x for x in depths]",
        "f'{width}'",
        "width\u00a0+ 1",
        "１ + 1",
        "a\x00b",
        "'\\ud800\\N{DASH}'",
    ],
)
def test_hostile_text_is_refused_at_once(text):
    started = time.perf_counter()
    refusal(text)
    assert time.perf_counter() - started < 0.02


def test_nesting_up_to_the_limit_is_fine():
    assert value("(" * 32 + "1" + ")" * 32) == 1
    assert value("+".join("1" * 128)) == 128


def test_nodes_know_their_characters():
    text = "width * (2 + depths[0])"
    tree = expr.parse(text)
    assert isinstance(tree, Binary)
    assert text[tree.right.at : tree.right.end] == "(2 + depths[0])"
    assert tree == expr.parse("width*( 2+depths[ 0 ])")


def test_one_and_one_point_zero_differ():
    assert expr.parse("1") != expr.parse("1.0")
    assert expr.parse("1") != expr.parse("true")


def test_names_are_the_free_ones():
    assert expr.names(expr.parse("max(a, b.c[d]) if e else 'f'")) == {"a", "b", "d", "e"}


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a+b *c", "a + b * c"),
        ("(a+b)*c", "(a + b) * c"),
        ("a-(b-c)", "a - (b - c)"),
        ("(a-b)-c", "a - b - c"),
        ("(a**b)**c", "(a ** b) ** c"),
        ("(-2)**2", "(-2) ** 2"),
        ("-(2**2)", "-2 ** 2"),
        ("not(a and b)or c", "not (a and b) or c"),
        ("(1 if a else 2)if b else 3", "(1 if a else 2) if b else 3"),
        ("(a==b)==True", "(a == b) == true"),
        ("0<a<3", "0 < a and a < 3"),
        ("x[1:,]".replace(",", ""), "x[1:]"),
        ("x[::2]", "x[::2]"),
        ('["it\'s",None,]', '["it\'s", null]'),
    ],
)
def test_canonical_text(text, canonical):
    assert expr.to_text(expr.parse(text)) == canonical


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("4 * out / 2", "4 * out // 2"),
        ("ceil(out * 0.5)", "math.ceil(out * 0.5)"),
        ("true and x == null", "True and x is None"),
        ("make_divisible(out, 8)", "make_divisible(out, 8)"),
        ("x[1:][0] + 2 ** -out", "x[1:][0] + 2**-out"),
        ("['it\\'s']", '("it\'s",)'),
    ],
)
def test_python_source(text, source):
    assert python(expr.parse(text)) == source


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("a + b + b", "a + 2 * b"),
        ("a - a", "0"),
        ("1 * x", "x"),
        ("0 * x", "0"),
        ("x + 0", "x"),
        ("x // 1", "x"),
        ("2 * (3 * x)", "6 * x"),
        ("growth + (stem + 2 * growth)", "3 * growth + stem"),
        ("4 * out // 2", "2 * out"),
        ("heads * size // heads", "size"),
        ("x // 2 // 3", "x // 6"),
        ("2 * (x + 1) - 2", "2 * x"),
        ("(4 * x + 3) // 2", "2 * x + 1"),
        ("(4 * x + 3) % 2", "1"),
        ("2 + 3 if 1 < 2 else x", "5"),
        ("max(2 * 3, x + x)", "max(6, 2 * x)"),
        ("[a, b][1]", "b"),
    ],
)
def test_simplified(text, simple):
    assert expr.to_text(expr.simplify(expr.parse(text))) == simple


@pytest.mark.parametrize(
    "text", ["expansion * out", "x * 2", "2 * (x + 1)", "7 / 2", "a // b * b", "0.1 * x + 0.1 * x", "-x + y", "x // 2"]
)
def test_what_is_short_stays_as_written(text):
    assert expr.to_text(expr.simplify(expr.parse(text))) == text


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("width * 2 ** i", "64 * 2 ** i"),
        ("depths[1] * i", "4 * i"),
        ("depths[i]", "[3, 4, 6, 3][i]"),
        ("stages[1].out + i", "24 + i"),
        ("stages[i].out", "stages[i].out"),
        ("input.channels // 2 == i", "64 == i"),
        ("2 if width > 3 and i == 0 else 1", "2 if i == 0 else 1"),
        ("i if bias else other", "other"),
        ("i / (width - 64)", "i / 0"),
        ("(7 / 2) if i else 0", "7 / 2 if i else 0"),
        ("block", "'basic'"),
        ("lost + i", "lost + i"),
        ("hidden + 1", "4 * out + 1"),
    ],
)
def test_substituted(text, result):
    env = ENV | {"hidden": expr.parse("4 * out")}
    assert expr.to_text(expr.substitute(expr.parse(text), env)) == result


def test_a_literal_is_a_value_written_out():
    assert expr.literal([1, "a"]) == expr.ListExpr((Number(1), Text("a")))
    assert expr.literal([1, Record({})]) is None


def test_template():
    assert expr.parse_template("layer{i + 1}_{{x}}") == ("layer", expr.parse("i + 1"), "_{x}")
    assert expr.parse_template("{'}'}") == (Text("}"),)
    assert expr.has_template("a{i}")
    assert not expr.has_template("layer")


@pytest.mark.parametrize(
    ("text", "marked"), [("stage{i + }", "}"), ("stage{wd + $}", "$"), ("a{b", "{"), ("a}b", "}"), ("a{}", "}")]
)
def test_template_errors_stand_in_the_whole_text(text, marked):
    with pytest.raises(ExprError) as caught:
        expr.parse_template(text)
    assert text[caught.value.at] == marked


NAMES = ("a", "b", "c")
WHOLE = st.integers(0, 9).map(Number)
LEAF = WHOLE | st.sampled_from(NAMES).map(Name)


def arithmetic(operators, leaf=LEAF):
    return st.recursive(leaf, lambda inner: st.builds(Binary, st.sampled_from(operators), inner, inner), max_leaves=12)


def syntax():
    """Any tree that the parser can give."""
    leaf = (
        LEAF
        | st.floats(0, 1e30).map(Number)
        | st.text(max_size=5).map(Text)
        | st.booleans().map(expr.Bool)
        | st.just(expr.Null())
    )

    def grow(inner):
        bound = inner | st.just(expr.Null())
        return (
            st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), inner, inner)
            | st.builds(expr.Compare, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner, inner)
            | st.builds(expr.Logic, st.sampled_from(["and", "or"]), inner, inner)
            | st.builds(expr.Unary, st.just("not"), inner)
            | inner.map(negated)
            | st.builds(expr.IfElse, inner, inner, inner)
            | st.builds(expr.Attr, inner, st.sampled_from(["out", "shape"]))
            | st.builds(expr.Index, inner, inner)
            | st.builds(expr.SliceIndex, inner, bound, bound, bound)
            | st.builds(lambda args: expr.Func("max", tuple(args)), st.lists(inner, min_size=1, max_size=3))
            | st.builds(lambda items: expr.ListExpr(tuple(items)), st.lists(inner, max_size=3))
        )

    return st.recursive(leaf, grow, max_leaves=10)


def negated(tree):
    return Number(-tree.value) if isinstance(tree, Number) else expr.Unary("-", tree)


@settings(max_examples=300, deadline=None)
@given(syntax())
def test_what_is_printed_parses_to_the_same_tree(tree):
    text = expr.to_text(tree)
    assume(len(text) <= 256)
    assert expr.parse(text) == tree


@settings(max_examples=300, deadline=None)
@given(arithmetic(["+", "-", "*", "//", "%", "**"]), st.tuples(*[st.integers(-5, 9)] * 3))
def test_value_is_python_s(tree, numbers):
    env = dict(zip(NAMES, numbers, strict=True))
    try:
        found = expr.evaluate(tree, env)
    except ExprError:
        return
    assert found == eval(expr.to_text(tree), {}, env)
    assert found == eval(python(tree), {}, env)


@settings(max_examples=500, deadline=None)
@given(arithmetic(["+", "-", "*", "/", "//", "%"]), st.tuples(*[st.integers(-5, 9)] * 3))
def test_rewriting_keeps_the_value_and_is_no_longer(tree, numbers):
    env = dict(zip(NAMES, numbers, strict=True))
    simple = expr.simplify(tree)
    assert len(list(_nodes(simple))) <= len(list(_nodes(tree)))
    assert expr.simplify(simple) == simple
    try:
        found = expr.evaluate(tree, env)
    except ExprError:
        return
    assert expr.evaluate(simple, env) == found
    assert expr.substitute(tree, env) == expr.literal(found)


@settings(max_examples=200, deadline=None)
@given(arithmetic(["+", "-", "*", "//", "%"]), st.tuples(*[st.integers(-5, 9)] * 2))
def test_substituting_in_part_keeps_the_value(tree, numbers):
    a, c = numbers
    try:
        found = expr.evaluate(tree, {"a": a, "b": c + 1, "c": c})
    except ExprError:
        return
    partly = expr.substitute(tree, {"a": a, "b": expr.parse("c + 1")})
    assert expr.names(partly) <= {"c"}
    assert expr.evaluate(partly, {"c": c}) == found


def _nodes(tree):
    yield tree
    for part in expr.children(tree):
        yield from _nodes(part)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab1.+-*/%()[]:,'\"=<>! \\{}eif not", max_size=60))
def test_any_text_is_read_or_refused(text):
    for read in (expr.parse, expr.parse_template):
        try:
            read(text)
        except ExprError as error:
            assert error.length >= 1
            assert 0 <= error.at <= len(text)
