from __future__ import annotations

import numbers
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neptune_spark import NeptuneError, SettingError
from neptune_spark._setting_values import LEVELS
from neptune_spark._settings import (
    BY_NAME,
    KEY_PREFIX,
    PRIORITY,
    SETTINGS,
    Setting,
    by_key,
    by_name,
    check_properties,
    check_rules,
    reference_page,
)

ROOT = Path(__file__).parents[2]


def test_every_declaration_is_complete_and_unique() -> None:
    assert len({s.key for s in SETTINGS}) == len({s.name for s in SETTINGS}) == len(SETTINGS)
    for setting in SETTINGS:
        assert setting.key.startswith(KEY_PREFIX)
        assert setting.name.isidentifier()
        assert setting.scope in ("application", "rule", "job", "testing", "internal")
        assert setting.doc.endswith(".")
        assert setting.remedy


@pytest.mark.parametrize("setting", [s for s in SETTINGS if s.default is not None], ids=str)
def test_every_default_is_accepted(setting: Setting) -> None:
    assert setting.parse(setting.default) == setting.default


def test_the_reference_page_is_up_to_date() -> None:
    page = ROOT / "docs" / "configuration.md"
    assert page.read_text(encoding="utf-8") == reference_page(), "run `make docs`"


#: What comes before a dot: areas of several settings. All other words are joined in camelCase.
AREAS = {"policy", "lma", "python", "chaos", "order", "level", "pool", "user", "rule", "sql"}


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_keys_have_one_form_and_keywords_follow_from_them(setting: Setting) -> None:
    assert setting.key.startswith(KEY_PREFIX)
    *area, name = setting.key[len(KEY_PREFIX) :].replace(".<name>", "").split(".")
    assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", name)
    assert area in ([], *([known] for known in AREAS))
    snake = re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name)
    assert setting.name == "_".join([*area, snake])


def test_every_key_that_is_mentioned_is_one() -> None:
    keys = {s.key for s in SETTINGS}
    areas = {f"{KEY_PREFIX}{area}" for area in AREAS}
    unknown = {}
    for file in _texts():
        # In the tests' regular expressions the dots are escaped.
        text = file.read_text("utf-8").replace("\\.", ".")
        found = re.findall(r"(?<![\w.])spark\.neptune(?:\.[a-z][A-Za-z]*)+", text)
        wrong = set(found) - keys - areas - WRONG_ON_PURPOSE
        if wrong := {key for key in wrong if not any(s.is_key(key) for s in SETTINGS)}:
            unknown[file.relative_to(ROOT).as_posix()] = wrong
    assert unknown == {}


#: In tests and examples of what is said of them; and a part of a class's name.
WRONG_ON_PURPOSE = {
    *("spark.neptune.pol", "spark.neptune.polcy", "spark.neptune.x", "spark.neptune.driver"),
    *("spark.neptune.elephants", "spark.neptune.pool.priority", "spark.neptune.maxcores"),
    *("spark.neptune.maxtasks", "spark.neptune.pool.etl.maxcores"),
}


def _texts() -> list[Path]:
    folders = ("neptune_spark", "jvm-shim", "benchmarks", "examples", "tests", "docs")
    found = [f for folder in folders for f in (ROOT / folder).rglob("*")]
    # The changelog says what keys were called.
    pages = [f for f in ROOT.glob("*.md") if f.name != "CHANGELOG.md"]
    return [*pages, *(f for f in found if f.suffix in {".py", ".scala", ".md", ".json"})]


def test_named_levels_are_ordered_by_urgency() -> None:
    assert LEVELS["low"] < LEVELS["normal"] == 0 < LEVELS["high"]


@given(st.integers(-(2**31), 2**31 - 1))
def test_any_integer_of_32_bits_is_a_priority(level: int) -> None:
    assert PRIORITY.parse(level) == PRIORITY.parse(str(level)) == str(level)


@given(st.integers(max_value=-(2**31) - 1) | st.integers(min_value=2**31))
def test_larger_integers_are_no_priority(level: int) -> None:
    with pytest.raises(SettingError):
        PRIORITY.parse(level)


