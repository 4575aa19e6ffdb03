"""What a constructor refuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archc.codegen.arguments import Argument, Needs
from archc.codegen.assignments import operand
from archc.codegen.facts import NEGATED
from archc.codegen.formulas import forward_formulas
from archc.codegen.ir import Guard, Unit
from archc.codegen.layout import STEP
from archc.codegen.python import string
from archc.codegen.statements import guards_in
from archc.codegen.text import File, Scope
from archc.expr import Bool, Compare, Expr, Func, Index, Logic, Name, Number, Text, Unary
from archc.expr.nodes import Binary, children
from archc.expr.parser import AND
from archc.spec.model import Spec

Lines = list[str]
_Parted = tuple[tuple[Expr, ...], Expr]
"""A condition, behind what makes it needless."""
SHORT = 20
"""How long a formula may be whose value a message tells."""


def guards_of_parameters(unit: Unit, arguments: Sequence[Argument], needs: Needs) -> Lines:
    """Refuse what the declarations of a network's parameters refuse, and sizes below 1."""
    if not isinstance(unit.definition, Spec):
        return []
    found: Lines = []
    floors: dict[float, list[tuple[str, bool]]] = {}
    for argument in arguments:
        param = argument.param
        if param is None:
            continue
        least = _least(argument, unit, needs)
        is_chosen = bool(param.choices) and param.type != "block"
        if is_chosen and least is not None and all(_reaches(choice, least) for choice in param.choices):
            least = None
        if param.maximum is not None and not param.item_type:
            found += _between(argument.name, least, param.maximum)
        elif least is not None:
            floors.setdefault(least, []).append((argument.name, bool(param.item_type)))
        if param.length is not None:
            test, message = (
                f"len({argument.name}) != {param.length}",
                f"{argument.name} must have {_entries(str(param.length))}",
            )
            found += [f"if {test}:", f"{STEP}raise ValueError({string(message)})"]
        if is_chosen:
            choices = ", ".join(_literal(choice) for choice in param.choices)
            message = f"{argument.name} must be {_one_of(map(str, param.choices))}"
            test = f"{argument.name} not in ({choices}{',' if len(param.choices) == 1 else ''})"
            found += [f"if {test}:", f"{STEP}raise ValueError({string(message)})"]
    return [line for least, each in floors.items() for line in _floor(least, each)] + found


def guards_of_choices(file: File, unit: Unit, arguments: Sequence[Argument]) -> Lines:
    """Refuse other functions and classes than those that a parameter is compared with, in any class of the network."""
    units = file.analysis.units if isinstance(unit.definition, Spec) else (unit,)
    trees = [t for each in units for t in (*file.analysis.formulas_of(each.body), *forward_formulas(each.actions))]
    trees += [value for each in units for name, value in each.lets if name in file.analysis.needs[id(each)].live]
    compared = {symbol for tree in trees for symbol in _compared(tree)}
    found: Lines = []
    for argument in arguments:
        if argument.param is None or argument.param.type != "block" or argument.symbol not in compared:
            continue
        shown = [file.class_of(str(choice)) for choice in argument.param.choices]
        found += [
            f"if {argument.name} not in ({', '.join(shown)}{',' if len(shown) == 1 else ''}):",
            f'{STEP}raise ValueError("{argument.name} must be {_one_of(shown)}")',
        ]
    return found


def _compared(tree: Expr) -> Iterator[str]:
    """The symbols that a formula compares with a text."""
    match tree:
        case Compare(left=Name(id=symbol), right=Text()):
            yield symbol
        case _:
            for part in children(tree):
                yield from _compared(part)


def _least(argument: Argument, unit: Unit, needs: Needs) -> float | None:
    """The least that a parameter can be, by its declaration or by what it is used for."""
    param = argument.param
    found = [param.minimum] if param is not None and param.minimum is not None else []
    asked = [each for each in guards_in(unit.body) if id(each) in needs.guards and not each.conditional]
    for guard in asked:
        match guard.condition:
            case Compare(
                op=">=", left=Name(id=symbol) | Func(name="min", args=(Name(id=symbol),)), right=Number(value=least)
            ):
                if symbol == argument.symbol:
                    needs.guards.discard(id(guard))
                    found.append(least)
            case _:
                pass
    found += _of_entries(argument, asked, needs)
    least = max(found, default=None)
    if least == 0 and (divisor := next((each for each in asked if _is_nonzero(each.condition, argument)), None)):
        needs.guards.discard(id(divisor))
        least = 1
    most = param.maximum if param is not None else None
    for guard in guards_in(unit.body):  # those under a condition ask for no more
        asked = guard.condition
        if isinstance(asked, Logic) and asked.op == "or":
            asked = asked.right
        match asked:
            case Compare(op=">=", left=Name(id=symbol), right=Number(value=bound)):
                is_settled = least is not None and bound <= least
            case Compare(op="<=", left=Name(id=symbol), right=Number(value=bound)):
                is_settled = most is not None and bound >= most
            case Compare(op="!=", left=Name(id=symbol), right=Number(value=0)):
                is_settled = least is not None and least > 0
            case _:
                continue
        if symbol == argument.symbol and is_settled:
            needs.guards.discard(id(guard))
    return int(least) if least is not None and float(least).is_integer() and param and "int" in param.type else least


