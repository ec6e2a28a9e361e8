"""Every setting of Neptune, as declared once in settings.json (the JVM reads the same file)."""

from __future__ import annotations

import difflib
import json
import operator
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from neptune_spark._errors import SettingError

#: Where the declarations live; the jar carries this very file as a resource.
SETTINGS_FILE = Path(__file__).with_name("settings.json")

#: All keys of Neptune start with this; an unknown key under it is an error, not a no-op.
KEY_PREFIX = "spark.neptune."

#: The named priority levels. A higher number is more urgent.
LEVELS: Mapping[str, int] = MappingProxyType({"low": -10, "normal": 0, "high": 10})

#: In the key of a setting of which there may be several.
_ANY_NAME = "<name>"

_INT32_MIN, _INT32_MAX = -(2**31), 2**31 - 1
# What follows is as Settings.scala has it; tests/jvm/test_contracts.py compares the two.
# What Java's String.trim() takes away.
_BLANKS = "".join(map(chr, range(33)))
_INTEGER = re.compile(r"[+-]?\d+", re.A)
_SHARE = re.compile(r"(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.A | re.I)
# Spark's own units, but for those below a millisecond.
_DURATION = re.compile(r"(\d+)(ms|s|m|min|h|d)?", re.A | re.I)
_INT64_MAX = 2**63 - 1
# The class itself is looked for when the session starts.
_CLASS = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)+", re.A)
_PYTHON_CLASS = re.compile(r"python:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.A)


@dataclass(frozen=True)
class Setting:
    """One declared setting.

    Attributes
    ----------
    key : str
        The Spark property, `spark.neptune.…`; `<name>` in it stands for any name.
    name : str
        The keyword of `configure()`.
    type : str
        `priority`, `policy`, `enum`, `duration_ms`, `count`, `positive`, `share`, `pattern`, `bool`
        or `string`.
    default : str | None
        What holds when it is not set; None when there is nothing to fall back to.
    unit : str | None
        Unit of a bare number, or None.
    values : tuple[str, ...] | None
        The accepted names, or None when the type alone decides.
    scope : str
        `application` (configure), `rule` (with a name in its key), `job` (a session's, or a local
        property), `testing` or `internal`.
    doc : str
        One or two sentences for the reference page.
    """

    key: str
    name: str
    type: str
    default: str | None
    unit: str | None
    values: tuple[str, ...] | None
    scope: str
    doc: str

    @property
    def configurable(self) -> bool:
        """Whether an application may set it."""
        return self.scope in ("application", "rule", "testing")

    def is_key(self, key: str) -> bool:
        """Return whether a Spark property is this setting."""
        return key == self.key or self.name_in(key) is not None

    def name_in(self, key: str) -> str | None:
        """Return what a Spark property has in the place of `<name>`; None if it is not this one."""
        start, any_name, end = self.key.partition(_ANY_NAME)
        if any_name and key.startswith(start) and key.endswith(end):
            return key[len(start) : len(key) - len(end)] or None
        return None

    def parse(self, value: object, key: str | None = None) -> str:
        """Check a value and return it as the string that Spark is given.

        `key` is the property as it was written, with a name in the place of `<name>`.

        Raises
        ------
        SettingError
            When the value is not of the setting's type or not among its values.
        """
        accepted = _PARSERS[self.type](self, value)
        if accepted is None:
            raise SettingError(f"{key or self.key} cannot be {value!r}: {self.remedy}.")
        return accepted

    @property
    def remedy(self) -> str:
        """What is accepted, as the end of an error's sentence."""
        names = ", ".join(repr(name) for name in self.values or ())
        return {
            "priority": f"give one of {names}, or an integer of 32 bits (higher is more urgent)",
            "policy": f"give one of {names}, the full name of a class that implements "
            "neptune.policy.Policy, or 'python:module:Class'",
            "enum": f"give one of {names}",
            "duration_ms": "give a whole number of milliseconds or a string like '100ms' or '2s'",
            "count": "give 0 or a positive integer",
            "positive": "give a positive integer",
            "share": "give a number from 0 to 1",
            "pattern": "give a regular expression",
            "bool": "give True or False",
            "string": "give a string",
        }[self.type]


def _int32(value: object) -> int | None:
    """Return an integer of 32 bits; None for anything else, bool (an int, alas) included."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip(_BLANKS)
        if not _INTEGER.fullmatch(text):
            return None
        number = int(text)
    else:
        try:
            number = operator.index(value)  # type: ignore[arg-type]  # refused by index() itself
        except TypeError:
            return None
    return number if _INT32_MIN <= number <= _INT32_MAX else None


def _parse_int(_: Setting, value: object) -> str | None:
    number = _int32(value)
    return None if number is None else str(number)


def _parse_count(_: Setting, value: object) -> str | None:
    number = _int32(value)
    return None if number is None or number < 0 else str(number)


def _parse_positive(_: Setting, value: object) -> str | None:
    number = _int32(value)
    return None if number is None or number < 1 else str(number)


def _parse_priority(setting: Setting, value: object) -> str | None:
    if isinstance(value, str) and (name := value.strip(_BLANKS)) in LEVELS:
        return name
    return _parse_int(setting, value)


def _parse_enum(setting: Setting, value: object) -> str | None:
    return value if isinstance(value, str) and value in (setting.values or ()) else None


def _parse_policy(setting: Setting, value: object) -> str | None:
    if isinstance(value, str) and (_CLASS.fullmatch(value) or _PYTHON_CLASS.fullmatch(value)):
        return value
    return _parse_enum(setting, value)


def _parse_duration(_: Setting, value: object) -> str | None:
    if isinstance(value, str):
        text = value.strip(_BLANKS)
        match = _DURATION.fullmatch(text)
        return text if match and int(match[1]) <= _INT64_MAX else None
    number = _int32(value)
    return f"{number}ms" if number is not None and number >= 0 else None


def _parse_share(_: Setting, value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    text = str(value).strip(_BLANKS)
    return text if _SHARE.fullmatch(text) and float(text) <= 1 else None


def _parse_bool(_: Setting, value: object) -> str | None:
    text = str(value).strip(_BLANKS).lower() if isinstance(value, (bool, str)) else ""
    return text if text in ("true", "false") else None


def _parse_string(_: Setting, value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _parse_pattern(_: Setting, value: object) -> str | None:
    # What only Java's expressions have, only the JVM can check.
    return value if isinstance(value, str) and value else None


_PARSERS = {
    "priority": _parse_priority,
    "policy": _parse_policy,
    "enum": _parse_enum,
    "duration_ms": _parse_duration,
    "count": _parse_count,
    "positive": _parse_positive,
    "share": _parse_share,
    "pattern": _parse_pattern,
    "bool": _parse_bool,
    "string": _parse_string,
}


def _load() -> tuple[Setting, ...]:
    # The package may be in a zip (spark-submit --py-files), where there is no such file.
    declared = json.loads(pkgutil.get_data(__package__, SETTINGS_FILE.name) or "")
    return tuple(
        Setting(**{**row, "values": None if row["values"] is None else tuple(row["values"])})
        for row in declared
    )


#: All settings, in the order of the reference page.
SETTINGS: tuple[Setting, ...] = _load()
BY_NAME: Mapping[str, Setting] = MappingProxyType({s.name: s for s in SETTINGS})
BY_KEY: Mapping[str, Setting] = MappingProxyType({s.key: s for s in SETTINGS})

#: What a job's priority may be; a session's, or a local property.
PRIORITY = BY_NAME["priority"]
_OF_A_RULE = ("description", "query", "priority")
#: The local property of `neptune_spark.priority()`, which no setting of a session overwrites.
BLOCK_PRIORITY = "neptune.priority"
#: Before the priority in a tag of a Spark Connect session that `priority()` adds: a client has no
#: local properties. As in Settings.scala.
BLOCK_TAG = "neptune.block="


def by_name(name: str) -> Setting:
    """Return the setting that a keyword of `configure()` names.

    Raises
    ------
    SettingError
        When there is none, or when it cannot be set for a whole application.
    """
    setting = BY_NAME.get(name)
    if setting is None:
        raise SettingError(
            f"for builder() and configure() there is no setting {name!r}"
            f"{_nearest(name, BY_NAME, _configurable_names())}"
        )
    if setting.scope == "rule":
        raise SettingError(
            f"configure() cannot set {name}: the key has a name in it; set {setting.key} with "
            "SparkSession.builder.config() or --conf."
        )
    return _require_configurable(setting)


def by_key(key: str) -> Setting:
    """Return the setting of a Spark property under `spark.neptune.`.

    Raises
    ------
    SettingError
        When there is none, or when it cannot be set for a whole application.
    """
    setting = BY_KEY.get(key) or next((s for s in SETTINGS if s.is_key(key)), None)
    if setting is None:
        keys = [s.key for s in SETTINGS if s.configurable]
        raise SettingError(f"there is no setting {key}{_nearest(key, BY_KEY, keys)}")
    return _require_configurable(setting)


def check_properties(properties: Mapping[str, str]) -> None:
    """Check those Spark properties that are settings of Neptune.

    Raises
    ------
    SettingError
        When one is unknown, has a bad value, or cannot be set for a whole application.
    """
    for key, value in properties.items():
        if key.startswith(KEY_PREFIX):
            by_key(key).parse(value, key)


def check_rules(properties: Mapping[str, str]) -> None:
    """Check that each rule says which jobs it is for, and their priority.

    Raises
    ------
    SettingError
        When one does not.
    """
    rules: dict[str, set[str]] = {}
    for key in properties:
        for what in _OF_A_RULE:
            name = BY_NAME[f"rule_{what}"].name_in(key)
            if name is not None:
                rules.setdefault(name, set()).add(what)
    for name, said in rules.items():
        missing = " or ".join(
            f"spark.neptune.rule.{name}.{what}"
            for what in ([] if said & {"description", "query"} else ["description", "query"])
            or ([] if "priority" in said else ["priority"])
        )
        if missing:
            raise SettingError(
                f"the rule {name} is not complete: set {missing}, or remove "
                f"{', '.join(f'spark.neptune.rule.{name}.{what}' for what in sorted(said))}."
            )


def _require_configurable(setting: Setting) -> Setting:
    if setting.configurable:
        return setting
    if setting.scope == "job":
        raise SettingError(
            f"{setting.key} is set per job, not for the application: wrap the jobs in "
            "`with neptune_spark.priority(level):`, or set spark.neptune.defaultPriority."
        )
    raise SettingError(f"{setting.key} is set by Neptune itself: remove it.")


def _configurable_names() -> list[str]:
    return [s.name for s in SETTINGS if s.configurable and s.scope != "rule"]


def _nearest(wrong: str, known: Mapping[str, Setting], offered: list[str]) -> str:
    close = difflib.get_close_matches(wrong, known, n=1)
    return f": did you mean {close[0]!r}?" if close else f": the settings are {', '.join(offered)}."


def reference_page() -> str:
    """Return the whole of docs/configuration.md."""
    parts = [_PAGE_HEAD]
    for title, scope, intro in _PAGE_SECTIONS:
        rows = [s for s in SETTINGS if s.scope == scope]
        if rows:
            parts.append(f"## {title}\n\n{intro}\n\n{_table(rows)}")
    return "\n\n".join(parts) + "\n"


_PAGE_HEAD = """\
# Settings

<!-- Generated from neptune_spark/settings.json by `make docs`; edit that file, not this one. -->

Every key is a Spark property: set it with `neptune_spark.configure(builder, name=value)`, with
`--conf key=value`, or in `spark-defaults.conf`. An unknown key under `spark.neptune.` or a bad
value stops the application's start with an error that says what is accepted.

A priority is `low` (-10), `normal` (0), `high` (10) or any integer of 32 bits; a higher number is
more urgent. A duration is a number of milliseconds or a number with a unit (`ms`, `s`, `m`, `h`,
`d`)."""

_PAGE_SECTIONS = (
    ("For an application", "application", "Set once, before the session starts."),
    (
        "For pools, users and rules",
        "rule",
        "Set for the application, before the session starts; `<name>` is a pool's, a user's, or any"
        " that you give a rule. Which of them counts: [priorities.md](priorities.md).",
    ),
    (
        "For a session or a job",
        "job",
        "Settings of a SQL session, or local properties of a thread; not of the application.",
    ),
    ("For testing", "testing", "Never needed in production."),
    ("Internal", "internal", "Set by Neptune itself; listed so that a reader knows what they are."),
)


def _table(rows: list[Setting]) -> str:
    lines = [
        "| key | keyword | type | default | what it does |",
        "|---|---|---|---|---|",
    ]
    for s in rows:
        keyword = f"`{s.name}`" if s.configurable and s.scope != "rule" else "-"
        kind = " \\| ".join(f"`{v}`" for v in s.values or ()) or s.type.replace("_ms", "")
        if s.type == "priority":
            kind += " \\| integer"
        if s.type == "policy":
            kind += " \\| class name \\| `python:module:Class`"
        default = "-" if s.default is None else f"`{s.default}`"
        lines.append(f"| `{s.key}` | {keyword} | {kind} | {default} | {s.doc} |")
    return "\n".join(lines)
