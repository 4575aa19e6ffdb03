"""Draws DOT text from standard input with pygraphviz's own Graphviz: a script, for a process that may crash.

Its arguments are the format and the resolution (0: Graphviz's own); the picture goes to standard output.
"""

import sys
import tempfile
from pathlib import Path


def main(format: str, dpi: str) -> None:
    """Draw."""
    try:
        from pygraphviz import AGraph
    except ImportError:
        sys.exit("pygraphviz is not installed")
    graph = AGraph(string=sys.stdin.buffer.read().decode(), encoding="UTF-8")
    if dpi != "0":
        graph.graph_attr["dpi"] = dpi
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        graph.draw(str(path), format=format, prog="dot")
        sys.stdout.buffer.write(path.read_bytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
