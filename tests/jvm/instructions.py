"""What a side of the protocol answers to an event."""

from __future__ import annotations

from typing import Any


def sent_and_told(instructions: Any) -> list[str]:
    """The messages to send and the names of all other instructions, but for those to wake it.

    Args:
        instructions: a Seq of Scala's.
    """
    each = [instructions.apply(i) for i in range(instructions.size())]
    return [
        str(one.message()) if one.productPrefix() == "Send" else one.productPrefix()
        for one in each
        if one.productPrefix() != "WakeWithin"
    ]
