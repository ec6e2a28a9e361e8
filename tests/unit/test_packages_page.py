"""The page on packages names the versions that `make packages` fetches."""

from __future__ import annotations

from pathlib import Path

import pytest

from neptune_spark._start.lines import spark_lines
from tests.packages.catalogue import DELTA, ICEBERG, Package

PAGE = Path(__file__).parents[2] / "docs" / "packages.md"


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


@pytest.mark.parametrize(("name", "package"), [("Delta Lake", DELTA), ("Iceberg", ICEBERG)])
def test_it_has_the_versions_for_each_line(name: str, package: Package) -> None:
    page = PAGE.read_text(encoding="utf-8").splitlines()
    lines = spark_lines().values()
    header = page.index(
        " | ".join(["| package", *(f"Spark {line.newest}" for line in lines)]) + " |"
    )
    rows = {first: rest for first, *rest in map(cells, page[header : page.index("", header)])}
    found = []
    for line in lines:
        coordinates = package.coordinates.get(tuple(map(int, line.name.split("."))))
        found.append(coordinates.rpartition(":")[2] if coordinates else "none yet")
    assert rows[name] == found
