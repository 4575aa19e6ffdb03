"""Draws files of DOT text with pygraphviz's own Graphviz: a script, for a process that may crash.

It takes `dot`'s arguments, of which it knows `-Tformat`, `-Gdpi=number` and `-O`: `a.gv` comes out as `a.gv.png`.
"""

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any


def main(arguments: list[str]) -> None:
    """Draw."""
    chosen = {word[:2]: word[2:] for word in arguments if word.startswith("-")}
    format, dpi = chosen["-T"], chosen.get("-G", "").removeprefix("dpi=")
    graphviz = _bindings()
    context = graphviz.gvContextWithBuiltins()
    for path in (word for word in arguments if not word.startswith("-")):
        with open(path, "rb") as text:  # noqa: PTH123 - pathlib is a tenth of this process's time
            graph = graphviz.agread(text, None)
        if dpi:
            graphviz.agsafeset_label(graph, graph, b"dpi", dpi.encode(), b"")
        if graphviz.gvLayout(context, graph, b"dot"):
            sys.exit(f"cannot lay out {path}")
        if graphviz.gvRenderFilename(context, graph, format.encode(), f"{path}.{format}".encode()):
            sys.exit(f"cannot draw {path}")
        graphviz.gvFreeLayout(context, graph)
        graphviz.agclose(graph)


def _bindings() -> Any:
    """The bindings of Graphviz alone: the package around them takes twice as long to import as a picture."""
    found = importlib.util.find_spec("pygraphviz")
    if found is None or found.submodule_search_locations is None:
        sys.exit("pygraphviz is not installed")
    if sys.platform != "win32":  # there the package finds the libraries
        package = ModuleType("pygraphviz")
        package.__path__ = list(found.submodule_search_locations)
        sys.modules["pygraphviz"] = package
    return importlib.import_module("pygraphviz.graphviz")


if __name__ == "__main__":
    main(sys.argv[1:])
