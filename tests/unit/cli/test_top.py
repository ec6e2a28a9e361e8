"""`neptune-spark top`: what it shows of the tab's answers, and how it ends."""

from __future__ import annotations

import io
import json
import socket
import sys
import time
from typing import Any

import pytest
from rich.console import Console

from neptune_spark import cli
from neptune_spark._top.screen import Screen
from tests.unit.cli.fake_ui import NO_TAB, answer, level, said, serving, suspended, waiting

Capture = pytest.CaptureFixture[str]
REASON = (
    "Held: 8 cores by tasks of priority 10 and 12 cores by tasks of priority -10. On their way: 4 "
    "cores, of tasks that have been asked to suspend."
)


def drawn(answered: dict[str, Any], height: int | None = None, width: int = 80) -> list[str]:
    """The lines on a terminal of this size."""
    out = io.StringIO()
    console = Console(file=out, width=width, height=height, color_system=None)
    console.print(Screen(answered, "http://localhost:4040", height))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def columns(lines: list[str], first: str) -> list[list[str]]:
    """The cells of the table whose first column has this name, up to the next empty line."""
    start = next(i for i, line in enumerate(lines) if line.split()[:1] == [first])
    rows = lines[start : [*lines, ""].index("", start)]
    return [[cell for cell in row.split("  ") if cell] for row in rows]


def test_levels_have_their_names() -> None:
    lines = drawn(answer())
    _, high, normal, low = columns(lines, "Level")
    assert [cell.strip() for cell in high] == ["high (10)", "8", "12", "0", "0", "12 ms", "34.5 ms"]
    assert [cell.strip() for cell in normal] == ["normal (0)", "0", "4", "0", "0"]
    assert low[0].strip() == "low (-10)"


def test_the_figures() -> None:
    text = "\n".join(drawn(answer()))
    assert "1,234 suspensions, 1,200 resumptions, 1 rescue, 0 kills, 0 policy faults" in text
    assert "cores lent 25 (at most 32), work kept 12,345.68 core s" in text
    assert "median time: to suspend 12 ms, to resume 12 ms\n" in text
    assert "policy lb" in text
    assert "Suspended: 0 tasks" in text
    assert "Who waits for what: 0 stages" in text


def test_suspended_tasks_and_for_whom() -> None:
    nobody = {"for_priority": None, "for_stage_id": None}
    rows = [
        suspended(7),
        suspended(8, manual=True),
        suspended(9, for_priority=None, job_id=None),
        suspended(10, for_limit="pool etl", **nobody),
    ]
    lines = drawn(answer(rows), width=140)
    _, first, by_hand, unknown, limited = columns(lines, "Task")
    assert [cell.strip() for cell in first] == [
        *("7", "40", "30", "1.5 s", "3", "25%", "high (10), stage 41"),
        "12 on ip-10-12-13-14.some-region.compute.internal",
    ]
    assert by_hand[6].strip() == "by hand"
    assert "high" not in " ".join(unknown)
    assert limited[6].strip() == "limit of the pool etl"


def test_who_waits_for_what_and_why() -> None:
    text = " ".join(drawn(answer(waits=[waiting(41, REASON)], waiting_left_out=3)))
    assert "Who waits for what: 4 stages" in text
    assert "stage 41 (job 31), high (10): 4 pending, 8 running" in text
    assert REASON in text
    assert "and 3 more" in text


def test_it_fits_into_a_small_terminal() -> None:
    """However much there is, some of each is shown, and how much is left out."""
    many = answer(
        [suspended(100_000 + i) for i in range(150)],
        [waiting(41 + i, REASON) for i in range(20)],
        levels=[level(100 - i, 1, 1, 0) for i in range(9)],
    )
    many["suspended"]["total"] = 1500
    lines = drawn(many, height=24)
    assert 20 <= len(lines) <= 23
    assert max(map(len, lines)) <= 80
    rows = columns(lines, "Task")[1:-1]
    assert len(rows) >= 2
    assert all(row[-1].strip().startswith("12 on ip-") for row in rows)
    assert f"and {1500 - len(rows):,} more" in lines
    assert "stage 41 (job 31), high (10): 4 pending, 8 running" in lines
    assert "and 19 more" in lines


def test_of_many_levels_it_shows_those_that_have_tasks() -> None:
    levels = [level(100 - i, int(i in (80, 90)), 0, 0) for i in range(100)]
    lines = drawn(answer(levels=levels), height=24)
    shown = [row[0].strip() for row in columns(lines, "Level")[1:]]
    assert shown == ["100", "99", "98", "20", "high (10)", "and 95 more"]


