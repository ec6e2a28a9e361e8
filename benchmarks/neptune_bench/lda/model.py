"""Online variational Bayes for latent Dirichlet allocation, on one minibatch at a time. Pure NumPy.

After Hoffman, Blei, Bach, "Online Learning for Latent Dirichlet Allocation", NIPS 2010; the names
are the paper's: gamma are the parameters of a document's topics, lambda those of a topic's words,
the rate of the update is (tau + t) ** -kappa.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neptune_bench.lda.special import Floats, exp_log_expectation

TRAINING_ITERATIONS: Final = 100
SCORING_ITERATIONS: Final = 30
TOLERANCE: Final = 1e-3
TAU: Final = 1.0
KAPPA: Final = 0.6
# Keeps a word that no topic has from dividing by zero.
_TINY: Final = 1e-100
# Lambda starts from Gamma(100, 1/100): near 1, but different in each topic.
_START_SHAPE: Final = 100.0


@dataclass(frozen=True)
class Document:
    """A bag of words: the number of each different word, ascending, and how often it is there."""

    words: NDArray[np.int32]
    counts: Floats


@dataclass(frozen=True)
class Score:
    """What a model says of a document.

    Args:
        topic: the heaviest one.
        weight: its share of the document.
        surprise: negative log-likelihood per word, in nats; high where the model does not fit.
    """

    topic: int
    weight: float
    surprise: float


def start(topics: int, words: int, seed: int) -> Floats:
    """Return the lambda that training starts from."""
    source = np.random.default_rng(seed)
    result: Floats = source.gamma(_START_SHAPE, 1 / _START_SHAPE, (topics, words))
    return result


def prior(topics: int) -> float:
    """Return alpha and eta, the parameter of both symmetric priors."""
    return 1.0 / topics


def infer(
    document: Document, exp_log_beta: Floats, iterations: int, tolerance: float
) -> tuple[Floats, Floats]:
    """Return a document's gamma, and its expected statistics for its words (topics x words).

    Args:
        document: which; it may be empty.
        exp_log_beta: exp(E[log beta]) of the model.
        iterations: how many at most.
        tolerance: end when gamma's mean change is below; 0 for never, so that the cost does not
            depend on the model.
    """
    topics = len(exp_log_beta)
    alpha = prior(topics)
    beta = exp_log_beta[:, document.words]
    gamma = np.full(topics, alpha + document.counts.sum() / topics)
    theta = exp_log_expectation(gamma)
    ratio = document.counts / (theta @ beta + _TINY)
    for _ in range(iterations):
        last, gamma = gamma, alpha + theta * (beta @ ratio)
        theta = exp_log_expectation(gamma)
        ratio = document.counts / (theta @ beta + _TINY)
        if np.abs(gamma - last).mean() < tolerance:
            break
    return gamma, np.outer(theta, ratio) * beta


def statistics(documents: Iterable[Document], exp_log_beta: Floats) -> Floats:
    """Return the sum of the documents' expected statistics: the E step of a part of a minibatch."""
    total = np.zeros_like(exp_log_beta)
    for document in documents:
        _, found = infer(document, exp_log_beta, TRAINING_ITERATIONS, TOLERANCE)
        total[:, document.words] += found
    return total


def updated(lambda_: Floats, step: int, total: Floats, share: float) -> Floats:
    """Return lambda after the M step of a minibatch.

    Args:
        lambda_: before it.
        step: minibatches so far.
        total: the expected statistics of all of the minibatch's documents.
        share: of the corpus, that the minibatch is.
    """
    rate = (TAU + step) ** -KAPPA
    result: Floats = (1 - rate) * lambda_ + rate * (prior(len(lambda_)) + total / share)
    return result


def score(document: Document, lambda_: Floats, exp_log_beta: Floats) -> Score:
    """Return what the model of `lambda_` says of a document, always at the same cost.

    Args:
        document: which; the surprise of an empty one is 0.
        lambda_: of the model.
        exp_log_beta: exp(E[log beta]) of it, which need not be computed for each document.
    """
    gamma, _ = infer(document, exp_log_beta, SCORING_ITERATIONS, 0.0)
    theta = gamma / gamma.sum()
    beta = lambda_[:, document.words] / lambda_.sum(axis=1, keepdims=True)
    log_likelihood = float(document.counts @ np.log(theta @ beta + _TINY))
    topic = int(theta.argmax())
    surprise = -log_likelihood / max(1.0, float(document.counts.sum()))
    return Score(topic, float(theta[topic]), surprise)
