"""The frames of the control channel, byte by byte: the JVM's side has the same."""

from __future__ import annotations

import pytest

from neptune_spark.worker.errors import BrokenFrame
from neptune_spark.worker.messages import FRAME_BYTES, Message, Report, Request, decode, encode


def test_a_frame_is_kind_task_and_sequence_in_big_endian() -> None:
    assert FRAME_BYTES == 17
    assert encode(Report.SUSPENDED, 258, 3) == b"\x04" + b"\0" * 6 + b"\1\2" + b"\0" * 7 + b"\3"


@pytest.mark.parametrize("kind", Request)
@pytest.mark.parametrize("number", [0, 1, -1, 2**63 - 1, -(2**63)])
def test_a_request_is_read_as_it_was_written(kind: Request, number: int) -> None:
    assert decode(encode(kind, number, number)) == Message(kind, number, number)


def test_the_numbers_on_the_wire() -> None:
    assert {report.name: int(report) for report in Report} == {
        "HELLO": 1,
        "BEGIN": 2,
        "END": 3,
        "SUSPENDED": 4,
        "RESUMED": 5,
        "DEFERRED": 6,
        "SUSPENDED_MAYBE_BUSY": 7,
        "UNREACHABLE": 8,
    }
    assert {request.name: int(request) for request in Request} == {
        "SUSPEND": 16,
        "RESUME": 17,
        "CANCEL": 18,
        "SUSPEND_NOW": 19,
    }


@pytest.mark.parametrize("kind", [0, *Report, 20, 255])
def test_what_no_executor_says_is_rejected(kind: int) -> None:
    with pytest.raises(BrokenFrame, match=f"unknown kind {int(kind)}"):
        decode(bytes([kind]) + bytes(16))
