"""The page: a section for each result, with its tables, its pictures, and where it was measured."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from markdown_it import MarkdownIt

from neptune_bench.results.files import load

TABLE: Final = "table.md"
# Whoever reads the page wants to know how, not each of the thousands of samples.
SHOWN: Final = ("machine", "versions", "settings", "plan", "load_before", "seconds")
ORDER: Final = ("latency", "throughput", "timeline")

STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 2em auto; padding: 0 1em;
       color: #222; background: #fff; }
table { border-collapse: collapse; font-size: 14px; margin: 1em 0; display: block;
        overflow-x: auto; font-variant-numeric: tabular-nums; }
th, td { padding: .3em .7em; border-bottom: 1px solid #ddd; text-align: right; }
th:first-child, td:first-child { text-align: left; }
th { border-bottom: 2px solid #999; }
img { max-width: 100%; height: auto; display: block; margin: 1em 0; }
pre { font-size: 13px; overflow-x: auto; background: #f6f6f6; padding: 1em; }
section { border-top: 3px solid #1b7f79; margin-top: 3em; }
nav a { margin-right: 1.5em; }
"""


@dataclass(frozen=True)
class Found:
    """A result as its directory has it.

    Args:
        name: of the section.
        table: its table.md; empty if there is none.
        pictures: (name, content) of the PNG files.
        facts: what result.json says of the machine, the versions and the settings.
    """

    name: str
    table: str
    pictures: Sequence[tuple[str, bytes]]
    facts: Mapping[str, Any]


def read(directory: Path) -> Found:
    """Read a result.

    Raises:
        BenchmarkError: if the directory has none.
    """
    result = load(directory)
    table = directory / TABLE
    return Found(
        name=str(result["benchmark"]),
        table=table.read_text() if table.exists() else "",
        pictures=[
            (path.stem, path.read_bytes()) for path in sorted(directory.glob("*.png"), key=_order)
        ],
        facts={key: result[key] for key in SHOWN if key in result},
    )


def _order(path: Path) -> tuple[int, str]:
    return ORDER.index(path.stem) if path.stem in ORDER else len(ORDER), path.stem


def rendered(results: Sequence[Found]) -> str:
    """Return the page."""
    links = " ".join(
        f'<a href="#{number}">{html.escape(found.name)}</a>' for number, found in enumerate(results)
    )
    sections = "\n".join(_section(number, found) for number, found in enumerate(results))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>neptune-spark: benchmarks</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>neptune-spark: benchmarks</h1>\n<nav>{links}</nav>\n{sections}\n</body>\n</html>\n"
    )


def _section(number: int, found: Found) -> str:
    table = found.table if found.table.startswith("# ") else f"# {found.name}\n\n{found.table}"
    parts = [f'<section id="{number}">', _html(table)]
    for name, content in found.pictures:
        data = base64.b64encode(content).decode()
        alt = html.escape(f"{found.name}: {name}")
        parts.append(f'<img alt="{alt}" src="data:image/png;base64,{data}">')
    facts = html.escape(json.dumps(found.facts, indent=2))
    parts += ["<details><summary>Where and how</summary>", f"<pre>{facts}</pre>", "</details>"]
    return "\n".join([*parts, "</section>"])


def _html(table: str) -> str:
    """Return a table.md as HTML, its headings below that of the page."""
    markdown = MarkdownIt("js-default")
    tokens = markdown.parse(table)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1]) + 1}"
    return str(markdown.renderer.render(tokens, markdown.options, {}))
