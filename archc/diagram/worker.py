"""Draws DOT text from standard input with pygraphviz's own Graphviz: a script, for a process that may crash.

Its arguments are the format and the resolution (0: Graphviz's own); the picture goes to standard output.
"""

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any


def main(format: str, dpi: str) -> None:
    """Draw."""
    try:
        pygraphviz: Any = importlib.import_module("pygraphviz")
    except ImportError:
        sys.exit("pygraphviz is not installed")
    graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode(), encoding="UTF-8")
    if dpi != "0":
        graph.graph_attr["dpi"] = dpi
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        graph.draw(str(path), format=format, prog="dot")
        sys.stdout.buffer.write(path.read_bytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
