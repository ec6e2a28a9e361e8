"""A small corpus of known topics, and what is learnt from it, made once for all tests."""

from __future__ import annotations

import functools

from neptune_bench.lda import corpora, model, training
from neptune_bench.lda.corpora import Corpus
from neptune_bench.lda.special import Floats

TOPICS = 4
WORDS = 120


@functools.cache
def corpus() -> Corpus:
    """A corpus of 240 documents."""
    return corpora.generative(TOPICS, 240, seed=1, words=WORDS)


def start() -> Floats:
    """The lambda that training starts from."""
    return model.start(TOPICS, WORDS, seed=1)


@functools.cache
def learnt(parts: int = 3) -> tuple[Floats, ...]:
    """Lambda after each round."""
    return tuple(training.train(start(), training.here(corpus().trained, parts)))
