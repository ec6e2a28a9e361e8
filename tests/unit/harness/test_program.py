"""How a benchmark ends by a signal: once, when it has cleaned up; and the options of all."""

from __future__ import annotations

import argparse
import signal
from importlib import import_module

import pytest

from neptune_bench.harness.program import count, positive, run, unbroken
from neptune_bench.unified import command_line
from neptune_bench.unified.workload import find


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_when_it_has_cleaned_up(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    done = []
    before = signal.getsignal(number)

    def act() -> None:
        try:
            signal.raise_signal(number)
            done.append("too much")
        finally:
            # A terminal that is closed says it to all processes, and each says it again.
            signal.raise_signal(number)
            signal.raise_signal(signal.SIGTERM)
            done.append("cleaned up")

    assert run("program", act) == 128 + number
    assert done == ["cleaned up"]
    assert "program: " in capsys.readouterr().err
    assert signal.getsignal(number) is before


def test_what_is_unbroken_is_ended_first() -> None:
    done = []

    def act() -> None:
        with unbroken():
            with unbroken():
                signal.raise_signal(signal.SIGTERM)
            done.append("all of it")
        done.append("too much")

    assert run("program", act) == 143
    assert done == ["all of it"]


def test_what_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert run("program", lambda: signal.raise_signal(signal.SIGHUP)) == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


COMMON = {"--master", "--scale", "--duration", "--schedulers", "--repeat", "--seed", "--out"}
#: Those that would mean nothing; docs/benchmarks.md says why.
WITHOUT = {
    "mechanism": {"--duration", "--schedulers"},
    "path": {"--duration", "--scale", "--schedulers"},
    "scale": {"--master", "--scale"},
    "share": {"--duration"},
}


def options_of(benchmark: str) -> set[str]:
    """The options of a benchmark, its own among them."""
    if benchmark in ("mechanism", "path", "scale", "realtime", "share"):
        parser = import_module(f"neptune_bench.{benchmark}.__main__").COMMAND.parser()
    else:
        parser = command_line.command(find(benchmark)).parser()
    return {word for action in parser._actions for word in action.option_strings}


@pytest.mark.parametrize(
    "benchmark", ["mechanism", "path", "scale", "lda", "ysb", "tpch", "sweep", "realtime", "share"]
)
def test_every_benchmark_takes_the_same_options(benchmark: str) -> None:
    without = WITHOUT.get(benchmark, set())
    found = options_of(benchmark)
    assert found & COMMON == COMMON - without
    assert "--quick" in found


@pytest.mark.parametrize("word", ["0", "-1", "nan"])
def test_sizes_are_positive(word: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"must be positive, not {word}"):
        positive(word)
    with pytest.raises((argparse.ArgumentTypeError, ValueError)):
        count(word)


def test_numbers_are_read() -> None:
    assert (positive("0.5"), count("3")) == (0.5, 3)
