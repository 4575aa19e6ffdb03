"""Specs by which a stranger could hope to do harm: each of a few lines or of a megabyte, and what archc must say of it.

Every row of the list of threats that is about the text of a spec is here; files, paths and outputs have tests of their
own beside this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from archc import codes

HEAD = "archc: 1\nname: net\n"
X = HEAD + "inputs: {x: [8]}\n"


@dataclass(frozen=True)
class Attack:
    """A text, with the code and the line of the first finding that it must lead to."""

    threat: str
    name: str
    write: Callable[[], str]
    code: str
    line: int | None = None
    """None where a finding about the whole file stands at its beginning."""

    @property
    def text(self) -> str:
        return self.write()


def _listed() -> Iterator[Attack]:
    def add(name: str, write: Callable[[], str], code: str, line: int | None = 3) -> Attack:
        return Attack(threat, name, write, code, line)

    threat = "aliases, merge keys, tags"
    yield add("ten levels of ten aliases", _alias_bomb, codes.YAML_SUBSET)
    yield add("100,000 aliases", lambda: HEAD + "a: &a 1\nb: [" + "*a," * 100_000 + "]\n", codes.YAML_SUBSET)
    yield add(
        "60,000 anchors", lambda: HEAD + "a: [" + "".join(f"&a{i} 1," for i in range(60_000)) + "]", codes.YAML_SUBSET
    )
    yield add("a merge key", lambda: HEAD + "a: {<<: {b: 1}}\n", codes.YAML_SUBSET)
    yield add("a Python object", lambda: X + "title: !!python/name:os.system x\nsteps: [relu]", codes.YAML_SUBSET, 4)
    yield add("a thousand documents", lambda: HEAD + "---\n" * 1000, codes.YAML_SUBSET)

    threat = "size and depth"
    yield add("a character too many", lambda: HEAD + "#" * 1_000_000, codes.LIMIT, None)
    yield add("100,000 brackets", lambda: HEAD + "a: " + "[" * 100_000, codes.LIMIT)
    yield add("100,000 braces", lambda: HEAD + "a: " + "{a: " * 100_000, codes.LIMIT)
    yield add("half a million dashes", lambda: HEAD + "a:\n" + "- " * 490_000, codes.LIMIT, 4)
    yield add("a quote never closed", lambda: HEAD + 'a: "' + "x" * 900_000, codes.YAML_SYNTAX)
    yield add("keys without end", lambda: HEAD + "? " * 400_000, codes.YAML_SUBSET)
    yield add("a key of 900,000 letters", lambda: HEAD + "x" * 900_000 + ": 1", codes.YAML_SYNTAX)
    yield add("50,000 keys", lambda: HEAD + "".join(f"k{i}: 1\n" for i in range(50_000)), codes.LIMIT, 1001)
    yield add("20,000 inputs", lambda: HEAD + "inputs: {" + _entries("x", "[2]", 20_000) + "}", codes.LIMIT)
    yield add("30,000 parameters", lambda: HEAD + "params: {" + _entries("p", "1", 30_000) + "}", codes.LIMIT)
    yield add("30,000 lets", lambda: HEAD + "let: {" + _entries("l", "1 + 1", 30_000) + "}", codes.LIMIT)
    yield add("20,000 blocks", lambda: HEAD + "blocks: {" + _entries("b", "{steps: [relu]}", 20_000) + "}", codes.LIMIT)
    yield add("30,000 branches", lambda: X + "steps: [{cat: {" + _entries("b", "[]", 30_000) + "}}]", codes.LIMIT, 4)
    yield add(
        "1,000 variants", lambda: X + "variants: {" + _entries("v", "{}", 1000) + "}\nsteps: [relu]", codes.LIMIT, 4
    )

    threat = "numbers and expressions"
    yield add("900,000 digits", lambda: HEAD + "inputs: {x: [" + "9" * 900_000 + "]}", codes.LIMIT)
    yield add("900,000 hexadecimal digits", lambda: HEAD + "inputs: {x: [0x" + "f" * 900_000 + "]}", codes.LIMIT)
    yield add("9 ** 9 ** 9", lambda: X + "steps: [{Linear: 9**9**9}]", codes.EXPR_VALUE, 4)
    yield add("dunders", lambda: X + 'steps: [{Linear: "x.__class__.__bases__"}]', codes.EXPR_SYNTAX, 4)
    yield add("a call", lambda: X + "steps: [{Linear: \"__import__('os')\"}]", codes.EXPR_SYNTAX, 4)
    yield add("800,000 characters", lambda: X + "steps: [{Linear: '" + "1+" * 400_000 + "1'}]", codes.EXPR_SYNTAX, 4)
    yield add(
        "120 brackets", lambda: X + "steps: [{Linear: '" + "(" * 120 + "1" + ")" * 120 + "'}]", codes.EXPR_SYNTAX, 4
    )
    yield add("text times a number", lambda: X + "steps: [{Linear: \"'a' * 10**9\"}]", codes.EXPR_VALUE, 4)
    yield add("lists of lists", _list_bomb, codes.EXPR_VALUE, 4)
    yield add(
        "100,000 templates", lambda: X + "steps: [{Linear: 8, as: '" + "{i}" * 100_000 + "'}]", codes.EXPR_SYNTAX, 4
    )

    threat = "repeats and blocks"
    yield add("repeat: 10 ** 9", lambda: X + "steps: [{Linear: 8, repeat: 1000000000}]", codes.LIMIT, 4)
    yield add("repeats in repeats", lambda: X + _nested("chain", 1000), codes.LIMIT, 4)
    yield add("groups in groups", lambda: X + _nested("Sequential", 1000), codes.LIMIT, 4)
    yield add("repeats of nothing", lambda: X + _nested("chain", 0), codes.LIMIT, 4)
    yield add(
        "steps that are dropped",
        lambda: X + "steps: [{chain: [{relu: {}, when: i < 0, repeat: 100000}], repeat: {i: 100000}}]",
        codes.LIMIT,
        4,
    )
    yield add(
        "a growing repeat",
        lambda: X + "steps: [{chain: [{Linear: 8, repeat: i}], repeat: {i: 100000}}]",
        codes.LIMIT,
        4,
    )
    yield add("a long table", _table, codes.LIMIT, 5)
    yield add(
        "2 ** 40 by doubling", lambda: _doubled("{steps: [relu]}", "{{steps: [b{0}, b{0}]}}", "b40"), codes.LIMIT, 22
    )
    yield add(
        "2 ** 40 with other arguments",
        lambda: _doubled(
            "{params: {p: int}, steps: [relu]}", "{{params: {{p: int}}, steps: [b{0}: 2*p, b{0}: 2*p+1]}}", "b40: 1"
        ),
        codes.LIMIT,
        22,
    )
    yield add(
        "2 ** 40 that are dropped",
        lambda: _doubled(
            "{params: {p: int}, steps: [{relu: {}, when: p < 0}]}",
            "{{params: {{p: int}}, steps: [b{0}: 2*p, b{0}: 2*p+1]}}",
            "b40: 1",
        ),
        codes.LIMIT,
        22,
    )
    yield add(
        "2 ** 40 of growing width",
        lambda: _doubled("{steps: [{Linear: input.features + 1}]}", "{{steps: [b{0}, b{0}]}}", "b40"),
        codes.LIMIT,
        22,
    )
    yield add(
        "2 ** 40 by branches",
        lambda: _doubled("{steps: [relu]}", "{{steps: [add: {{l: b{0}, r: b{0}}}]}}", "b40"),
        codes.LIMIT,
        21,
    )
    yield add(
        "10 ** 9 uses of one step",
        lambda: X + "steps: [{Linear: 8, as: a}, {reuse: a, repeat: 1000000000}]",
        codes.LIMIT,
        4,
    )
    yield add(
        "a block in itself", lambda: X + "blocks: {a: {steps: [b]}, b: {steps: [a]}}\nsteps: [a]", codes.RECURSION, 4
    )

    threat = "huge tensors"
    yield add(
        "2 ** 124 elements",
        lambda: HEAD + "inputs: {x: [4611686018427387903, 4611686018427387903]}\nsteps: [relu]",
        codes.LIMIT,
    )
    yield add(
        "2 ** 124 weights",
        lambda: (
            HEAD
            + "inputs: {x: {shape: [8], dtype: int64}}\nsteps: [{Embedding: {num_embeddings: 2**61, embedding_dim: 2**61}}]"
        ),
        codes.LIMIT,
        4,
    )
    yield add("doubled a hundred times", lambda: X + "steps: [{cat: {a: [], b: []}, repeat: 100}]", codes.LIMIT, 4)
    yield add(
        "10 ** 9 pieces",
        lambda: HEAD + "inputs: {x: [1000000000]}\nsteps: [{chunk: 1000000000, as: [a, b]}]",
        codes.CHANNELS,
        4,
    )
    yield add(
        "10 ** 9 layers in one",
        lambda: HEAD + "inputs: {x: [8, 8]}\nsteps: [{LSTM: {hidden_size: 8, num_layers: 1000000000}}]",
        codes.BAD_ARGUMENT,
        4,
    )
    yield add("10,000 dimensions", lambda: HEAD + "inputs: {x: [" + "2," * 10_000 + "]}\nsteps: [relu]", codes.LIMIT)
    yield add(
        "100,000 operands",
        lambda: HEAD + "inputs: {x: [8, 8]}\nsteps: [{einsum: '" + "ab," * 100_000 + "'}]",
        codes.BAD_ARGUMENT,
        4,
    )

    threat = "sizes that work"
    yield add(
        "sizes whose formula doubles",
        lambda: (
            HEAD
            + "inputs: {x: [1, H=1000]}\nsteps: ["
            + ", ".join(f"{{Upsample: {{scale_factor: {by}}}}}" for by in (1.1, 0.7, 1.3, 0.9, 1.7, 0.3, 1.01) * 20)
            + "]"
        ),
        codes.LIMIT,
        4,
    )

    threat = "names"
    yield add("100,000 letters", lambda: X + "steps: [{Linear: 8, as: " + "a" * 100_000 + "}]", codes.BAD_NAME, 4)
    yield add("a name that is code", lambda: X + "steps: [{Linear: 8, as: 'a = 1; import os'}]", codes.BAD_NAME, 4)
    yield add("a keyword", lambda: X + "steps: [{Linear: 8, as: class}]", codes.BAD_NAME, 4)
    yield add("letters that look alike", lambda: X + "steps: [{Linear: 8, as: \u0430dd}]", codes.BAD_NAME, 4)
    yield add("what torch needs itself", lambda: X + "steps: [{Linear: 8, as: forward}]", codes.BAD_NAME, 4)
    yield add(
        "a path", lambda: HEAD.replace("net", "../../etc/passwd") + "inputs: {x: [8]}\nsteps: [relu]", codes.BAD_NAME, 2
    )

    threat = "control characters"
    yield add("an escape sequence", lambda: HEAD + "title: \x1b[2J\n", codes.YAML_SUBSET)
    yield add("an escaped one", lambda: HEAD + 'title: "\\e[2J"\n', codes.YAML_SUBSET)
    yield add("text turned around", lambda: HEAD + "title: abc\u202edef\n", codes.YAML_SUBSET)
    yield add("a thousand of them", lambda: HEAD + "title: '" + "\u2066" * 1000 + "'", codes.YAML_SUBSET)


def _alias_bomb() -> str:
    lines = [f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 10) + "]" for i in range(1, 11)]
    return HEAD + "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(lines)


def _list_bomb() -> str:
    lets = [
        "a0: '[1, 1, 1, 1, 1, 1, 1, 1]'",
        *(f"a{i}: '[" + ", ".join([f"a{i - 1}"] * 8) + "]'" for i in range(1, 30)),
    ]
    return X + "let: {" + ", ".join(lets) + "}\nsteps: [{Linear: 1, when: a29 == a29}]"


def _table() -> str:
    rows = ", ".join(["[100000]"] * 1000)
    table = f"{{type: table, columns: {{n: int}}, default: [{rows}]}}"
    return X + f"params: {{t: {table}}}\nsteps: [{{chain: [{{relu: {{}}, repeat: row.n}}], repeat: {{row: t}}}}]"


def _entries(name: str, value: str, count: int) -> str:
    return ", ".join(f"{name}{i}: {value}" for i in range(count))


def _nested(group: str, least: int) -> str:
    inner = f"{{Linear: 8, repeat: {least}}}"
    for _ in range(5):
        inner = f"{{{group}: [{inner}], repeat: 1000}}"
    return f"steps: [{inner}]"


def _doubled(first: str, then: str, use: str) -> str:
    blocks = [f"  b0: {first}", *(f"  b{i}: {then.format(i - 1)}" for i in range(1, 41))]
    return X + "blocks:\n" + "\n".join(blocks) + f"\nsteps: [{use}]"


ATTACKS = tuple(_listed())
