"""What Prometheus does with what it scrapes, and which series an expression asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Dict

import promql_parser
import yaml
from prometheus_client.parser import text_string_to_metric_families

MONITORING = Path(__file__).parents[2] / "examples" / "monitoring"

#: A series by its labels, the name among them.
Labels = Dict[str, str]


class Scrape:
    """What a driver serves, after the rules of examples/monitoring/prometheus.yaml."""

    def __init__(self, text: str) -> None:
        (config,) = yaml.safe_load((MONITORING / "prometheus.yaml").read_text())["scrape_configs"]
        rules = config["metric_relabel_configs"]
        self.series: list[tuple[Labels, float]] = []
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                labels = _relabeled({"__name__": sample.name, **sample.labels}, rules)
                if labels is not None:
                    self.series.append((labels, sample.value))

    def value(self, name: str, **labels: str) -> float:
        """That of the only series with this name and these labels."""
        (found,) = self.matching(name, labels)
        return found

    def matching(self, name: str, labels: Labels) -> list[float]:
        wanted = {"__name__": name, **labels}.items()
        return [value for series, value in self.series if wanted <= series.items()]

    def answers(self, selector: Any) -> bool:
        """Whether there is a series for what an expression asks for."""
        return any(
            series["__name__"] == selector.name
            and all(_matches(series, matcher) for matcher in selector.matchers.matchers)
            for series, _ in self.series
        )


def _relabeled(labels: Labels, rules: Sequence[dict[str, Any]]) -> Labels | None:
    """As Prometheus' relabel_config does; None: dropped."""
    for rule in rules:
        action = rule.get("action", "replace")
        pattern = re.compile(rule["regex"])
        if action == "labeldrop":
            labels = {name: value for name, value in labels.items() if not pattern.fullmatch(name)}
            continue
        found = pattern.fullmatch(";".join(labels.get(n, "") for n in rule["source_labels"]))
        if action in ("keep", "drop"):
            if (found is not None) != (action == "keep"):
                return None
        elif found is not None:
            assert action == "replace"
            labels = {**labels, rule["target_label"]: _expanded(rule["replacement"], found)}
    return labels


def _expanded(replacement: str, found: re.Match[str]) -> str:
    """As Go does it: $1_total is a group of that name, so that it is empty."""
    groups = {str(i): text for i, text in enumerate(found.groups(), 1)}
    return re.sub(
        r"\$(?:\{(\w+)\}|(\w+))", lambda name: groups.get(name[1] or name[2], ""), replacement
    )


def _matches(series: Labels, matcher: Any) -> bool:
    value, wanted, operator = series.get(matcher.name, ""), str(matcher.value), str(matcher.op)
    same = re.fullmatch(wanted, value) is not None if "Re" in operator else value == wanted
    return same != ("Not" in operator)


def selectors(expression: str) -> Iterator[Any]:
    """The vector selectors of an expression, which Prometheus' own grammar must accept."""
    return _selectors(promql_parser.parse(expression))


def _selectors(node: Any) -> Iterator[Any]:
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    elif isinstance(node, promql_parser.MatrixSelector):
        yield node.vector_selector
    else:
        parts = [getattr(node, name, None) for name in ("expr", "lhs", "rhs", "param")]
        for part in [*parts, *getattr(node, "args", ())]:
            if part is not None:
                yield from _selectors(part)
