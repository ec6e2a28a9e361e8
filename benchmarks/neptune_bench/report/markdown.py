"""Turns the little Markdown that the benchmarks' tables are written in into HTML. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Final

HEADING: Final = re.compile(r"(#+) (.*)")
EMPHASIS: Final = re.compile(r"\*(\S[^*]*)\*")
RULE: Final = re.compile(r"-+:?")


def to_html(text: str, level: int = 2) -> str:
    """Return the HTML of headings, tables and paragraphs, which blank lines part.

    Args:
        text: the Markdown.
        level: the HTML level of its topmost heading.
    """
    return "\n".join(_block(block, level) for block in re.split(r"\n\s*\n", text.strip()))


def _block(block: str, level: int) -> str:
    lines = block.splitlines()
    if (found := HEADING.fullmatch(lines[0])) and len(lines) == 1:
        tag = f"h{level + len(found[1]) - 1}"
        return f"<{tag}>{_inline(found[2])}</{tag}>"
    if all(line.startswith("|") for line in lines):
        return _table(lines)
    if any("  " in line for line in lines):
        # Columns made of spaces.
        return f"<pre>{html.escape(block)}</pre>"
    return f"<p>{_inline(' '.join(lines))}</p>"


def _inline(text: str) -> str:
    return EMPHASIS.sub(r"<em>\1</em>", html.escape(text, quote=False))


def _table(lines: Sequence[str]) -> str:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    head, *body = [row for row in rows if not all(map(RULE.fullmatch, row))]
    parts = ["<table>", _row(head, "th"), *(_row(row, "td") for row in body), "</table>"]
    return "\n".join(parts)


def _row(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{_inline(cell)}</{tag}>" for cell in cells) + "</tr>"
