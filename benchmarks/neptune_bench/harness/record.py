"""Dataclasses as JSON files: plans that a driver process must know too, and results."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T", bound="Record")


@dataclass(frozen=True)
class Record:
    """Base of a frozen dataclass of numbers, strings and tuples of these."""

    def save(self, path: Path) -> None:
        """Write it as JSON to `path`."""
        path.write_text(json.dumps(asdict(self), indent=2))

    @classmethod
    def load(cls: type[T], path: Path) -> T:
        """Read what `save` wrote to `path`."""
        read: T = decoded(cls, json.loads(path.read_text()))
        return read


def decoded(kind: Any, value: Any) -> Any:
    """Return a value read from JSON as what it was before it was written.

    Args:
        kind: a dataclass, or the type of a field of one.
        value: what the file has. What a dataclass has no field for is left out: the file may have
            been written by another version.

    Raises:
        TypeError: if a field without a default is missing.
    """
    if is_dataclass(kind) and isinstance(value, dict):
        hints = get_type_hints(kind)
        known = {field.name for field in fields(kind)} & value.keys()
        return kind(**{name: decoded(hints[name], value[name]) for name in known})  # type: ignore[operator]  # `is_dataclass` is true of objects, too
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return decoded(inner[0], value)
    if inner and isinstance(value, dict):
        return {key: decoded(inner[1], found) for key, found in value.items()}
    if inner and isinstance(value, list):
        uniform = origin is not tuple or inner[-1] is Ellipsis
        kinds = inner[:1] * len(value) if uniform else inner
        made = [decoded(each, found) for each, found in zip(kinds, value, strict=True)]
        return tuple(made) if origin is tuple else made
    return value