def test_a_larger_terminal_shows_more() -> None:
    many = answer([suspended(i) for i in range(10)], [waiting(41 + i, REASON) for i in range(5)])
    lines = drawn(many, height=60, width=120)
    assert lines == drawn(many, width=120)
    assert not any("more" in line for line in lines)


def test_what_an_application_says_gives_the_terminal_no_commands() -> None:
    evil = "h\x1b[2J\x9bboo [bold]x[/bold]"
    lines = drawn(answer([suspended(1, host=evil)], [waiting(2, evil)]), width=160)
    text = "\n".join(lines)
    assert "\x1b" not in text and "\x9b" not in text
    assert text.count("[bold]x[/bold]") == 2


def test_an_application_that_has_ended() -> None:
    """As the History Server tells of it, with figures or without."""
    lines = drawn(answer(live=False, suspended=[]))
    assert "The application has ended: these are its last figures." in lines
    assert "1,234 suspensions" in " ".join(lines)
    ended = {"live": False, "time": -1, "statistics": None, "levels": None}
    assert "Suspended: 0 tasks" in drawn({**ended, "suspended": [], "waiting": []})


@pytest.mark.parametrize("path", ["", "/", "/proxy/application_1_2/"])
def test_once(path: str, capsys: Capture) -> None:
    with serving([said(rows=[suspended(7)])]) as (ui, paths):
        assert cli.main(["top", "--once", "--ui", ui + path]) == 0
    assert paths == [f"{path.rstrip('/')}/neptune/json/?size=200"]
    assert "Suspended: 1 task\n" in capsys.readouterr().out


@pytest.mark.parametrize("page", ["/neptune", "/neptune/", "/neptune/json/"])
def test_the_address_of_the_tab_itself(page: str, capsys: Capture) -> None:
    with serving([said(rows=[suspended(7)])]) as (ui, paths):
        assert cli.main(["top", "--once", "--ui", f"{ui}/proxy{page}"]) == 0
    assert paths == ["/proxy/neptune/json/?size=200"]


def test_an_address_without_a_scheme(capsys: Capture) -> None:
    with serving([said()]) as (ui, _):
        assert cli.main(["top", "--once", "--ui", ui.partition("//")[2]]) == 0


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (NO_TAB, "has no Neptune tab"),
        ((302, ""), "has no Neptune tab"),
        ((200, "[]"), "has no Neptune tab"),
        ((403, ""), "requires a login"),
        ((503, ""), "answers 503"),
        (
            (200, json.dumps({"error": "It broke."})),
            "can't report the scheduler's state: It broke.",
        ),
    ],
)
def test_a_ui_that_does_not_tell(reply: tuple[int, str], sentence: str, capsys: Capture) -> None:
    with serving([reply]) as (ui, _):
        assert cli.main(["top", "--ui", ui]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("neptune-spark top: ")
    assert sentence in err


def test_a_ui_that_is_not_there(capsys: Capture) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        assert cli.main(["top", "--ui", f"http://127.0.0.1:{port}"]) == 1
    assert "can't be reached" in capsys.readouterr().err


def test_wrong_options(capsys: Capture) -> None:
    assert cli.main(["top", "--ui", "ftp://there"]) == 1
    assert "--ui is 'ftp://there'" in capsys.readouterr().err
    for period in ("0", "nan", "often"):
        with pytest.raises(SystemExit, match="2"):
            cli.main(["top", "--every", period])
        assert f"'{period}' is not a number of seconds" in capsys.readouterr().err


def test_it_goes_on_until_the_ui_is_gone(capsys: Capture) -> None:
    """It outlives an answer that there is none, and says so."""
    busy = (200, json.dumps({"error": "The application is being stopped."}))
    with serving([said(), said(rows=[suspended(7)]), busy, NO_TAB]) as (ui, paths):
        assert cli.main(["top", "--every", "0.2", "--ui", ui]) == 0
    out = capsys.readouterr().out
    assert len(paths) == 4
    assert [line for line in out.splitlines() if line.startswith("Suspended")] == [
        *("Suspended: 0 tasks", "Suspended: 1 task", "Suspended: 1 task")
    ]
    assert "The application is being stopped." in " ".join(out.split())
    assert out.endswith("The UI is gone: the application has ended.\n")


def test_ctrl_c_ends_it(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    with serving([said()]) as (ui, paths), monkeypatch.context() as patched:
        patched.setattr(time, "sleep", interrupted)
        assert cli.main(["top", "--ui", ui]) == 0
        assert len(paths) == 1
    assert "high (10)" in capsys.readouterr().out


def test_without_rich(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    for name in ("rich", "rich.console"):
        monkeypatch.setitem(sys.modules, name, None)
    assert cli.main(["top"]) == 1
    assert "pip install 'neptune-spark[top]'" in capsys.readouterr().err
