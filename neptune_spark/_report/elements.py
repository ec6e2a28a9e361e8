"""The page's tables and paragraphs. All texts are escaped here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from neptune_spark._formats import Html

#: So many rows of a table are shown.
ROWS_SHOWN = 100
#: Of more than so many, the others are folded.
ROWS_UNFOLDED = 20
#: A text longer than this is cut; the pointer on it shows it all.
LETTERS_SHOWN = 120

_NONE = "#9aa5b1"
_NAMED = {-10: "#6aa84f", 0: "#4a7fb5", 10: "#d9602b"}
_LIGHTNESS = (32, 45, 60, 72)


def colour(priority: int | None) -> str:
    """Return the colour of a level, as the tab in Spark's UI has it (marks.js)."""
    if priority is None:
        return _NONE
    other = f"hsl({(priority * 163 + 100) % 360}, 55%, {_LIGHTNESS[priority % 4]}%)"
    return _NAMED.get(priority, other)


def text(cell: object) -> str:
    """Return what a cell says, as HTML."""
    return cell if isinstance(cell, Html) else escape("" if cell is None else str(cell))


def join(parts: Iterable[object], between: str = "") -> Html:
    """Return parts one after the other."""
    return Html(between.join(map(text, parts)))


def element(tag: str, content: object, **attributes: object) -> Html:
    """Return an element; an underscore ends names that Python has, and stands for a hyphen."""
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for name, value in attributes.items()
    )
    return Html(f"<{tag}{said}>{text(content)}</{tag}>")


def swatch(priority: int | None, label: str) -> Html:
    """Return a level's name with its colour."""
    dot = element("i", "", class_="dot", style=f"background:{colour(priority)}")
    return element("span", join([dot, label]), class_="level")


def short(words: str) -> Html:
    """Return a text, cut if it is long."""
    if len(words) <= LETTERS_SHOWN:
        return Html(text(words))
    return element("span", f"{words[: LETTERS_SHOWN - 1].rstrip()}…", title=words)


def bar(share: float) -> Html:
    """Return a bar, of at most the length that CSS gives it."""
    width = f"width:{100 * min(1.0, max(0.0, share)):.1f}%"
    return element("span", element("i", "", style=width), class_="bar")


def table(titles: Sequence[str], rows: Iterable[Sequence[object]], words: int = 1) -> Html:
    """Return a table.

    Parameters
    ----------
    titles : Sequence[str]
        The columns'.
    rows : Iterable[Sequence[object]]
        The cells: HTML, or texts; of too many rows the first ones are shown, and of these the most
        are folded.
    words : int, optional
        So many columns at the left are words, the others figures.
    """
    shown: list[Sequence[object]] = []
    more = 0
    for row in rows:
        if len(shown) < ROWS_SHOWN:
            shown.append(row)
        else:
            more += 1
    if not shown:
        return element("p", "None.", class_="note")
    unfolded, others = shown[:ROWS_UNFOLDED], shown[ROWS_UNFOLDED:]
    note = element("p", f"And {more:,} more.", class_="note") if more else ""
    rest = folded(f"{len(others)} more", _drawn(titles, others, words), note) if others else note
    return join([_drawn(titles, unfolded, words), rest])


def _drawn(titles: Sequence[str], rows: Iterable[Sequence[object]], words: int) -> Html:
    head = element("tr", join(element("th", t, class_=_kind(i, words)) for i, t in _at(titles)))
    body = (
        element("tr", join(element("td", c, class_=_kind(i, words)) for i, c in _at(row)))
        for row in rows
    )
    drawn = element("table", join([element("thead", head), element("tbody", join(body, "\n"))]))
    return element("div", drawn, class_="scroll")


def section(title: str, help_: str, *parts: object) -> Html:
    """Return a section, with what a newcomer has to know of it."""
    note = element("p", help_, class_="help") if help_ else ""
    return element("section", join([element("h2", title), note, *parts], "\n"))


def folded(title: str, *parts: object) -> Html:
    """Return what is shown on demand."""
    return element("details", join([element("summary", title), *parts], "\n"))


def cards(figures: Iterable[tuple[str, str, str]]) -> Html:
    """Return figures with what they are; the third text explains that."""
    return element(
        "div",
        join(
            element(
                "div", join([element("b", figure), element("span", what)]), class_="card", title=why
            )
            for figure, what, why in figures
        ),
        class_="cards",
    )


def _at(cells: Iterable[object]) -> Iterable[tuple[int, object]]:
    return enumerate(cells)


def _kind(column: int, words: int) -> str:
    return "words" if column < words else "figure"


STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1f2933;
       background: #fff; max-width: 1120px; margin: 2em auto 4em; padding: 0 1.2em; }
h1 { font-size: 1.7em; margin: 0 0 .1em; overflow-wrap: anywhere; }
h2 { font-size: 1.2em; margin: 0 0 .2em; }
section { margin-top: 2.4em; padding-top: 1em; border-top: 1px solid #d9dee4; }
.help, .note, .facts { color: #52606d; margin: 0 0 .8em; max-width: 60em; }
.cards { display: flex; flex-wrap: wrap; gap: .7em; margin: 1.4em 0 0; }
.card { background: #f4f6f8; border-radius: 6px; padding: .6em 1em; min-width: 7.5em; }
.card b { display: block; font-size: 1.35em; font-variant-numeric: tabular-nums; }
.card span { color: #52606d; font-size: .87em; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .93em; }
th, td { padding: .32em .8em; border-bottom: 1px solid #e4e7eb; vertical-align: top; }
th { border-bottom: 2px solid #9aa5b1; font-weight: 600; }
.words { text-align: left; overflow-wrap: anywhere; min-width: 5em; max-width: 26em; }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.words:first-child { padding-left: 0; min-width: 12em; }
.level { white-space: nowrap; margin-right: 1em; }
.dot { display: inline-block; width: .75em; height: .75em; border-radius: 2px;
       margin-right: .4em; }
.hatched { background: repeating-linear-gradient(45deg, #9aa5b1 0 2px, #e9edf1 2px 5px); }
.bar { display: inline-block; width: 7em; height: .7em; background: #eef1f4; }
.bar i { display: block; height: 100%; background: #4a7fb5; }
details { margin-top: .8em; }
summary { cursor: pointer; color: #2f5d8a; margin-bottom: .5em; }
svg { width: 100%; min-width: 720px; height: auto; display: block; margin-top: .6em; }
svg text { font: 11px system-ui, "DejaVu Sans", sans-serif; fill: #52606d; }
@media print { body { margin: 0; max-width: none; } section { break-inside: avoid; } }
"""
