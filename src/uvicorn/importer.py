"""Objects by name: "package.module:attribute.attribute"."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["ImportFromStringError", "import_from_string"]


class ImportFromStringError(Exception):
    """The string names nothing. An error inside the named module is raised as it is."""


def import_from_string(import_str: Any) -> Any:
    """The object that `import_str` names; anything but a string is the object itself."""
    if not isinstance(import_str, str):
        return import_str
    module_name, _, attributes = import_str.partition(":")
    if not module_name or not attributes:
        raise ImportFromStringError(
            f'Import string "{import_str}" must be in format "<module>:<attribute>".'
        )
    target = _import_module(module_name)
    for attribute in attributes.split("."):
        try:
            target = getattr(target, attribute)
        except AttributeError:
            raise ImportFromStringError(
                f'Attribute "{attributes}" not found in module "{module_name}".'
            ) from None
    return target


def suggestion(import_str: str) -> str:
    """A sentence for whoever has named a file, or a module alone; else nothing."""
    name, _, attribute = import_str.partition(":")
    path = name.replace("\\", "/").removeprefix("./").removesuffix(".py")
    module = path.replace("/", ".")
    meant = f"{module}:{attribute or 'app'}"
    if meant == import_str or not all(part.isidentifier() for part in module.split(".")):
        return ""
    return f' Did you mean "{meant}"?'


def _import_module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as exc:
        # A module that this one imports is missing: that is the app's error, with its traceback.
        # A missing parent package ("nope" of "nope.app") is ours.
        if exc.name is None or not f"{name}.".startswith(f"{exc.name}."):
            raise
        raise ImportFromStringError(f'Could not import module "{name}".') from None
