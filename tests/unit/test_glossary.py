"""Every word of the glossary is in the code where the glossary says so."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| ([\w ]+) \| .* \| (.*) \|$", re.MULTILINE)


def test_the_words_are_where_they_are_said_to_be() -> None:
    rows = ROW.findall((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
    words = [word for word, _ in rows if word != "word"]
    assert len(words) > 15 and words == sorted(words)
    places = {place for _, cell in rows for place in re.findall(r"`(\w+/[\w./]*)`", cell)}
    code = [
        file.relative_to(ROOT).as_posix()
        for folder in ("neptune_spark", "jvm-shim/src/main")
        for file in (ROOT / folder).rglob("*")
        if file.suffix in (".py", ".scala")
    ]
    for place in places:
        assert any(f"/{place}" in file for file in code), place
