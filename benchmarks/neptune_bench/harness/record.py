"""Flat dataclasses as JSON files, for a plan that a driver process must know too."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T", bound="Record")


class Record:
    """Base of a frozen dataclass of numbers, strings and tuples of these."""

    def save(self, path: Path) -> None:
        """Write it as JSON to `path`."""
        path.write_text(json.dumps(asdict(self), indent=2))  # type: ignore[call-overload]  # subclasses are dataclasses

    @classmethod
    def load(cls: type[T], path: Path) -> T:
        """Read what `save` wrote to `path`."""
        values: dict[str, Any] = json.loads(path.read_text())
        for name, value in values.items():
            if isinstance(value, list):
                values[name] = tuple(value)
        return cls(**values)
