"""`neptune-spark top`: the live page of Neptune's tab, in a terminal."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from neptune_spark._errors import NeptuneError
from neptune_spark._top.answers import Answer, Busy, Gone, address, ask

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

SUMMARY = "show a running application's tasks, and who waits for whom, in the terminal"

#: More often the UI is not asked.
LEAST_S = 0.2
MOST_S = 3600.0


def run(words: list[str]) -> int:
    """Show how things stand, again and again, until the application or the user ends it.

    Parameters
    ----------
    words : list[str]
        The words after the command's name.

    Returns
    -------
    int
        0.

    Raises
    ------
    NeptuneError
        If the UI can't be reached, tells nothing of Neptune, or the package rich is missing.
    """
    parser = argparse.ArgumentParser(
        prog="neptune-spark top",
        description="Show the Neptune tab of Spark's UI in the terminal: levels, suspended tasks, "
        "who waits for what. It ends with the application, or on Ctrl-C.",
    )
    parser.add_argument(
        "--ui",
        metavar="URL",
        default="http://localhost:4040",
        help="the application's UI, directly or through a proxy (default: %(default)s)",
    )
    parser.add_argument(
        "--every",
        metavar="SECONDS",
        type=_period_s,
        default=2.0,
        help="how often to refresh (default: %(default)g)",
    )
    parser.add_argument("--once", action="store_true", help="print it once and exit")
    options = parser.parse_args(words)
    try:
        from rich.console import Console
    except ImportError as e:
        raise NeptuneError(
            "the package rich, which draws it, is missing: pip install 'neptune-spark[top]'."
        ) from e
    url = address(options.ui)
    every_s = None if options.once else options.every
    with suppress(KeyboardInterrupt):
        _show(Console(highlight=False), options.ui, url, every_s)
    return 0


def _period_s(text: str) -> float:
    with suppress(ValueError):
        if LEAST_S <= float(text) <= MOST_S:
            return float(text)
    raise argparse.ArgumentTypeError(
        f"{text!r} is not a number of seconds between {LEAST_S:g} and {MOST_S:g}"
    )


def _show(console: Console, ui: str, url: str, every_s: float | None) -> None:
    from rich.live import Live

    from neptune_spark._top.screen import Screen

    answer = ask(url)
    if every_s is None or not answer.get("live", True):
        console.print(Screen(answer, ui, None))
        return
    if not console.is_terminal:
        console.print(
            _watch(url, answer, every_s, lambda a, n: console.print(Screen(a, ui, None, n)))
        )
        return
    with Live(console=console, screen=True, auto_refresh=False) as live:

        def draw(answer: Answer, note: str) -> None:
            live.update(Screen(answer, ui, console.height, note), refresh=True)

        last = _watch(url, answer, every_s, draw)
    console.print(last)


def _watch(
    url: str, answer: Answer, every_s: float, draw: Callable[[Answer, str], None]
) -> RenderableType:
    """Draw what the tab says until nobody answers any more; return what to say then."""
    note = ""
    while True:
        draw(answer, note)
        time.sleep(every_s)
        try:
            answer, note = ask(url), ""
        except Busy as e:
            note = str(e)
        except Gone:
            return "The UI is gone: the application has ended."
        if not answer.get("live", True):
            return "The application has ended."
