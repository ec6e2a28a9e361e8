"""Dataclasses come back from JSON as they were."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from neptune_bench.harness.record import Record, decoded


@dataclass(frozen=True)
class Part:
    name: str
    pair: tuple[int, str]


@dataclass(frozen=True)
class Whole(Record):
    parts: tuple[Part, ...]
    by_name: Mapping[str, Part]
    maybe: Part | None
    nothing: Part | None
    lists: list[tuple[float, ...]]
    options: Mapping[str, Any] = field(default_factory=dict)


PART = Part("a", (1, "b"))
WHOLE = Whole((PART, PART), {"x": PART}, PART, None, [(1.0, 2.0)], {"words": ["a"], "deep": {}})


def test_all_of_it_comes_back(tmp_path: Path) -> None:
    WHOLE.save(tmp_path / "whole.json")
    assert Whole.load(tmp_path / "whole.json") == WHOLE


def test_other_versions_may_have_had_more_or_less() -> None:
    found = {**json.loads(json.dumps(asdict(WHOLE))), "later": 1}
    del found["options"]
    assert decoded(Whole, found).parts == WHOLE.parts
    assert decoded(Whole, found).options == {}
    with pytest.raises(TypeError, match="by_name"):
        decoded(Whole, {key: value for key, value in found.items() if key != "by_name"})
