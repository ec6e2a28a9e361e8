"""The files of a streaming query's events."""

from __future__ import annotations

from pathlib import Path

from neptune_bench.unified.query import Files


def test_files_hold_the_rows_of_their_numbers_in_order(tmp_path: Path) -> None:
    files = Files(tmp_path / "spool", 2, [0.5, 1.5, 2.5])
    files.write(lambda number: [{"file": number, "row": row} for row in range(number)])
    names = sorted(path.name for path in files.spool.iterdir())
    assert names == [files.path(number).name for number in range(len(files))]
    assert [(row["file"], row["row"]) for row in files.read()] == [
        (file, row) for file in range(5) for row in range(file)
    ]
