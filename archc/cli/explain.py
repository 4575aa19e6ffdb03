"""`archc explain`: what the codes of findings mean."""

from __future__ import annotations

import click

from archc.cli.common import colored, echo, width

EXAMPLES = """\b
Examples:
  archc explain                    all codes, a line each
  archc explain ARC312             one: what, why, an example, its cure
  archc explain merge-mismatch     the same by its name
  archc explain ARC312 --format md"""


@click.command(epilog=EXAMPLES, short_help="Explain the codes of findings.")
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "md"]),
    default="text",
    help="For a terminal, or as Markdown.",
    show_default=True,
)
def command(codes: tuple[str, ...], format_: str) -> None:
    """Explain what codes mean: what is found, why it matters, an example that triggers it, and the mended one.

    A CODE may be given by its number or by its name. Without one, all codes are listed.
    """
    from archc.explain import find, nearest, pages
    from archc.report import pages as shown
    from archc.report.terminal import visible

    columns, color = width() or 80, colored()
    if not codes:
        listed = pages().values()
        echo(
            shown.as_markdown_table(listed)
            if format_ == "md"
            else shown.table(listed, columns=columns, color=color).rstrip("\n")
        )
        return
    found = {wanted: find(wanted) for wanted in codes}
    for wanted, page in found.items():
        if page is None:
            raise click.UsageError(f"there is no code `{visible(wanted)}`; {nearest(wanted)}")
    texts = (
        page.text if format_ == "md" else shown.as_terminal(page, columns=columns, color=color)
        for page in dict.fromkeys(found.values())
        if page is not None
    )
    echo("\n\n".join(text.rstrip("\n") for text in texts))
