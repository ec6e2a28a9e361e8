"""Where the main thread of a worker stands, as its hub sees it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from neptune_bench.mechanism.control import PATIENCE_S
from tests.unit.worker.fake_executor import ROOT

PROGRAM = """
import ctypes, os, threading, time
from neptune_spark.worker.gate import Gate
from neptune_spark.worker.main_thread import MainThreadState, main_thread_state

gate = Gate()
gate.close()
reader, writer = os.pipe()
libc = ctypes.CDLL(None)

def look():
    deadline = time.monotonic() + PATIENCE_S
    while main_thread_state(gate.descriptor) is not MainThreadState.EXPECTED:
        assert time.monotonic() < deadline
    print(main_thread_state(gate.descriptor).name, flush=True)
    os.write(writer, b"!")
    gate.open()

thread = threading.Thread(target=look)
thread.start()
WAIT
thread.join()
"""


@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        ("gate.wait()", "AT_GATE"),
        ("os.read(reader, 1)", "ASLEEP"),
        # The first argument of this system call is the gate's descriptor, by chance.
        (
            "readable = (ctypes.c_ulong * 16)(1 << reader); gate._epoll.close();"
            "libc.select(reader + 1, readable, None, None, None)",
            "ASLEEP",
        ),
    ],
)
def test_where_the_main_thread_is(wait: str, expected: str) -> None:
    program = (
        PROGRAM.replace("PATIENCE_S", str(PATIENCE_S))
        .replace("EXPECTED", expected)
        .replace("WAIT", wait)
    )
    if "select" in wait:
        program = program.replace("gate.descriptor", "reader + 1")
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == expected