@pytest.mark.parametrize(
    "level", ["High", "urgent", "", " 1.0", 1.0, True, False, None, [], b"low"]
)
def test_a_bad_priority_is_named_with_what_is_accepted(level: object) -> None:
    with pytest.raises(SettingError) as raised:
        PRIORITY.parse(level)
    message = str(raised.value)
    assert "spark.neptune.priority" in message
    assert repr(level) in message
    assert "'low', 'normal', 'high', or a 32-bit integer" in message


def test_a_key_may_have_any_name_in_it() -> None:
    for name in ("etl", "a.b", "priority", "Straße 1"):
        assert by_key(f"spark.neptune.pool.{name}.priority") is BY_NAME["pool_priority"]
    for wrong in ("spark.neptune.pool..priority", "spark.neptune.pool.priority"):
        with pytest.raises(SettingError, match="there is no setting"):
            by_key(wrong)
    with pytest.raises(SettingError, match=r"pool_priority.*SparkSession\.builder\.config"):
        by_name("pool_priority")


def test_an_order_is_that_of_a_level() -> None:
    for level in ("low", "7", "-3"):
        assert by_key(f"spark.neptune.level.{level}.order") is BY_NAME["level_order"]
    with pytest.raises(
        SettingError, match=r"level\.urgent\.order names no level.*'urgent'.*'high'"
    ):
        by_key("spark.neptune.level.urgent.order")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("spark.neptune.pool.etl.priority", "urgent"),
        ("spark.neptune.user.ada.priority", ""),
        ("spark.neptune.rule.nightly.description", ""),
    ],
)
def test_an_error_names_the_key_as_it_was_written(key: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{re.escape(key)} cannot be {value!r}: give"):
        check_properties({"spark.app.name": "any", key: value})


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0ms"), (250, "250ms"), ("2s", "2s"), ("100ms", "100ms"), ("7", "7")]
)
def test_durations(value: object, text: str) -> None:
    assert BY_NAME["suspend_timeout"].parse(value) == text


@pytest.mark.parametrize("value", [-1, "-1ms", "1.5s", "soon", "5us", 0.5, True, None])
def test_bad_durations(value: object) -> None:
    with pytest.raises(SettingError, match=r"spark\.neptune\.suspendTimeout cannot be"):
        BY_NAME["suspend_timeout"].parse(value)


class Integral:
    """An integer of NumPy's, as it registers its own."""

    def __init__(self, value: int) -> None:
        self._value = value

    def __index__(self) -> int:
        return self._value

    __int__ = __index__


class Real:
    """A number of NumPy's that is no float of Python's."""

    def __init__(self, value: float) -> None:
        self._value = value

    def __float__(self) -> float:
        return self._value


numbers.Integral.register(Integral)
numbers.Real.register(Real)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("bool", True, "true"),
        ("bool", "False", "false"),
        ("count", 3, "3"),
        ("string", "a", "a"),
        ("share", 0.1, "0.1"),
        ("share", "1", "1"),
        ("share", Real(0.25), "0.25"),
        ("cores", 8, "8"),
        ("cores", Integral(2), "2"),
        ("cores", Real(2.5), "2.5"),
        ("cores", Fraction(5, 2), "2.5"),
        ("positive", Integral(2), "2"),
        ("priority", Integral(-3), "-3"),
        ("cores", 0.1 + 0.2, "0.3"),
        ("cores", " 12.5% ", "12.5%"),
        ("bands", "0, 1.5", "0, 1.5"),
        ("positive_duration_ms", 5, "5ms"),
    ],
)
def test_other_types(kind: str, value: object, text: str) -> None:
    assert _of_type(kind).parse(value) == text


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("bool", 1),
        ("bool", "yes"),
        ("count", "3.0"),
        ("count", -1),
        ("string", ""),
        ("string", 3),
        ("share", 1.1),
        ("share", "-0.1"),
        ("share", "nan"),
        ("share", True),
        ("share", "a"),
        ("cores", 0),
        ("cores", 1e-10),
        ("cores", float("inf")),
        ("cores", True),
        ("cores", "101%"),
        ("bands", 0),
        ("bands", "1,2"),
        ("bands", "0,2,2"),
        ("positive_duration_ms", 0),
        ("positive_duration_ms", "0s"),
    ],
)
def test_bad_values_of_other_types(kind: str, value: object) -> None:
    with pytest.raises(SettingError, match=r"spark\.neptune\.x cannot be .*: give "):
        _of_type(kind).parse(value)


