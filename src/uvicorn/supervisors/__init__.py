"""What keeps worker processes: `Multiprocess`, and with an eye on files `ChangeReload`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .basereload import BaseReload
    from .multiprocess import Multiprocess as Multiprocess

    ChangeReload: type[BaseReload]

__all__ = ["ChangeReload", "Multiprocess"]


def change_reload() -> type[BaseReload]:
    """The one that hears of changes from the system, if watchfiles is here and of use."""
    from .statreload import StatReload

    try:
        from .watchfilesreload import WatchFilesReload, has_to_poll
    except ImportError:
        return StatReload
    return StatReload if has_to_poll() else WatchFilesReload


def __getattr__(name: str) -> Any:
    if name == "ChangeReload":
        return change_reload()
    if name == "Multiprocess":
        from .multiprocess import Multiprocess

        return Multiprocess
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
