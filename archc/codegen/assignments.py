"""Lines that assign and branch, as they are written best."""

from __future__ import annotations

import re
from collections.abc import Collection

from archc.codegen.layout import STEP, split_operands

Lines = list[str]


def updated(name: str, text: str) -> str:
    """An assignment, `x += y` where it is one."""
    for op in ("+", "//", "*", "-"):
        if text.startswith(f"{name} {op} ") and not _has_operator(text[len(name) + len(op) + 2 :], op):
            return f"{name} {op}= {text[len(name) + len(op) + 2 :]}"
    return f"{name} = {text}"


def _has_operator(text: str, op: str) -> bool:
    """Whether what follows would be taken together otherwise."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth == 0 and char == " ":
            ahead = text[at + 1 :]
            if ahead.startswith(("if ", "else ", "and ", "or ", "+", "-", "//", "%", "/")) or (
                op != "+" and ahead[:1] == "*"
            ):
                return True
    return False


def operand(test: str) -> str:
    """A condition beside `and`."""
    return f"({test})" if any(len(split_operands(test)) > 1 and f" {word} " in test for word in ("if", "or")) else test


def as_modules(then: Lines, other: Lines) -> tuple[Lines, Lines]:
    """Lines of two ways, the attributes annotated the first time that are something else on the other way."""
    annotated = re.compile(r"( *self\.\w+): nn\.Module = ")
    plain = [annotated.sub(r"\1 = ", line) for line in other]
    mine = {line.partition(" = ")[0] for line in then if line.startswith("self.")}
    shared = mine & {line.strip().partition(" = ")[0] for line in plain}
    first = [line.replace(" = ", ": nn.Module = ", 1) if line.partition(" = ")[0] in shared else line for line in then]
    return first, [
        bare if bare.strip().partition(" = ")[0] in shared else line for line, bare in zip(other, plain, strict=True)
    ]


def otherwise(other: Lines) -> Lines:
    """What is done else, one condition more after the first."""
    if other and other[0].startswith("if ") and all(line.startswith((STEP, "elif ", "else:")) for line in other[1:]):
        return [f"el{other[0]}", *other[1:]]
    return ["else:", *indented(other)] if other else []


def whatever_class(then: Lines, other: Lines, test: str, classes: Collection[str]) -> Lines | None:
    """What is done for one of two classes, where the other one is called alike: by the name of the choice."""
    name, is_one, cls = test.partition(" is ")
    if not is_one or len(then) != len(other):
        return None
    found: set[str] = set()
    for line, instead in zip(then, other, strict=True):
        call = re.escape(line).replace(re.escape(f"{cls}("), r"([\w.]+)\(")
        match = re.fullmatch(call, instead)
        if match is None:
            return None
        found |= set(match.groups())
    both = len(found) == 1 and {cls, *found} == {*classes}
    return [line.replace(f"{cls}(", f"{name}(") for line in then] if both else None


def kept_alone(body: Lines, name: str, attribute: str) -> Lines:
    """Lines in which a let that is an attribute too is that alone, and one that nothing reads is not."""
    first = next((line for line in body if line.startswith(f"{name} = ")), "")
    kept = f"self.{attribute} = {name}"
    word = re.compile(rf"(?<![\w.]){re.escape(name)}\b(?!=[^=])")
    reads = [line for line in body if line not in (first, kept) and word.search(line)]
    if not reads and not attribute:
        return [line for line in body if line != first]
    if not first or kept not in body or len(reads) > 2 or any('"' in line for line in reads):
        return body
    ahead = body[: body.index(kept)]
    if any(line in ahead for line in reads):
        return body
    made = [line if line == first else word.sub(f"self.{attribute}", line) for line in body if line != kept]
    made.remove(first)
    made.insert(body.index(kept) - 1, f"self.{attribute}{first.removeprefix(name)}")
    return made


def used_twice(body: Lines, taken: Collection[str]) -> Lines:
    """The lines of a round that hands on what it makes modules with, which is worked out once then."""
    name, _, value = body[-1].partition(" = ") if body else ("", "", "")
    again = f"out_{name.removeprefix('in_')}"
    use = re.compile(rf"(\w\(|, ){re.escape(value)}(?=[,)])")
    at = next((at for at, line in enumerate(body[:-1]) if use.search(line)), len(body))
    is_long = " " in value or "(" in value
    is_free = again not in taken and not any(again in line for line in body)
    if not is_free or again not in ("out_channels", "out_features") or not is_long or at == len(body):
        return body
    sets = {each for line in body[at:-1] if "= " in line for each in re.findall(r"\w+", line.partition("= ")[0])}
    if body[at].startswith(STEP) or sets & {*re.findall(r"\w+", value)}:
        return body
    lines = [use.sub(rf"\1{again}", line) for line in body[at:-1]]
    return [*body[:at], f"{again} = {value}", *lines, f"{name} = {again}"]


def with_else(lines: Lines) -> Lines:
    """Lines with `else` for `if not x` right behind what `if x` does."""
    found = list(lines)
    heads = [re.fullmatch(r"( *)if (not )?([\w.]+):", line) for line in lines]
    for at, head in enumerate(heads):
        if head is None:
            continue
        pad, other = head[1], f"{head[1]}if {'' if head[2] else 'not '}{head[3]}:"
        end = _end(lines, at, pad)
        behind = _end(lines, end, pad) if end < len(lines) and lines[end] == other else None
        if behind is not None and found[at] == lines[at] and lines[behind : behind + 1] != [f"{pad}else:"]:
            found[end] = f"{pad}else:"
    return found


def _end(lines: Lines, at: int, pad: str) -> int:
    """Where the block of a line ends."""
    return next((n for n in range(at + 1, len(lines)) if not lines[n].startswith(pad + STEP)), len(lines))


def at_once(lines: Lines, name: str) -> Lines:
    """A loop that only puts one module after the other into a list, as one statement."""
    start = f"{STEP}{name}.append("
    if len(lines) < 2 or not lines[-2].startswith("for ") or not lines[-1].startswith(start):
        return lines
    return [*lines[:-2], f"{name} += [{lines[-1][len(start) : -1]} {lines[-2][:-1]}]"]


def indented(lines: Lines) -> Lines:
    """Lines one step further in."""
    return [STEP + line for line in lines]