def _of_type(kind: str) -> Setting:
    return Setting("spark.neptune.x", "x", kind, None, None, None, "application", "A test.")


def test_an_unknown_policy_is_named_with_the_known_ones() -> None:
    with pytest.raises(NeptuneError, match=r"spark\.neptune\.policy cannot be 'best': .*'lb'"):
        by_name("policy").parse("best")


@pytest.mark.parametrize(
    "policy",
    ["lma", "random", "my.Policy", "my.deep.Outer$Policy", "python:a:B", "python:a.b_c:D1"],
)
def test_policies(policy: str) -> None:
    assert by_name("policy").parse(policy) == policy


@pytest.mark.parametrize(
    "policy",
    [
        *("", "LMA", "my..Policy", ".Policy", "my.1", "my.Policy ", "a:B", True, None),
        *("python:a", "python::B", "python:a:", "python:a:B.C", "python:a.:B", "Python:a:B"),
    ],
)
def test_bad_policies(policy: object) -> None:
    with pytest.raises(SettingError, match=r"the full name of a class .*'python:module:Class'"):
        by_name("policy").parse(policy)


def test_an_unknown_keyword_gets_the_nearest_or_all() -> None:
    with pytest.raises(SettingError, match="did you mean 'suspend_timeout'"):
        by_name("suspend_time_out")
    with pytest.raises(SettingError, match=r"'colour': the settings are .*default_priority"):
        by_name("colour")


def test_an_unknown_key_gets_the_nearest_or_all() -> None:
    for wrong, meant in {
        "polcy": "policy",
        "pool.a.b.maxcores": "pool.a.b.maxCores",
        "users.anna.max_cores": "user.anna.maxCores",
        "rule.clicks.quary": "rule.clicks.query",
        "pool.maxCores": "pool.<name>.maxCores",
        "Order.quantum": "order.quantum",
    }.items():
        said = f"there is no setting {KEY_PREFIX}{wrong}: did you mean '{KEY_PREFIX}{meant}'?"
        with pytest.raises(SettingError, match=re.escape(said)):
            by_key(KEY_PREFIX + wrong)
    for wrong, first in (("elephants", "defaultPriority"), ("pool.etl.maxTasks", "pool.etl.prio")):
        with pytest.raises(SettingError, match=re.escape(f"settings are {KEY_PREFIX}{first}")):
            by_key(KEY_PREFIX + wrong)
    assert by_key("spark.neptune.policy") is BY_NAME["policy"]


def test_what_lacks_a_setting_is_told_which_there_are_for_its_name() -> None:
    for wrong, kind, first, last in (
        ("pool.etl", "pool", "pool.etl.priority", "pool.etl.maxCores"),
        ("rule.db", "rule", "rule.db.description", "rule.db.target"),
        ("user.anna", "user", "user.anna.priority", "user.anna.maxCores"),
        ("level.high", "level", "level.high.order", "level.high.order"),
        ("pool.*", "pool", "pool.*.maxCores", "pool.*.maxCores"),
        ("pool", "pool", "pool.<name>.priority", "pool.<name>.maxCores"),
    ):
        start = f"there is no setting {KEY_PREFIX}{wrong}: the settings of a {kind} are "
        with pytest.raises(SettingError) as raised:
            by_key(KEY_PREFIX + wrong)
        keys = str(raised.value).rstrip(".").replace(start, "").split(", ")
        assert (keys[0], keys[-1]) == (KEY_PREFIX + first, KEY_PREFIX + last)
        for key in keys:
            assert "<" in key or by_key(key).is_key(key)
    with pytest.raises(
        SettingError,
        match=r"cannot set pool: the settings of a pool are \S+pool\.<name>\.priority, .*--conf",
    ):
        by_name("pool")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("user.*.maxTasks", ": the settings are spark.neptune.user.*.maxCores."),
        ("pool.*.priorities", ": the settings are spark.neptune.pool.*.maxCores."),
        ("pool. etl.maxcores", ": did you mean 'spark.neptune.pool.etl.maxCores'?"),
        ("level.urgent.ordr", ": did you mean 'spark.neptune.level.<name>.order'?"),
    ],
)
def test_nothing_is_proposed_that_is_then_refused(wrong: str, said: str) -> None:
    with pytest.raises(SettingError, match=f"{re.escape(KEY_PREFIX + wrong + said)}$"):
        by_key(KEY_PREFIX + wrong)


