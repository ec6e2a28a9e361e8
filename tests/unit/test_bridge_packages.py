"""The packages of the bridge use each other, and time, as CONTRIBUTING.md says."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.layers.rules import BRIDGE, SCALA
from tests.unit.layers.scala_imports import ScalaSources

ROOT = Path(__file__).parents[2]


def allowed() -> dict[str, set[str]]:
    """Return what each package may use, as the table has it: those that are named above it."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"\| package \| what \| uses \|\n\|[-|]+\n((?:\|.*\n)+)", text)
    found: dict[str, set[str]] = {}
    for row in table.splitlines():
        packages, _, uses = (cell.strip() for cell in row.strip("|").rsplit("|", 2))
        names = re.findall(r"`([\w.]+)`", uses)
        assert set(names) <= set(found), f"{row}: not above it"
        for package in re.findall(r"`([\w.]+)`", packages):
            found[package] = set(found) if uses == "all of these" else set(names)
    return found


def short(package: str) -> str:
    return package[len(f"{BRIDGE}.") :] if package.startswith(f"{BRIDGE}.") else package


def test_each_package_uses_what_the_table_says() -> None:
    table = allowed()
    arrows = {
        (short(arrow.user), short(arrow.used))
        for arrow in ScalaSources(ROOT, SCALA, one_by_one=BRIDGE).arrows()
        if arrow.used.startswith("org.")
    }
    assert len(arrows) > 10
    wrong = [
        f"{user} must not use {used}"
        for user, used in sorted(arrows)
        if user != used and used not in table[user] | {"BuildCheck"}
    ]
    assert wrong == []


def test_only_the_clock_asks_the_system_for_the_time() -> None:
    asks = re.compile(
        r"System\.(nanoTime|currentTimeMillis)|ScheduledExecutor|java\.time|Instant\b"
    )
    found = {
        file.relative_to(ROOT / SCALA).as_posix()
        for file in (ROOT / SCALA).rglob("*.scala")
        if asks.search(file.read_text(encoding="utf-8"))
    }
    time = "scala/org/apache/spark/neptune/time"
    assert found == {f"{time}/SystemTime.scala", f"{time}/ThreadTimer.scala"}
