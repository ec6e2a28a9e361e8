"""What a notebook shows of the scheduler's answers: tables, by IPython's `_repr_html_`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import Field, fields, is_dataclass
from datetime import datetime
from html import escape
from typing import Any, List, TypeVar

from neptune_spark._formats import Html, core_seconds_text, level_text, seconds_text

T = TypeVar("T")

#: So many rows a notebook shows; who wants them all has the list.
ROWS_SHOWN = 100
_ITEMS_SHOWN = 10

_BYTES = ("bytes", "KiB", "MiB", "GiB", "TiB")


# The class at run time, on Python 3.8: list[T] is none there.
class Rows(List[T]):
    """A list of views, all of one class, that a notebook shows as a table."""

    def _repr_html_(self) -> str:
        return rows_html(self)


def rows_html(rows: Sequence[Any], of: int | None = None) -> Html:
    """Return a table of views of one class, a column for each of their fields.

    Parameters
    ----------
    rows : Sequence[Any]
        The views; of too many the first ones are shown.
    of : int | None, optional
        How many there are in all; None: these.
    """
    if not rows:
        return Html("<p><em>none</em></p>")
    names = [field.name for field in fields(rows[0])]
    body = [[_cell(name, getattr(row, name)) for name in names] for row in rows[:ROWS_SHOWN]]
    more = (len(rows) if of is None else of) - len(body)
    table = _table(map(_title, names), body)
    return Html(table + (f"<p>and {more:,} more</p>" if more else ""))


def figures_html(view: Any, **tables: Html) -> Html:
    """Return a table of one view, a row for each of its fields.

    Parameters
    ----------
    view : Any
        The view.
    **tables : Html
        What is shown of fields of these names.
    """
    names = [field.name for field in fields(view)]
    return _table(
        (), [[_title(name), tables.get(name) or _cell(name, getattr(view, name))] for name in names]
    )


def sections_html(title: str, tables: Mapping[str, str]) -> str:
    """Return tables, which are HTML already, each under a title of its own."""
    sections = "".join(f"<h4>{escape(name)}</h4>{table}" for name, table in tables.items())
    return f"<h3>{escape(title)}</h3>{sections}"


def _table(titles: Iterable[str], rows: Iterable[Sequence[str]]) -> Html:
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    body = "".join(
        "<tr>" + "".join(f"<td>{_escaped(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    titled = f"<thead><tr>{head}</tr></thead>" if head else ""
    return Html(f"<table>{titled}<tbody>{body}</tbody></table>")


def _escaped(cell: str) -> str:
    return cell if isinstance(cell, Html) else escape(cell)


def _cell(name: str, value: object) -> str:
    """Return what a cell shows: a text; or a line for each part that has words of its own."""
    if not isinstance(value, tuple) or not any(map(_has_words, value)):
        return _text(name, value)
    return Html("".join(f"<div>{escape(line)}</div>" for line in _some(value, str)))


def _has_words(part: object) -> bool:
    return is_dataclass(part) and type(part).__str__ is not object.__str__


def _some(parts: tuple[Any, ...], text: Callable[[Any], str]) -> list[str]:
    """Return the texts of the first parts, and how many more there are."""
    more = len(parts) - _ITEMS_SHOWN
    return [*map(text, parts[:_ITEMS_SHOWN]), *([f"and {more:,} more"] if more > 0 else [])]


def _title(name: str) -> str:
    """Return a field's name without its unit, which the value has."""
    return name[: len(name) - len(_unit_of(name))].replace("_", " ")


def _unit_of(name: str) -> str:
    return next((unit for unit in _UNITS if name.endswith(unit)), "")


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return _number(name, value)
    if isinstance(value, tuple):
        return "; ".join(_some(value, lambda item: _text("", item)))
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(str(key), item)}" for key, item in value.items())
    if is_dataclass(value):
        if getattr(value, "count", None) == 0:
            return "none"
        fitting = [field.name for field in fields(value) if _fits(field, value)]
        return ", ".join(f"{_title(name)} {_text(name, getattr(value, name))}" for name in fitting)
    return str(value)


def _number(name: str, value: float) -> str:
    if name == "priority":
        return level_text(int(value))
    if name == "time":
        return datetime.fromtimestamp(value).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    unit = _unit_of(name)
    if unit:
        return _UNITS[unit](value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _fits(field: Field[Any], view: object) -> bool:
    """Whether a field of a view within a view is something, and short."""
    value = getattr(view, field.name)
    return value is not None and value != "" and not isinstance(value, Mapping)


def _bytes(value: float) -> str:
    size, unit = float(value), 0
    while abs(size) >= 1024 and unit < len(_BYTES) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.0f} {_BYTES[unit]}" if size >= 100 or not unit else f"{size:.3g} {_BYTES[unit]}"


#: How fields are shown whose names end so; of two that fit the first.
_UNITS: Mapping[str, Callable[[float], str]] = {
    "_bytes_per_s": lambda value: f"{_bytes(value)}/s",
    "_bytes": _bytes,
    "_core_s": core_seconds_text,
    "_task_s": lambda value: f"{value:,.2f} task s",
    "_s": seconds_text,
    "_share": "{:.0%}".format,
}