@pytest.mark.parametrize("kind", ["pool", "user", "rule"])
def test_a_name_is_not_blank_and_has_no_blanks_around_it(kind: str) -> None:
    for name, said in ((" ", "the place of the name"), (" a", "blanks around"), ("a\t", "blanks")):
        with pytest.raises(SettingError, match=said):
            by_key(f"{KEY_PREFIX}{kind}.{name}.maxCores")
    by_key(f"{KEY_PREFIX}{kind}.a b.maxCores")


@pytest.mark.parametrize("start", ["spark.Neptune.", "Spark.neptune."])
def test_a_key_in_another_case_is_no_key(start: str) -> None:
    """Nothing else would look at it."""
    with pytest.raises(SettingError, match=r"did you mean 'spark\.neptune\.order'"):
        check_properties({f"{start}order": "fair"})
    check_properties({"spark.neptuneX.order": "fair"})


def test_a_star_stands_for_all_names_where_there_is_a_limit_for_all() -> None:
    for good in ("user.*.maxCores", "pool.*.maxCores", "rule.*.maxCores"):
        by_key(KEY_PREFIX + good)
    for wrong, name in (("user.*.priority", "*"), ("pool.an*.maxCores", "an*")):
        only = f"which only {KEY_PREFIX}{wrong[:4]}.*.maxCores may have"
        said = re.escape(f"{KEY_PREFIX}{wrong} has a * in it, {only}, for every {wrong[:4]} that ")
        with pytest.raises(SettingError, match=f"{said}.*instead of '{re.escape(name)}'"):
            by_key(KEY_PREFIX + wrong)


def test_what_is_no_setting_of_an_application_is_refused() -> None:
    with pytest.raises(SettingError, match=r"neptune_spark\.priority\(level\)"):
        by_name("priority")
    with pytest.raises(SettingError, match=r"SET spark\.neptune\.maxCores=.* or a rule"):
        by_key("spark.neptune.maxCores")
    with pytest.raises(SettingError, match="set by Neptune itself"):
        by_key("spark.neptune.python.socket")


@pytest.mark.parametrize(
    ("whats", "said"),
    [
        (
            ["priority"],
            r"set \S+rule\.a\.b\.description or \S+\.query, or remove",
        ),
        (["query"], r"set \S+rule\.a\.b\.priority or .*target, or remove \S+a\.b\.query"),
        (["description", "query"], r"remove \S+\.description, \S+\.query"),
        (["query", "priority"], None),
        (["maxTasks"], r"set \S+rule\.a\.b\.description or .* remove \S+\.maxTasks"),
        (["query", "maxCores"], None),
        (["query", "target"], None),
        (["description", "minCores", "priority"], None),
    ],
)
def test_a_rule_is_for_some_jobs_and_says_something_of_them(
    whats: list[str], said: str | None
) -> None:
    rule = {f"{KEY_PREFIX}rule.a.b.{what}": "1" for what in whats}
    if said is None:
        check_rules(rule)
    else:
        with pytest.raises(SettingError, match=f"the rule a\\.b is not complete: .*{said}"):
            check_rules(rule)
