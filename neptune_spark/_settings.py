"""Every setting of Neptune, as declared once in settings.json (the JVM reads the same file)."""

from __future__ import annotations

import difflib
import json
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from neptune_spark._errors import SettingError
from neptune_spark._setting_values import BLANKS, PARSERS, remedy

#: Where the declarations live; the jar carries this very file as a resource.
SETTINGS_FILE = Path(__file__).with_name("settings.json")

#: All keys of Neptune start with this; an unknown key under it is an error, not a no-op.
KEY_PREFIX = "spark.neptune."

#: In the key of a setting of which there may be several.
_ANY_NAME = "<name>"
#: How similar a misspelt key is to the one that was meant, of 1, as difflib measures it.
_ALIKE = 0.8
_ALIKE_WITHOUT_NAME = 0.9


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
        `priority`, `policy`, `enum`, `duration_ms`, `positive_duration_ms`, `count`, `positive`,
        `share`, `cores`, `bands`, `pattern`, `bool` or `string`.
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
        accepted = PARSERS[self.type](self.values or (), value)
        if accepted is None:
            raise SettingError(f"{key or self.key} cannot be {value!r}: {self.remedy}.")
        return accepted

    @property
    def remedy(self) -> str:
        """What is accepted, as the end of an error's sentence."""
        return remedy(self.type, self.values or ())


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
_LEVEL_ORDER = BY_NAME["level_order"]
#: Whose settings may be for every name, and which of them with which name.
_HAVE_COMMON = ("pool", "user")
_COMMON = tuple(("*", BY_NAME[f"{kind}_max_cores"]) for kind in _HAVE_COMMON)
#: Which jobs a rule is for, and what it may say of them.
_RULE_IS_FOR = ("description", "query")
_RULE_SAYS = ("priority", "maxCores", "minCores", "maxTasks", "target")
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
    if setting is None and (of_kind := _of_kind(name)):
        raise SettingError(
            f"configure() cannot set {name}: {_settings_of(name, of_kind)}; set them with "
            "SparkSession.builder.config() or --conf."
        )
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
        raise SettingError(f"there is no setting {key}{_nearest_key(key)}")
    if setting is _LEVEL_ORDER and PARSERS["priority"]((), setting.name_in(key)) is None:
        raise SettingError(
            f"{key} names no level, with {setting.name_in(key)!r} in it: {PRIORITY.remedy}."
        )
    _require_name(setting, key)
    return _require_configurable(setting)


def check_properties(properties: Mapping[str, str]) -> None:
    """Check those Spark properties that are settings of Neptune.

    Raises
    ------
    SettingError
        When one is unknown, has a bad value, or cannot be set for a whole application.
    """
    for key, value in properties.items():
        if is_meant(key):
            by_key(key).parse(value, key)


def is_meant(key: str) -> bool:
    """Return whether a Spark property is to be one of Neptune's, if in another case.

    Nothing else would look at one in another case.
    """
    return key.lower().startswith(KEY_PREFIX)


def check_rules(properties: Mapping[str, str]) -> None:
    """Check that each rule says which jobs it is for, and their priority or a limit.

    Raises
    ------
    SettingError
        When one does not.
    """
    rules: dict[str, set[str]] = {}
    of_a_rule = [s for s in SETTINGS if s.key.startswith(f"{KEY_PREFIX}rule.")]
    for key in properties:
        for setting in of_a_rule:
            name = setting.name_in(key)
            if name is not None:
                rules.setdefault(name, set()).add(setting.key.rpartition(".")[2])
    for name, said in rules.items():
        lacking = next((each for each in (_RULE_IS_FOR, _RULE_SAYS) if not said & {*each}), ())
        if lacking:
            start = f"{KEY_PREFIX}rule.{name}."
            raise SettingError(
                f"the rule {name} is not complete: set "
                f"{' or '.join(start + what for what in lacking)}, or remove "
                f"{', '.join(start + what for what in sorted(said))}."
            )


def _require_name(setting: Setting, key: str) -> None:
    """Refuse a `*` in a name, but where it is all of it, and blanks around one.

    As NamedSettings.scala.
    """
    name = setting.name_in(key)
    if name is None:
        return
    kind = setting.key[len(KEY_PREFIX) :].partition(".")[0]
    if not name.strip(BLANKS):
        raise SettingError(
            f"{key} has {name!r} in the place of the name of a {kind}: put one there."
        )
    if name.strip(BLANKS) != name:
        raise SettingError(f"{key} names the {kind} {name!r}, with blanks around it: remove these.")
    if not _may_be(setting, name):
        start = f"{KEY_PREFIX}{kind}."
        raise SettingError(
            f"{key} has a * in it, which only {start}*.maxCores may have, for every {kind} that "
            f"has no {start}{_ANY_NAME}.maxCores: put the name of a {kind} instead of {name!r}."
        )


def _may_be(setting: Setting, name: str) -> bool:
    """Return whether a setting may be for this name, as far as it has a `*` in it."""
    kind = setting.key[len(KEY_PREFIX) :].partition(".")[0]
    return "*" not in name or kind not in _HAVE_COMMON or (name, setting) in _COMMON


