"""The generated page of the protocol is that of the tables."""

from __future__ import annotations

from pathlib import Path

from py4j.java_gateway import JVMView

from tests.jvm.lives import all_lives
from tests.jvm.protocol_page import page

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date(jvm: JVMView) -> None:
    written = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    assert written == page(all_lives(jvm)), "run `make docs`"


def test_every_state_can_be_come_to_and_every_event_can_happen(jvm: JVMView) -> None:
    for life in all_lives(jvm):
        begin = next(iter(life.states))
        reached = {begin}
        while more := {after for (s, _), after in life.moves.items() if s in reached} - reached:
            reached |= more
        assert reached == set(life.states), life.name
        assert {event for _, event in life.moves} == set(life.events), life.name