def _is_nonzero(need: Expr, argument: Argument) -> bool:
    is_whole = argument.param is not None and argument.param.type == "int"
    return is_whole and need == Compare("!=", Name(argument.symbol), Number(0))


def _of_entries(argument: Argument, guards: Sequence[Guard], needs: Needs) -> list[float]:
    """The least of all entries of a list of so many, where each is read."""
    found: dict[float, dict[int, Guard]] = {}
    for guard in guards:
        match guard.condition:
            case Compare(
                op=">=", left=Index(obj=Name(id=symbol), index=Number(value=int(at))), right=Number(value=least)
            ):
                if symbol == argument.symbol:
                    found.setdefault(least, {})[at] = guard
            case _:
                pass
    length = argument.param.length if argument.param is not None else None
    whole = [
        least for least, each in found.items() if length is not None and len({at % length for at in each}) == length
    ]
    for least in whole:
        needs.guards -= {id(guard) for guard in found[least].values()}
    return whole


def _between(name: str, least: float | None, most: float) -> Lines:
    test = f"not {least:g} <= {name} <= {most:g}" if least is not None else f"{name} > {most:g}"
    bounds = f"from {least:g} to {most:g}" if least is not None else f"at most {most:g}"
    return [f"if {test}:", f'{STEP}raise ValueError(f"{name} ({{{name}}}) must be {bounds}")']


def _floor(least: float, names: Sequence[tuple[str, bool]]) -> Lines:
    """Refuse numbers, and entries of lists, below one bound."""
    shown = [name for name, _ in names]
    lists = [name for name, several in names if several]
    if len(names) == 1:
        test = f"min({shown[0]}, default={least:g}) < {least:g}" if lists else f"{shown[0]} < {least:g}"
    elif len(lists) == len(names):
        test = f"min({least:g}, {', '.join(f'*{name}' for name in lists)}) < {least:g}"
    else:
        items = ", ".join([*(name for name, several in names if not several), *(f"*{name}" for name in lists)])
        only = len(names) - len(lists) == 1 and bool(lists)  # `min` of one number alone is none
        test = f"min([{items}]) < {least:g}" if only else f"min({items}) < {least:g}"
    return [f"if {test}:", f'{STEP}raise ValueError("{_and(shown)} must be at least {least:g}")']


def _reaches(choice: object, least: float) -> bool:
    return isinstance(choice, (int, float)) and choice >= least


def guards(scope: Scope, needs: Iterable[Expr]) -> Lines:
    """Refuse where one of some conditions does not hold, those of one bound together."""
    found: Lines = []
    waiting = sorted(dict.fromkeys(map(_parted, needs)), key=_place)
    while waiting:
        tests, need = waiting.pop(0)
        head, message = _refusal(scope, need)
        if isinstance(need, Compare) and need.op == ">=" and not _is_of_list(need.left):
            shown, bound = [scope.text(need.left)], scope.text(need.right)
            most = next((each for each in waiting if _is_ceiling((tests, need), each)), None)
            same = [each for each in waiting if _is_alike((tests, need), each, waiting)]
            if most is not None:
                waiting.remove(most)
                top = scope.text(children(most[1])[1])
                head = f"not {bound} <= {shown[0]} <= {top}"
                message = f"{_quoted(scope, need.left)} must be from {bound} to {top}"
            elif same:
                waiting = [each for each in waiting if each not in same]
                shown = [*dict.fromkeys((*shown, *(scope.text(children(each)[0]) for _, each in same)))]
                if len(shown) > 1:
                    head, message = f"min({', '.join(shown)}) < {bound}", f"{_and(shown)} must be at least {bound}"
        head = " and ".join([*(scope.text(negated(test), AND) for test in tests), operand(head) if tests else head])
        text = string(message) if "{" not in message else f'f"{message}"'
        found += [f"if {head}:", f"{STEP}raise ValueError({text})"]
    return found


def _parted(need: Expr) -> _Parted:
    """A condition, and what makes it needless."""
    if isinstance(need, Logic) and need.op == "or" and not _values_of(need):
        tests, inner = _parted(need.right)
        return (need.left, *tests), inner
    return (), need


def _place(asked: _Parted) -> int:
    """Lists must have their entries before these are read, divisors be other than 0 before they are used."""
    match asked[1]:
        case Compare(op=">=", left=Func(name="len")):
            return 0
        case Compare(op="!="):
            return 1
        case _:
            return 2


