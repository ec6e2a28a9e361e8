"""`neptune-spark settings`: the reference page of all settings."""

from __future__ import annotations

import argparse

from neptune_spark._settings import reference_page

SUMMARY = "print all settings as a Markdown page"


def run(words: list[str]) -> int:
    """Print the page on stdout.

    Parameters
    ----------
    words : list[str]
        The words after the command's name.

    Returns
    -------
    int
        0.
    """
    argparse.ArgumentParser(prog="neptune-spark settings", description=SUMMARY).parse_args(words)
    print(reference_page(), end="")
    return 0
