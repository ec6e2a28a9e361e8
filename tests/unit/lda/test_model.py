"""Training and scoring: topics are found again, and nothing depends on how the work is divided."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from neptune_bench.lda import model, quality, training
from neptune_bench.lda.model import Document
from neptune_bench.lda.special import exp_log_expectation
from tests.unit.lda.made_up import TOPICS, WORDS, corpus, learnt, start


def test_true_topics_are_found_again() -> None:
    truth = corpus().truth
    assert truth is not None
    assert quality.matched(start(), truth) < 0.4
    assert quality.matched(learnt()[-1], truth) > 0.9


def test_perplexity_on_held_out_text_falls() -> None:
    held_out = corpus().held_out
    frequencies = quality.perplexity(quality.without_topics(corpus().trained, WORDS), held_out)
    first, last = (quality.perplexity(learnt()[number], held_out) for number in (0, -1))
    assert last < first < frequencies
    assert last < 0.7 * frequencies


def test_a_training_is_the_same_every_time() -> None:
    again = list(training.train(start(), training.here(corpus().trained, 3)))
    assert all(np.array_equal(one, other) for one, other in zip(learnt(), again, strict=True))


def test_each_document_is_in_one_minibatch_of_one_part() -> None:
    exp_log_beta = exp_log_expectation(start())
    gather = training.here(corpus().trained, 3)
    found = sum(sum(gather(exp_log_beta, number)) for number in range(training.MINIBATCHES))
    want = np.zeros(WORDS)
    for document in corpus().trained:
        want[document.words] += document.counts
    assert np.sum(found, axis=0) == pytest.approx(want)


def test_a_minibatch_weighs_less_the_later_it_comes() -> None:
    before, total = np.full((2, 3), 7.0), np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    # What the whole corpus would say if all of it were like this minibatch, a fourth of it.
    alone = model.prior(2) + 4 * total
    assert model.updated(before, 0, total, 0.25) == pytest.approx(alone)
    third = model.updated(before, 3, total, 0.25)
    assert third == pytest.approx(before + 4**-0.6 * (alone - before))


def test_statistics_hold_every_word_once() -> None:
    document = corpus().trained[0]
    exp_log_beta = exp_log_expectation(learnt()[-1])
    gamma, found = model.infer(document, exp_log_beta, 50, 0.0)
    assert found.sum(axis=0) == pytest.approx(document.counts)
    assert gamma.sum() == pytest.approx(document.counts.sum() + TOPICS * model.prior(TOPICS))


def test_digests_tell_models_apart() -> None:
    digests = [training.digest(lambda_) for lambda_ in learnt()]
    assert all(one != other for one, other in itertools.pairwise(digests))
    changed = learnt()[0].copy()
    changed[1, 0] += 1e-3
    assert training.digest(changed) != digests[0]


def test_a_document_of_a_topic_has_that_topic() -> None:
    lambda_ = learnt()[-1]
    beta = exp_log_expectation(lambda_)
    for topic in range(TOPICS):
        words = np.sort(lambda_[topic].argsort()[-8:]).astype(np.int32)
        score = model.score(Document(words, np.full(8, 5.0)), lambda_, beta)
        assert score.topic == topic
        assert score.weight > 0.8


def test_words_of_no_relation_surprise_more() -> None:
    lambda_ = learnt()[-1]
    beta = exp_log_expectation(lambda_)
    usual = corpus().held_out[0]
    rare = np.sort(lambda_.sum(axis=0).argsort()[:8]).astype(np.int32)
    odd = model.score(Document(rare, np.full(8, 5.0)), lambda_, beta)
    assert odd.surprise > model.score(usual, lambda_, beta).surprise


def test_a_document_without_words_has_a_score() -> None:
    empty = Document(np.zeros(0, dtype=np.int32), np.zeros(0))
    lambda_ = learnt()[-1]
    score = model.score(empty, lambda_, exp_log_expectation(lambda_))
    assert score.surprise == 0.0
    assert score.weight == pytest.approx(1 / TOPICS)