def _require_configurable(setting: Setting) -> Setting:
    if setting.configurable:
        return setting
    if setting is PRIORITY:
        raise SettingError(
            f"{setting.key} is set per job, not for the application: wrap the jobs in "
            "`with neptune_spark.priority(level):`, or set spark.neptune.defaultPriority."
        )
    if setting.scope == "job":
        what = setting.key[len(KEY_PREFIX) :]
        raise SettingError(
            f"{setting.key} is set per job, not for the application: use SET {setting.key}=... in "
            f"a SQL session, or a rule (spark.neptune.rule.<name>.{what})."
        )
    raise SettingError(f"{setting.key} is set by Neptune itself: remove it.")


def _configurable_names() -> list[str]:
    return [s.name for s in SETTINGS if s.configurable and s.scope != "rule"]


def _nearest(wrong: str, known: Mapping[str, Setting], offered: list[str]) -> str:
    close = difflib.get_close_matches(wrong, known, n=1)
    return f": did you mean {close[0]!r}?" if close else f": the settings are {', '.join(offered)}."


def _nearest_key(wrong: str) -> str:
    """Return what there is instead of a key, with the name that it has; as the end of a sentence.

    As MisspelledKeys.scala, but by another measure.
    """
    kind, _, rest = wrong[len(KEY_PREFIX) :].partition(".")
    name, _, what = rest.rpartition(".")
    of_kind = _of_kind(kind)
    # Without a setting, or without a name: then what is left may be either.
    is_half = bool(of_kind) and not name
    # Compared without the name, which may be like anything, and without regard to case.
    known = {
        s.key[len(KEY_PREFIX) :].replace(f".{_ANY_NAME}", "").lower(): key
        for s in (of_kind if is_half else SETTINGS)
        if s.scope != "internal" and (key := _with_name(s, name)) is not None
    }
    wanted = f"{kind}.{what}" if what else kind
    cutoff = _ALIKE_WITHOUT_NAME if is_half else _ALIKE
    close = difflib.get_close_matches(wanted.lower(), known, n=1, cutoff=cutoff)
    if close:
        return f": did you mean {known[close[0]]!r}?"
    if is_half:
        return f": {_settings_of(kind, of_kind, what)}."
    named = [key for s in of_kind if (key := _with_name(s, name)) is not None]
    return f": the settings are {', '.join(named or [s.key for s in SETTINGS if s.configurable])}."


def _of_kind(kind: str) -> list[Setting]:
    """Return the settings of a pool, say."""
    return [s for s in SETTINGS if s.key.startswith(f"{KEY_PREFIX}{kind.lower()}.{_ANY_NAME}.")]


def _settings_of(kind: str, of_kind: list[Setting], name: str = "") -> str:
    keys = [key for s in of_kind if (key := _with_name(s, name)) is not None]
    return f"the settings of a {kind.lower()} are {', '.join(keys)}"


def _with_name(setting: Setting, name: str) -> str | None:
    """Return the key with a name in it; None if it cannot have that one.

    What is no part of a name, or no level, is left out.
    """
    name = name.strip(BLANKS)
    if setting is _LEVEL_ORDER and PARSERS["priority"]((), name) is None:
        name = ""
    return setting.key.replace(_ANY_NAME, name or _ANY_NAME) if _may_be(setting, name) else None


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

Every key is a Spark property: set it with `--conf key=value` or in `spark-defaults.conf`. Those
with a keyword can also be set with `neptune_spark.configure(builder, keyword=value)`. The settings
for a session or a job are set with `SET`, as local properties, or by `priority()` and `limit()`
blocks. An unknown key under `spark.neptune.`, written in whatever case, or an invalid value
prevents the application from starting; the error says what is accepted. `SET` refuses both, too.
Where a program sets one in a session or as a local property, Spark lets it, and the jobs that have
it fail with that error. A setting of the application that a session or a job has is ignored, with a
warning.

A priority is `low` (-10), `normal` (0), `high` (10) or any 32-bit integer; a higher number is
more urgent. A duration is a number of milliseconds or a number with a unit (`ms`, `s`, `m`, `h`,
`d`). Cores are a number, such as `8`, or a share of all cores, such as `25%`."""

_PAGE_SECTIONS = (
    (
        "For an application",
        "application",
        "Set before the session starts. Only the policy can be changed later "
        "([policies.md](policies.md)).",
    ),
    (
        "For levels, pools, users and rules",
        "rule",
        "Set for the application, before the session starts; `<name>` is the name of a level, a "
        "pool or a user, or one that you choose for a rule; it must not be blank, nor begin or end "
        "with blanks. [priorities.md](priorities.md) says "
        "which takes precedence.",
    ),
    (
        "For a session or a job",
        "job",
        "Set in a SQL session, or as local properties of a thread; not for the application.",
    ),
    ("For testing", "testing", "Never needed in production."),
    ("Internal", "internal", "Set by Neptune itself; listed for reference."),
)


def _table(rows: list[Setting]) -> str:
    lines = [
        "| key | keyword | type | default | what it does |",
        "|---|---|---|---|---|",
    ]
    for s in rows:
        keyword = f"`{s.name}`" if s.configurable and s.scope != "rule" else "-"
        kind = " \\| ".join(f"`{v}`" for v in s.values or ()) or s.type.replace("_ms", "").replace(
            "_", " "
        )
        if s.type == "priority":
            kind += " \\| integer"
        if s.type == "policy":
            kind += " \\| class name \\| `python:module:Class`"
        default = "-" if s.default is None else f"`{s.default}`"
        lines.append(f"| `{s.key}` | {keyword} | {kind} | {default} | {s.doc} |")
    return "\n".join(lines)
