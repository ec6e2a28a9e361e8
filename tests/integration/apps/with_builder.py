"""Runs an application in a session that `neptune_spark.builder()` has started.

Usage: with_builder.py MASTER APPLICATION [ARGUMENT ...]
"""

from __future__ import annotations

import runpy
import sys

import neptune_spark


def main() -> None:
    master, sys.argv = sys.argv[1], sys.argv[2:]
    neptune_spark.builder().master(master).config("spark.ui.enabled", "false").getOrCreate()
    # As a module that is not importable, so that its functions are sent to the workers by value.
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
