"""Jars are fetched again when a download fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from neptune_bench.harness import maven, toolchain

#: In the place of the Java that runs Ivy: it fails so often, and then has a jar.
JAVA = """#!/bin/sh
echo call >> {calls}
if [ $(wc -l < {calls}) -le {failures} ]; then echo "Server returned 503"; exit 1; fi
for word; do
    case "$word" in */jars/?artifact*) mkdir "${{word%/*}}"; touch "${{word%/*}}/some.jar";; esac
done
"""
WANTED = [maven.Artifact("org.some", "some", "1.0")]


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(toolchain, "cache_directory", lambda: tmp_path / "cache")
    monkeypatch.setattr(maven, "java", lambda: str(tmp_path / "java"))
    return tmp_path / "calls"


def fail(calls: Path, failures: int) -> None:
    java = calls.with_name("java")
    java.write_text(JAVA.format(calls=calls, failures=failures))
    java.chmod(0o755)


def test_a_download_that_fails_is_tried_again(calls: Path) -> None:
    fail(calls, 1)
    for _ in range(2):
        found = maven.fetched("some-1.0", WANTED, "A test")
        assert [jar.name for jar in found.iterdir()] == ["some.jar"]
    assert len(calls.read_text().splitlines()) == 2
