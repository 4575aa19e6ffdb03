"""`archc summary`: the layers of a network and their sums, and what they cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from archc.cli.common import (
    checked_network,
    colored,
    echo,
    load_spec,
    spec_argument,
    width,
    with_settings,
    write_or_fail,
)

if TYPE_CHECKING:
    from archc.cost.groups import By
    from archc.expand import Settings
    from archc.network import Network
    from archc.report.costs import Costs, Grid
    from archc.summary import Summary

EXAMPLES = """\b
Examples:
  archc summary resnet.yaml --variant resnet50
  archc summary resnet.yaml --size H=96 --size W=96 --set classes=10
  archc summary resnet.yaml --depth 4
  archc summary resnet.yaml --format csv > resnet.csv
  archc summary resnet.yaml --by block --device a100 --dtype bfloat16 --batch 64
  archc summary resnet.yaml --sort memory
  archc summary resnet.yaml --why layer4.0.conv1
  archc summary resnet.yaml --grid H=W=128..512
  archc summary resnet.yaml --chart resnet-costs.svg"""
Format = Literal["text", "json", "md", "csv"]


@click.command(epilog=EXAMPLES, short_help="Show layers, shapes, parameters and MACs, and what they cost.")
@spec_argument
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "md", "csv"]),
    default="text",
    help="How it is printed.",
    show_default=True,
)
@click.option(
    "--depth", type=click.IntRange(min=1), help="How many levels of blocks to unfold (text only); as fits by default."
)
@click.option("--why", metavar="PATH", help="Where the sizes of a layer, block, input or output come from.")
@click.option("--by", type=click.Choice(["layer", "block", "op"]), help="Costs by layer, block definition or op.")
@click.option("--sort", metavar="COLUMN", help="Costs in falling order of a column: params, macs, memory, time, ...")
@click.option("--columns", metavar="LIST", help="params,macs,flops,memory,moved,intensity,time,field.  [as fits]")
@click.option("--device", metavar="NAME", help="What it takes at least on a device: h100, a100, v100, t4 or cpu.")
@click.option(
    "--dtype", type=click.Choice(["float32", "bfloat16", "float16"]), help="Of a device's numbers.  [default: float32]"
)
@click.option("--batch", type=click.IntRange(1, 2**20), metavar="N", help="Costs for N samples.  [default: 1]")
@click.option("--grid", "grids", metavar="SIZES", multiple=True, help="Costs over sizes: H=128..512:32, H=W=64,128.")
@click.option("--chart", metavar="FILE", help="Write a chart (SVG) of where parameters, MACs and memory are.")
@click.option("--theme", metavar="THEME", default="light", help="Of a chart: light, dark or print.", show_default=True)
@click.option("--force", is_flag=True, help="Replace FILE even if archc did not write it.")
@with_settings
def command(
    spec: str,
    format_: Format,
    depth: int | None,
    why: str | None,
    by: By | None,
    sort: str | None,
    columns: str | None,
    device: str | None,
    dtype: str | None,
    batch: int | None,
    grids: tuple[str, ...],
    chart: str | None,
    theme: str,
    force: bool,
    settings: Settings,
) -> None:
    """Show layers with their shapes, parameters and multiply-adds (MACs), and the sums.

    Equal blocks in a row stand in one line: `3 x 280,064` is three of them with that many parameters each. MACs are for
    one sample. With --by, --sort, --columns, --device or --batch it is a table of costs, with --grid one over sizes.
    """
    table = any((by, sort, columns, device, batch, dtype))
    _refuse_useless(table=table, depth=depth, grids=grids, chart=chart, rest=any((by, sort, columns, device, dtype)))
    if why is not None:
        if table or grids or chart or depth is not None or format_ in {"md", "csv"}:
            raise click.UsageError("`--why` goes with `--format json` alone")
        _why(checked_network(spec, settings), why, format_)
        return
    if grids:
        _print(_grid(spec, settings, grids, batch or 1), format_)
        return
    asked = _asked(by, sort, columns, device) if table else None
    _refuse_dtype(device, dtype)
    network = checked_network(spec, settings)
    if chart is not None:
        _chart(network, chart, theme, batch or 1, force=force)
    elif asked is not None:
        _print(_costs(network, *asked, batch or 1, dtype or "float32"), format_)
    else:
        _print(network.summary(), format_, depth)


def _why(network: Network, path: str, format_: Format) -> None:
    from archc.cli.common import shown
    from archc.provenance import paths, provenance
    from archc.report.why import why_json, why_text
    from archc.suggest import suggest

    found = provenance(network, path)
    if found is None:
        near = suggest(path, paths(network)) or "`archc summary --depth 9` shows the names of all layers"
        raise click.UsageError(f"`--why` finds nothing called `{shown(path)}`: {near}")
    echo((why_json if format_ == "json" else why_text)(network, found), end="")


def _refuse_useless(*, table: bool, depth: int | None, grids: tuple[str, ...], chart: str | None, rest: bool) -> None:
    """Refuse options that have no use together."""
    if depth is not None and (table or grids or chart):
        raise click.UsageError("`--depth` is for the table of layers, which unfolds blocks")
    if (grids or chart) and rest:
        raise click.UsageError(
            f"`{'--grid' if grids else '--chart'}` goes with `--batch` alone of the options for costs"
        )
    if grids and chart:
        raise click.UsageError("`--grid` and `--chart` are two things: ask for one")


def _print(what: Summary | Costs | Grid, format_: Format, depth: int | None = None) -> None:
    if format_ != "text":
        texts = {"json": what.as_json, "md": what.as_markdown, "csv": what.as_csv}
        echo(texts[format_](), end="")
    elif depth is None:
        echo(what.as_text(color=colored(), width=width()), end="")
    else:
        echo(cast("Summary", what).as_text(depth=depth, color=colored(), width=width()), end="")


def _asked(
    by: By | None, sort: str | None, columns: str | None, device: str | None
) -> tuple[By | None, str | None, list[str], str | None]:
    """The options of a table of costs, each known to exist."""
    from archc.cost.devices import DEVICES
    from archc.report.costs import COLUMNS

    if device is not None:
        _known("--device", device, list(DEVICES))
    default = ["params", "macs", "memory", *(["intensity", "time"] if device else [])]
    names = [name.strip() for name in columns.split(",")] if columns else default
    for option, name in (*(("--columns", name) for name in names), *((("--sort", sort),) if sort else ())):
        _known(option, name, list(COLUMNS))
    if "field" in names and by in {"block", "op"}:
        raise click.UsageError("`--columns field` is for layers: a block or op has many")
    if device is None and "time" in {*names, sort}:
        raise click.UsageError("the time is that on a device: name it, as in `--device a100`")
    if sort == "field":
        raise click.UsageError("`--sort field` has no order")
    return by or ("layer" if sort or "field" in names else None), sort, names, device


def _refuse_dtype(device: str | None, dtype: str | None) -> None:
    """Refuse numbers that a device does not compute with."""
    from archc.cost.devices import DEVICES

    if dtype is None:
        return
    if device is None:
        raise click.UsageError("`--dtype` is for the time on a device: name it, as in `--device a100`")
    if dtype not in DEVICES[device].flops:
        raise click.UsageError(f"`--device {device}` ({DEVICES[device].name}) has no {dtype} of its own")


def _known(option: str, name: str, names: list[str]) -> None:
    from archc.cli.common import shown
    from archc.suggest import suggest

    if name in names:
        return
    near = suggest(name, names)
    taken = f"`{option}` takes {', '.join(names[:-1])} or {names[-1]}, not `{shown(name)}`"
    raise click.UsageError(f"{taken}: {near}" if near else taken)


def _costs(
    network: Network, by: By | None, sort: str | None, columns: list[str], device: str | None, batch: int, dtype: str
) -> Costs:
    from archc.report.tabled import tabled

    return tabled(network, by, sort, columns, device, batch, dtype)


def _grid(spec: str, settings: Settings, texts: tuple[str, ...], batch: int) -> Grid:
    from archc.cli.common import shown
    from archc.cost.grid import GridError, points, read_range
    from archc.report.costs import Grid

    try:
        ranges = [read_range(text) for text in texts]
    except GridError as error:
        raise click.UsageError(f"`--grid` {shown(str(error))}") from None
    names = [name for each in ranges for name in each.names]
    if len(set(names)) < len(names) or set(names) & set(settings.sizes):
        raise click.UsageError("`--grid` and `--size` take each size once")
    free = checked_network(spec, settings).settled.sizes
    for name in names:
        if name not in free:
            told = f"; its free sizes: {', '.join(free)}" if free else ", its sizes are all fixed"
            raise click.UsageError(f"`--grid` names {shown(name)}, which no input has{told}")
    loaded = load_spec(spec, settings)
    return Grid(
        loaded.spec.name if loaded.spec else spec, ranges, tuple(points(loaded, settings, ranges, batch)), batch
    )


def _chart(network: Network, path: str, theme: str, batch: int, *, force: bool) -> None:
    from archc.cli.common import shown
    from archc.cost.chart import draw_chart
    from archc.diagram.theme import THEMES

    _known("--theme", theme, list(THEMES))
    if Path(path).suffix != ".svg":
        raise click.UsageError(f"a chart is an SVG: name it FILE.svg, not `{shown(path)}`")
    picture = draw_chart(network, THEMES[theme], batch)
    (written,) = write_or_fail(Path(path).parent, {Path(path).name: picture}, force=force)
    echo(f"Wrote {shown(str(written))}: parameters, MACs and memory by stage")
