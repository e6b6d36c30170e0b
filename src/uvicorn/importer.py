"""Objects by name: "package.module:attribute.attribute"; and modules by their names."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from .errors import ImportFromStringError

__all__ = ["ImportFromStringError", "import_from_string", "import_module"]


def import_from_string(import_str: object) -> Any:
    """The object that `import_str` names; anything but a string is the object itself."""
    if not isinstance(import_str, str):
        return import_str
    module_name, attributes = _parts(import_str)
    target: object = import_module(module_name)
    for attribute in attributes.split("."):
        try:
            target = getattr(target, attribute)
        except AttributeError:
            raise ImportFromStringError(
                f'Attribute "{attributes}" not found in module "{module_name}".'
            ) from None
    return target


def import_module(name: str) -> ModuleType:
    """The module of this name. Raises ImportFromStringError if there is none."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as exc:
        # If a module that this one imports is missing, that is the app's error, with its traceback.
        # A missing parent package ("nope" of "nope.app") is our error.
        if exc.name is None or not f"{name}.".startswith(f"{exc.name}."):
            raise
        raise _missing(name) from None


def check_module(name: str) -> None:
    """Raise ImportFromStringError if there is no such module, without importing it.

    A package that does not seem to have it is imported, which may add modules to it.
    """
    path: Sequence[str] | None = None
    for end in (end for end, letter in enumerate(f"{name}.") if letter == "."):
        part = name[:end]
        if part in sys.modules:
            path = getattr(sys.modules[part], "__path__", None)
            continue
        specs = (finder.find_spec(part, path) for finder in sys.meta_path)
        spec = next(filter(None, specs), None)
        if spec is None:
            if "." not in part or not _is_found_by_importing(part):
                raise _missing(name)
            return
        path = spec.submodule_search_locations
        if path is not None and spec.origin is None:
            # A package without a file runs no code, and is searched only when imported.
            path = import_module(part).__path__


def _is_found_by_importing(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
    except Exception:
        # The process that serves imports the package too, and reports what goes wrong in it.
        return True


def _missing(module: str) -> ImportFromStringError:
    return ImportFromStringError(f'Could not import module "{module}".')


def _parts(import_str: str) -> tuple[str, str]:
    module, _, attributes = import_str.partition(":")
    if not module or not attributes:
        raise ImportFromStringError(
            f'Import string "{import_str}" must be in format "<module>:<attribute>".'
        )
    return module, attributes


def suggestion(import_str: str) -> str:
    """A sentence for a user who has named a file, or a module alone; else nothing."""
    name, _, attribute = import_str.partition(":")
    path = name.replace("\\", "/").removeprefix("./").removesuffix(".py")
    module = path.replace("/", ".")
    meant = f"{module}:{attribute or 'app'}"
    if meant == import_str or not all(part.isidentifier() for part in module.split(".")):
        return ""
    return f' Did you mean "{meant}"?'
