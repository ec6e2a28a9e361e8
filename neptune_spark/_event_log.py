"""Reads the events of an event log as Spark has written it: plain, compressed, or in pieces."""

from __future__ import annotations

import io
import json
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import IO, Any

from neptune_spark._errors import NeptuneError

#: A piece of a rolling log; one that is compacted stands for all before it, and for itself.
_PIECE = re.compile(r"events_(\d+)_.*?(\.compact)?(\.inprogress)?")
_SUFFIXES = re.compile(r"(\.inprogress|\.compact)+$")
_REMEDY = "pip install 'neptune-spark[report]'"


def logged_events(log: str | PathLike[str]) -> Iterator[dict[str, Any]]:
    r"""Yield the events of one of Spark's event logs, in order: plain, compressed, or in pieces.

    What a killed driver left unfinished, the last line or a compressed block, is skipped.

    .. versionadded:: 0.1.0

    Parameters
    ----------
    log : str | PathLike[str]
        A file, whose name ends with the codec if it is compressed (zstd, lz4 or snappy); or the
        directory of a rolling log.

    Returns
    -------
    Iterator[dict[str, Any]]
        Each event as parsed JSON.

    Raises
    ------
    NeptuneError
        If there is no readable event log, or the package that decompresses it is missing: the
        extra `neptune-spark[report]` installs it.

    Examples
    --------
    >>> from tempfile import NamedTemporaryFile
    >>> with NamedTemporaryFile("w") as log:
    ...     _ = log.write('{"Event": "SparkListenerLogStart", "Spark Version": "4.3.0"}\n')
    ...     log.flush()
    ...     [event["Event"] for event in neptune_spark.logged_events(log.name)]
    ['SparkListenerLogStart']
    """
    pieces = _pieces(_path(fspath(log)))
    for piece in pieces:
        try:
            with piece.open("rb") as file:
                yield from _parsed(piece, io.BufferedReader(_decompressed(piece, file)))
        # Of codecs, too.
        except (OSError, ValueError) as e:
            raise NeptuneError(f"The event log {piece} can't be read: {e}.") from e


def _path(log: str) -> Path:
    scheme, colon, rest = log.partition(":")
    if colon and scheme == "file":
        return Path("/" + rest.lstrip("/"))
    path = Path(log)
    if not path.exists():
        remedy = (
            "copy it to this machine first" if "://" in log else "name a file, or a rolling log"
        )
        raise NeptuneError(f"There is no event log {log} here: {remedy}.")
    return path


def _pieces(path: Path) -> list[Path]:
    """Return the files of a log, in order."""
    if not path.is_dir():
        return [path]
    found = []
    for file in path.iterdir():
        match = _PIECE.fullmatch(file.name)
        if match:
            found.append((int(match[1]), match[2] is not None, file))
    if not found:
        raise NeptuneError(
            f"{path} is not a rolling event log, which has files called events_1_... and so on: "
            "name one of the logs in it."
        )
    found.sort()
    compacted = [i for i, (_, is_compacted, _) in enumerate(found) if is_compacted]
    return [file for _, _, file in found[compacted[-1] if compacted else 0 :]]


def _parsed(piece: Path, lines: IO[bytes]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line)
            if not isinstance(event, dict) or "Event" not in event:
                raise ValueError("it has no Event")
        except ValueError as e:
            # The last line may be cut short.
            if number > 1 and not line.endswith(b"\n"):
                return
            raise NeptuneError(
                f"{piece} is not a Spark event log: line {number} is not an event ({e})."
            ) from e
        yield event


class _Chunks(io.RawIOBase):
    """A stream of pieces that come one by one."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = chunk
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def _decompressed(piece: Path, file: IO[bytes]) -> io.RawIOBase:
    """Return what is in a file, whose name ends with the codec, if there is one."""
    name = _SUFFIXES.sub("", piece.name)
    codec = name.rpartition(".")[2] if "." in name else ""
    if codec not in _CODECS:
        is_plain = not codec or file.read(1) == b"{"
        if not is_plain:
            raise NeptuneError(
                f"The event log {piece} is compressed with {codec!r}, which is not one of "
                f"{', '.join(_CODECS)}: set spark.eventLog.compression.codec to one of these."
            )
        file.seek(0)
        return _Chunks(iter(lambda: file.read(1 << 20), b""))
    try:
        return _Chunks(_CODECS[codec](file))
    except ImportError as e:
        raise NeptuneError(
            f"The event log {piece} is compressed with {codec}, and {e.name}, which decompresses "
            f"it, is missing: {_REMEDY}."
        ) from e


def _zstd(file: IO[bytes]) -> Iterator[bytes]:
    import zstandard

    def chunks() -> Iterator[bytes]:
        reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        try:
            yield from iter(lambda: reader.read(1 << 20), b"")
        except zstandard.ZstdError as e:
            raise ValueError(f"it is not compressed with zstd, as its name says ({e})") from e

    return chunks()


def _lz4(file: IO[bytes]) -> Iterator[bytes]:
    """Read blocks as lz4-java's LZ4BlockOutputStream writes them."""
    import pyarrow

    return _blocks(file, "<8sBiiI", _lz4_block(pyarrow.Codec("lz4_raw").decompress))


def _lz4_block(decompress: Callable[..., Any]) -> Callable[[IO[bytes], tuple[Any, ...]], bytes]:
    stored = 0x10

    def block(file: IO[bytes], header: tuple[Any, ...]) -> bytes:
        magic, token, size, whole, _ = header
        if magic != b"LZ4Block":
            raise ValueError("it is not compressed with lz4, as its name says")
        data = file.read(size)
        if len(data) < size or not whole:
            return b""
        return data if token & 0xF0 == stored else bytes(decompress(data, whole))

    return block


def _snappy(file: IO[bytes]) -> Iterator[bytes]:
    """Read blocks as snappy-java's SnappyOutputStream writes them."""
    import pyarrow

    decompress = pyarrow.Codec("snappy").decompress
    magic = b"\x82SNAPPY\x00"
    rest_of_header = 8

    def block(file: IO[bytes], header: tuple[Any, ...]) -> bytes:
        data = file.read(header[0])
        return bytes(decompress(data, _varint(data))) if len(data) == header[0] else b""

    if file.read(len(magic)) != magic:
        raise ValueError("it is not compressed with snappy, as its name says")
    file.read(rest_of_header)
    return _blocks(file, ">i", block)


def _blocks(
    file: IO[bytes], header: str, block: Callable[[IO[bytes], tuple[Any, ...]], bytes]
) -> Iterator[bytes]:
    size = struct.calcsize(header)
    while True:
        head = file.read(size)
        if len(head) < size:
            return
        yield block(file, struct.unpack(header, head))


def _varint(data: bytes) -> int:
    """Return the length that a block of Snappy begins with."""
    value = 0
    for index, byte in enumerate(data[:5]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            break
    return value


_CODECS: Mapping[str, Callable[[IO[bytes]], Iterator[bytes]]] = {
    "zstd": _zstd,
    "lz4": _lz4,
    "snappy": _snappy,
}
