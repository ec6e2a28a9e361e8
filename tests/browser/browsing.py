"""A real browser without a screen, and the pages of Neptune's tab in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.jobs import PATIENCE_S, eventually

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: Debian's, or what else is there; playwright would download one of its own.
NAMES = ("chromium", "chromium-browser", "google-chrome")

#: For how long the browser may start, and a page be loaded and filled.
PATIENCE_MS = 1000 * PATIENCE_S

#: The paths of the tab's pages below it.
PAGES = ("", "time", "suspensions", "jobs", "stages", "decisions", "streams", "settings")


def browser_path() -> str | None:
    """Where the browser is, if there is one."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Tab:
    """The tab in a browser.

    Attributes
    ----------
    problems : list[str]
        What the browser has said of errors in pages.
    """

    def __init__(self, page: Page, ui: str) -> None:
        self.page = page
        self._ui = ui
        self.problems: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def _heard(self, message: object) -> None:
        if getattr(message, "type", "") == "error":
            self.problems.append(str(getattr(message, "text", message)))

    def open(self, path: str = "", ui: str | None = None) -> None:
        """Goes to a page, and waits until it is filled."""
        below = f"{path}/" if path else ""
        self.page.goto(f"{ui or self._ui}/neptune/{below}")
        self.page.wait_for_selector("#neptune-page > *")

    def text(self, element: str) -> str:
        """What an element says, by its id."""
        return self.page.inner_text(f"#{element}")

    def rows(self, table: str) -> list[list[str]]:
        """The cells of a table's rows, by its id; none if it says that there are none."""
        found: list[list[str]] = self.page.evaluate(
            "id => [...document.querySelectorAll(`#${id} tbody tr`)]"
            ".map(row => [...row.cells].map(cell => cell.innerText))",
            table,
        )
        return found

    def column(self, table: str, heading: str) -> list[str]:
        """The cells below a heading."""
        names: list[str] = self.page.evaluate(
            "id => [...document.querySelectorAll(`#${id} thead th`)].map(cell => cell.innerText)",
            table,
        )
        if not names:
            return []
        place = names.index(heading)
        return [row[place] for row in self.rows(table)]

    def eventually(self, table: str, heading: str, cells: list[str]) -> None:
        """Waits until a column has just these cells, in any order."""
        eventually(
            lambda: sorted(self.column(table, heading)) == sorted(cells),
            f"{heading} of {table} is not {cells}",
        )

    def picture(self, directory: Path, name: str) -> None:
        self.page.screenshot(path=str(directory / f"{name}.png"), full_page=True)


@contextmanager
def tab_of(ui: str) -> Iterator[Tab]:
    """The tab of a UI, live or in the History Server."""
    from playwright.sync_api import sync_playwright

    path = browser_path()
    assert path is not None
    with sync_playwright() as playwright:
        # Its sandbox needs rights that root in a container has not got.
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"], timeout=PATIENCE_MS
        )
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(PATIENCE_MS)
            yield Tab(page, ui)
        finally:
            browser.close()
