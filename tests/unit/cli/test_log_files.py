"""Event logs in all shapes in which Spark writes them."""

from __future__ import annotations

import builtins
import struct
from pathlib import Path
from typing import Any, Callable

import pyarrow
import pytest
import zstandard

from neptune_spark import NeptuneError
from neptune_spark._event_log import logged_events
from tests.unit.cli.made_log import lines, whole

LOG = lines(whole())
BLOCK = 1000


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def lz4(data: bytes) -> bytes:
    """As LZ4BlockOutputStream writes: blocks, some of them stored, and an empty one at the end."""
    compress = pyarrow.Codec("lz4_raw").compress
    found = []
    for start in range(0, len(data), BLOCK):
        block = data[start : start + BLOCK]
        stored = start == BLOCK
        packed = block if stored else compress(block).to_pybytes()
        token = 0x10 if stored else 0x20
        found.append(struct.pack("<8sBiiI", b"LZ4Block", token, len(packed), len(block), 0))
        found.append(packed)
    return b"".join([*found, struct.pack("<8sBiiI", b"LZ4Block", 0x10, 0, 0, 0)])


def snappy(data: bytes) -> bytes:
    """As SnappyOutputStream writes."""
    compress = pyarrow.Codec("snappy").compress
    found = [b"\x82SNAPPY\x00", struct.pack(">ii", 1, 1)]
    for start in range(0, len(data), BLOCK):
        packed = compress(data[start : start + BLOCK]).to_pybytes()
        found += [struct.pack(">i", len(packed)), packed]
    return b"".join(found)


CODECS = pytest.mark.parametrize("codec", [zstd, lz4, snappy])


def read(path: Path) -> list[Any]:
    return list(logged_events(str(path)))


def test_a_plain_file(tmp_path: Path) -> None:
    path = tmp_path / "app-1"
    path.write_bytes(LOG)
    assert read(path) == whole()
    assert list(logged_events(path.as_uri())) == whole()


def test_a_plain_file_of_another_name(tmp_path: Path) -> None:
    path = tmp_path / "last.night.json"
    path.write_bytes(LOG)
    assert read(path) == whole()


def test_a_line_that_is_cut_short_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "app-1.inprogress"
    path.write_bytes(LOG[:-20])
    assert read(path) == whole()[:-1]


@CODECS
def test_a_compressed_file(codec: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / f"app-1.{codec.__name__}"
    path.write_bytes(codec(LOG))
    assert read(path) == whole()


@CODECS
def test_one_that_a_killed_driver_left(codec: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / f"app-1.{codec.__name__}.inprogress"
    many = LOG * 40
    path.write_bytes(codec(many)[:-10])
    found = read(path)
    assert found == (whole() * 40)[: len(found)]


def test_a_rolling_log(tmp_path: Path) -> None:
    """Its pieces are read by number, those before a compacted one not at all."""
    directory = tmp_path / "eventlog_v2_app-1"
    directory.mkdir()
    told = whole()
    gone = lines([{"Event": "SparkListenerLogStart", "Spark Version": "gone"}])
    (directory / "appstatus_app-1").write_bytes(b"")
    (directory / "events_1_app-1").write_bytes(gone)
    (directory / "events_2_app-1.zstd").write_bytes(zstd(gone))
    (directory / "events_2_app-1.zstd.compact").write_bytes(zstd(lines(told[:5])))
    (directory / "events_3_app-1").write_bytes(lines(told[5:7]))
    (directory / "events_10_app-1").write_bytes(lines(told[7:]))
    assert read(directory) == told


@CODECS
def test_a_missing_library_is_named(
    codec: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"app-1.{codec.__name__}"
    path.write_bytes(codec(LOG))
    load = builtins.__import__

    def without(name: str, *others: Any) -> Any:
        if name in ("zstandard", "pyarrow"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return load(name, *others)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NeptuneError, match=r"pip install 'neptune-spark\[report\]'"):
        read(path)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("notes.txt", b"no log", "compressed with 'txt'"),
        ("notes", b"no log\n", "line 1 is not an event"),
        ("numbers", b"[1]\n[2]\n", "line 1 is not an event"),
        ("broken", LOG + b"{\n" + LOG, "line 28 is not an event"),
        ("app.lz4", b"x" * 100, "not compressed with lz4"),
        ("app.snappy", b"x" * 100, "not compressed with snappy"),
        ("app.zstd", b"x" * 100, "not compressed with zstd"),
    ],
)
def test_what_is_no_log(name: str, content: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(NeptuneError, match=sentence):
        read(tmp_path / name)


def test_what_is_not_here(tmp_path: Path) -> None:
    with pytest.raises(NeptuneError, match="There is no event log"):
        read(tmp_path / "none")
    with pytest.raises(NeptuneError, match="copy it to this machine first"):
        list(logged_events("hdfs://nn/spark-logs/app-1"))
    with pytest.raises(NeptuneError, match="is not a rolling event log"):
        read(tmp_path)
