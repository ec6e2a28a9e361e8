"""What becomes of a list of checks, and how that is printed."""

from __future__ import annotations

import pytest

from neptune_spark import JavaError
from neptune_spark._doctor.checks import (
    Check,
    Failed,
    Note,
    Outcome,
    Printed,
    Skipped,
    Status,
    outcomes,
    summary,
)


def raising(error: Exception) -> Check[None]:
    def run(_: None) -> str:
        raise error

    return Check("it", run)


@pytest.mark.parametrize(
    ("check", "outcome"),
    [
        (Check("it", lambda _: "found"), Outcome(Status.OK, "it", "found")),
        (Check("it", lambda _: Note("a", "b")), Outcome(Status.NOTE, "it", "a", "b")),
        (raising(Failed("a", "b")), Outcome(Status.FAILED, "it", "a", "b")),
        (raising(Skipped("not here")), Outcome(Status.SKIPPED, "it", "(not here)")),
        (
            raising(JavaError("no Java: install one.")),
            Outcome(Status.FAILED, "it", "no Java: install one."),
        ),
        (
            raising(PermissionError(13, "Permission denied", "/root")),
            Outcome(Status.FAILED, "it", "[Errno 13] Permission denied: '/root'"),
        ),
        (
            raising(KeyError("x")),
            Outcome(
                Status.FAILED,
                "it",
                "the check itself failed: KeyError('x')",
                "Please report this, together with the other lines.",
            ),
        ),
    ],
)
def test_what_becomes_of_a_check(check: Check[None], outcome: Outcome) -> None:
    assert list(outcomes([check], None)) == [outcome]


def test_what_depends_on_a_failed_check_is_skipped_and_so_on() -> None:
    def fail(_: None) -> str:
        raise Failed("no")

    checks = [
        Check("bad", fail),
        Check("good", lambda _: Note("", "")),
        Check("on both", fail, ["bad", "good"]),
        Check("on that", fail, ["on both", "good"]),
        Check("on good", lambda _: "yes", ["good"]),
    ]
    made = {v.name: (v.status, v.text) for v in outcomes(checks, None)}
    assert made["on both"] == (Status.SKIPPED, "(needs bad)")
    assert made["on that"] == (Status.SKIPPED, "(needs on both)")
    assert made["on good"] == (Status.OK, "yes")


def test_each_is_told_before_the_next_is_made() -> None:
    made = outcomes([Check("first", lambda _: "yes"), raising(Failed("no"))], None)
    assert next(made).name == "first"


LONG = "word " * 40 + "/a/very" + "/long/path" * 12


def test_lines_are_aligned_and_what_does_not_fit_is_indented() -> None:
    printed = Printed(["Java", "workers' Python"], 200)
    assert printed.lines(Outcome(Status.OK, "Java", "17\n in /x")) == [
        "ok       Java             17 in /x"
    ]
    lines = printed.lines(Outcome(Status.FAILED, "Java", LONG, "Install one."))
    assert lines[0].startswith("FAILED   Java             word word")
    assert all(line.startswith(" " * 26 + "word") for line in lines[1:-2])
    # A path is in one piece, to be copied.
    assert lines[-2].strip() == LONG.split()[-1]
    assert lines[-1] == " " * 26 + "Install one."
    assert all(len(line) <= 100 for line in lines if "/" not in line)


@pytest.mark.parametrize(("columns", "width"), [(20, 80), (90, 90), (300, 100)])
def test_the_width_is_a_terminals_within_bounds(columns: int, width: int) -> None:
    outcome = Outcome(Status.FAILED, "x", "a " * 200)
    lines = Printed(["x"], columns).lines(outcome)
    assert max(map(len, lines)) in (width, width - 1)


def test_what_is_well_is_one_line_however_long() -> None:
    assert len(Printed(["x"], 80).lines(Outcome(Status.OK, "x", LONG))) == 1


def test_the_last_line_says_how_many() -> None:
    ok, failed, skipped, note = Status.OK, Status.FAILED, Status.SKIPPED, Status.NOTE
    assert summary([ok, note]) == "All is well."
    assert summary([ok, skipped]) == "All is well; 1 skipped."
    assert summary([ok, failed, skipped]) == "1 of 3 checks failed; 1 skipped."
