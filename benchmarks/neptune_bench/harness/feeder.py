"""Moves event files into the stream's directory at given times; a process of its own.

Run as ``python feeder.py SPOOL LANDING SCHEDULE PLACED`` where SCHEDULE is a JSON list of
``[file name, epoch seconds]``, ascending. The times at which the files were placed go to PLACED, a
JSON list in the same order. It imports nothing but the standard library, so that it starts at once.
"""

import json
import os
import sys
import time


def feed(spool: str, landing: str, schedule: list[tuple[str, float]]) -> list[float]:
    """Rename each file of `schedule` from `spool` into `landing` at its time.

    Returns the epoch seconds read just before each rename: a file is there no earlier than that.
    """
    placed = []
    for name, due in schedule:
        time.sleep(max(0.0, due - time.time()))
        source = os.path.join(spool, name)
        # The file source orders files by modification time; the rename itself keeps the old one.
        os.utime(source)
        placed.append(time.time())
        os.rename(source, os.path.join(landing, name))
    return placed


def main(arguments: list[str]) -> None:
    """Feed as the four `arguments` say (see the module's docstring)."""
    spool, landing, schedule_path, placed_path = arguments
    with open(schedule_path) as schedule_file:
        schedule = [(str(name), float(due)) for name, due in json.load(schedule_file)]
    placed = feed(spool, landing, schedule)
    with open(placed_path + ".part", "w") as placed_file:
        json.dump(placed, placed_file)
    os.rename(placed_path + ".part", placed_path)


if __name__ == "__main__":
    main(sys.argv[1:])
