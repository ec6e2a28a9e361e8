from __future__ import annotations

from pathlib import Path

import pytest

from neptune_spark import SettingError
from neptune_spark._policy.loading import is_python, make_policy
from neptune_spark.policies import NewestFirst

MODULE = """
from neptune_spark import Decision, Policy

class Good(Policy):
    def decide(self, snapshot):
        return Decision()

class Needy(Good):
    def __init__(self, colour):
        pass

class Unwilling(Good):
    def __init__(self):
        raise OSError("not today")

class Unfinished(Policy):
    pass

class Stranger:
    pass

good = Good()
"""


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "made_up_policies.py").write_text(MODULE)
    (tmp_path / "made_up_broken.py").write_text("import made_up_missing\n")


def test_only_policies_of_python_are_made_here() -> None:
    assert is_python("python:a:B")
    assert not is_python("lb") and not is_python(None)


def test_a_policy_is_made() -> None:
    spec = "python:neptune_spark.policies:NewestFirst"
    assert isinstance(make_policy(spec), NewestFirst)
    made = make_policy("python:made_up_policies:Good")
    assert type(made).__name__ == "Good"


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("made_up_missing:Good", "put it on the Python path of the driver"),
        ("made_up_policies.deeper:Good", "is not a package"),
        ("made_up_broken:Good", "No module named 'made_up_missing'.*; fix it"),
        ("made_up_policies:Best", "the module made_up_policies has no class Best"),
        ("made_up_policies:Stranger", r"Stranger does not extend neptune_spark\.Policy"),
        ("made_up_policies:good", "good does not extend"),
        ("made_up_policies:Needy", r"Needy\(\) raised TypeError.*; it must not require arguments"),
        ("made_up_policies:Unwilling", r"Unwilling\(\) raised OSError\('not today'\)"),
        ("made_up_policies:Unfinished", "abstract"),
        ("made_up_policies", "give one of"),
    ],
)
def test_what_cannot_be_made_is_named(place: str, why: str) -> None:
    with pytest.raises(SettingError, match=rf"spark\.neptune\.policy cannot be .*{why}") as raised:
        make_policy(f"python:{place}")
    assert place in str(raised.value)
