"""The options that a plan declares, and what the command line makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from neptune_bench.harness.command import Command
from neptune_bench.harness.options import names, option, seconds, seeded
from neptune_bench.harness.record import Record


@dataclass(frozen=True)
class Plan(Record):
    """One field of each kind."""

    seed: int = seeded("of everything")
    times: int = option(3, "how often {what} is done")
    wait_s: float = option(2.5, "seconds between", name="wait", read=seconds)
    sides: tuple[str, ...] = option(("a", "b"), "which", read=names("side", ("a", "b", "c")))
    loud: bool = option(False, "aloud")
    rows: int = 10


COMMAND: Final = Command(
    *("name", "What it is.", Plan(), Plan(times=1, rows=3)),
    scaled=("rows",),
    scale_unit="times so many rows",
    texts={"what": "it"},
)


def plan_of(*words: str) -> Plan:
    return COMMAND.plan_of(COMMAND.parser().parse_args(words))


def test_what_is_not_named_stays() -> None:
    assert plan_of() == Plan()
    assert plan_of("--quick") == Plan(times=1, rows=3)
    assert COMMAND.parser().parse_args([]).out == Path("bench/name")


def test_options_change_their_fields() -> None:
    words = ("--times", "7", "--wait", "0", "--sides", "c,a,c", "--loud", "--seed", "-1")
    assert plan_of(*words) == Plan(-1, 7, 0.0, ("c", "a"), True)
    assert plan_of("--quick", "--times", "2", "--scale", "1.5") == Plan(times=2, rows=5)


def test_the_plan_describes_them() -> None:
    said = " ".join(COMMAND.parser().format_help().split())
    assert said.startswith("usage: neptune-spark bench name ")
    assert "--times TIMES how often it is done (3)" in said
    assert "--wait WAIT seconds between (2.5)" in said and "which (a,b)" in said
    assert "--rows" not in said


@pytest.mark.parametrize("words", [("--times", "0"), ("--wait", "-1"), ("--sides", "d")])
def test_nonsense_is_refused(words: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        plan_of(*words)
    assert words[0] in capsys.readouterr().err


def test_a_command_of_its_own_has_those_that_it_names() -> None:
    demo = Command("demo", None, Plan(), Plan(), own="demo", only=("seed",), texts={"what": "it"})
    said = demo.parser().format_help()
    assert said.startswith("usage: neptune-spark demo ")
    assert "--seed" in said and "--master" in said and "--times" not in said
