"""The classes that keep worker processes: `Multiprocess`; `ChangeReload`, which watches files."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .basereload import BaseReload as BaseReload
    from .multiprocess import Multiprocess as Multiprocess
    from .statreload import StatReload as StatReload
    from .watchfilesreload import WatchFilesReload as WatchFilesReload

    ChangeReload: type[BaseReload]

__all__ = ["BaseReload", "ChangeReload", "Multiprocess"]

_HOMES = {
    "BaseReload": "basereload",
    "Multiprocess": "multiprocess",
    "StatReload": "statreload",
    "WatchFilesReload": "watchfilesreload",
}


def change_reload() -> type[BaseReload]:
    """The reloader over watchfiles, if that is installed and useful here, else StatReload."""
    from .statreload import StatReload

    try:
        from .watchfilesreload import WatchFilesReload, has_to_poll
    except ImportError:
        return StatReload
    return StatReload if has_to_poll() else WatchFilesReload


def __getattr__(name: str) -> object:
    if name == "ChangeReload":
        return change_reload()
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
