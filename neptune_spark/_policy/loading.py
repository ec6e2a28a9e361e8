"""Python policies by name: `python:module:Class`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from neptune_spark._errors import SettingError
from neptune_spark._policy.interface import Policy
from neptune_spark._settings import BY_NAME

if TYPE_CHECKING:
    from typing_extensions import TypeGuard

#: Before module and class.
PREFIX = "python:"


class PolicyNotHere(SettingError):
    """A policy's module is not on the path of this process; on another's it may be.

    Attributes
    ----------
    module : str
        The module.
    """

    def __init__(self, message: str, module: str) -> None:
        super().__init__(message)
        self.module = module


def is_python(policy: str | None) -> TypeGuard[str]:
    """Return whether the policy is to be written in Python."""
    return policy is not None and policy.startswith(PREFIX)


def make_policy(spec: str) -> Policy:
    """Import the module and make an instance of the class.

    Parameters
    ----------
    spec : str
        `python:module:Class`.

    Raises
    ------
    PolicyNotHere
        When there is no such module.
    SettingError
        When it is written otherwise, when there is no such class, or when that is no Policy, or
        raises.
    """
    _, module, name = BY_NAME["policy"].parse(spec).split(":")
    try:
        found = importlib.import_module(module)
    except Exception as e:
        remedy = "put it on the Python path of the driver" if _is_missing(e, module) else "fix it"
        error = _cannot_be(spec, f"importing {module} raised {e!r}; {remedy}")
        if isinstance(e, ModuleNotFoundError) and e.name == module.partition(".")[0]:
            raise PolicyNotHere(str(error), module) from e
        raise error from e
    kind = getattr(found, name, None)
    if kind is None:
        raise _cannot_be(spec, f"the module {module} has no class {name}")
    if not isinstance(kind, type) or not issubclass(kind, Policy):
        raise _cannot_be(spec, f"{name} does not extend neptune_spark.Policy; make it do so")
    try:
        return kind()
    except Exception as e:
        raise _cannot_be(spec, f"{name}() raised {e!r}; it must not require arguments") from e


def _is_missing(error: Exception, module: str) -> bool:
    return (
        isinstance(error, ModuleNotFoundError)
        and error.name is not None
        and f"{module}.".startswith(f"{error.name}.")
    )


def _cannot_be(spec: str, why: str) -> SettingError:
    return SettingError(f"spark.neptune.policy cannot be {spec!r}: {why}.")
