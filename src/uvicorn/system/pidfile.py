"""The file that holds the id of the process that serves, while it serves."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def pid_file(path: str | os.PathLike[str] | None) -> Iterator[None]:
    """Within it, `path` holds our process id. None writes nothing.

    Raises OSError, with a line that says what to do, if the file names another process that lives.
    The file appears whole or not at all, and is removed at the end if it still names us.
    """
    if path is None:
        yield
        return
    # The app may change the current folder.
    place = os.path.abspath(path)
    _write(place)
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            if _read(place) == os.getpid():
                os.unlink(place)


def _write(path: str) -> None:
    import tempfile

    _refuse_to_replace(path)
    try:
        folder, name = os.path.split(path)
        fd, draft = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    except OSError as exc:
        raise OSError(
            exc.errno,
            f"{exc.strerror}: pid file {path!r}. Choose a path in a folder that is there and can"
            " be written to.",
        ) from None
    try:
        with open(fd, "w", encoding="ascii") as file:
            file.write(f"{os.getpid()}\n")
        os.chmod(draft, 0o644)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def _refuse_to_replace(path: str) -> None:
    try:
        pid = _read(path)
    except OSError as exc:
        if exc.errno == errno.ENOENT:
            return
        raise OSError(exc.errno, f"{exc.strerror}: pid file {path!r}. Choose another.") from None
    except ValueError:
        raise OSError(
            errno.EEXIST,
            f"The file {path!r} holds no process id. Remove it, or choose another pid file.",
        ) from None
    if pid is not None and pid != os.getpid() and _lives(pid):
        raise OSError(
            errno.EEXIST,
            f"The pid file {path!r} names process {pid}, which runs. Stop it, or choose another"
            " pid file; remove this one if that process is none of yours.",
        )


def _read(path: str) -> int | None:
    """The number in the file; None if it is empty. Raises OSError and ValueError."""
    with open(path, encoding="ascii") as file:
        text = file.read(64).strip()
    return int(text) if text else None


def _lives(pid: int) -> bool:
    # On Windows os.kill() would end the process.
    if sys.platform == "win32" or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it belongs to another user
        return True
    return True