def _is_of_list(tree: Expr) -> bool:
    return isinstance(tree, Func) and len(tree.args) == 1 and tree.name in ("len", "min")


def _is_alike(one: _Parted, other: _Parted, among: Iterable[_Parted]) -> bool:
    """Whether another number has the same least value, and no greatest."""
    match one[1], other[1]:
        case Compare(right=right), Compare(op=">=", left=left, right=same):
            is_same = one[0] == other[0] and right == same and not _is_of_list(left)
            return is_same and not any(_is_ceiling(other, each) for each in among)
        case _:
            return False


def _is_ceiling(one: _Parted, other: _Parted) -> bool:
    """Whether the number of one bound has a greatest value by another."""
    match one[1], other[1]:
        case Compare(op=">=", left=left, right=Number()), Compare(op="<=", left=same, right=Number()):
            return one[0] == other[0] and left == same
        case _:
            return False


def _refusal(scope: Scope, need: Expr) -> tuple[str, str]:
    """The test that refuses what a condition is about, and what it says."""
    match need:
        case Compare(
            op="==",
            left=Binary(op="%", left=Binary(op="-", left=a, right=Number(value=1)), right=Number(value=2) as b),
            right=Number(value=0),
        ):
            test, message = Compare("==", Binary("%", a, b), Number(0)), f"{_quoted(scope, a)} must be odd"
        case Compare(op="==", left=Binary(op="%", left=a, right=b), right=Number(value=0)):
            test, message = Binary("%", a, b), f"{_quoted(scope, a)} must be divisible by {_quoted(scope, b)}"
        case Compare(op=">=", left=Func(name="len", args=(Name() as a,)), right=Func(name="len", args=(Name() as b,))):
            message = f"{scope.text(a)} must have an entry for each of {scope.text(b)}"
            test = Compare("<", need.left, need.right)
        case Compare(op=">=", left=Func(name="len", args=(Name() as a,)), right=b):
            test, message = Compare("<", need.left, b), f"{scope.text(a)} must have at least {_entries(scope.text(b))}"
        case Compare(op=">=", left=Func(name="min", args=(Name() as a,)), right=b):
            name, least = scope.text(a), scope.text(b)
            return f"min({name}, default={least}) < {least}", f"{name} must be at least {least}"
        case Compare(op="!=", left=a, right=b):
            test, message = Compare("==", a, b), f"{scope.text(a)} must not be {_quoted(scope, b)}"
        case Compare(op=op, left=a, right=b):
            test = Compare(NEGATED[op], a, b)
            message = f"{_quoted(scope, a)} must be {_words(op)}{_quoted(scope, b)}"
        case Logic(op="or") if values := _values_of(need):
            name, texts = scope.text(values[0].left), [scope.text(each.right) for each in values]
            shown = [text.strip('"') for text in texts]
            return f"{name} not in ({', '.join(texts)})", f"{_quoted(scope, values[0].left)} must be {_one_of(shown)}"
        case Name():
            test, message = Unary("not", need), f"{scope.text(need)} must be True"
        case Unary(op="not", operand=Name() as flag):
            test, message = flag, f"{scope.text(flag)} must be False"
        case _:
            test = negated(need)
            message = f"these arguments do not fit: {_plain(scope, test)}"
    return scope.text(test), message


def _values_of(need: Expr) -> list[Compare]:
    """The values that one formula may have, as comparisons, where that is what a condition says."""
    match need:
        case Logic(op="or", left=left, right=Compare(op="==", right=Number() | Text() | Bool()) as last):
            first = [left] if isinstance(left, Compare) and left.op == "==" else _values_of(left)
            return [*first, last] if first and first[0].left == last.left else []
        case _:
            return []


def _plain(scope: Scope, tree: Expr) -> str:
    return scope.text(tree).replace('"', "'").replace("{", "").replace("}", "")


def _quoted(scope: Scope, tree: Expr) -> str:
    """A formula with its value, where that is short."""
    text = scope.text(tree)
    if isinstance(tree, Number) or '"' in text or "{" in text:
        return text.replace('"', "'").replace("{", "(").replace("}", ")")
    return f"{text} ({{{text}}})" if len(text) <= SHORT else text


def negated(tree: Expr) -> Expr:
    """The condition that holds where another does not."""
    match tree:
        case Unary(op="not"):
            return tree.operand
        case Compare():
            return Compare(NEGATED[tree.op], tree.left, tree.right)
        case _:
            return Unary("not", tree)


def _words(op: str) -> str:
    return {"==": "", "!=": "other than ", ">=": "at least ", "<=": "at most ", ">": "more than ", "<": "less than "}[
        op
    ]


def _one_of(names: Iterable[str]) -> str:
    """`1, 3 or 5`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _entries(count: str) -> str:
    return f"{count} {'entry' if count == '1' else 'entries'}"


def _literal(value: object) -> str:
    return string(value) if isinstance(value, str) else repr(value)
