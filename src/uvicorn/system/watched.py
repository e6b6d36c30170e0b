"""What a reloader watches: the directories, and which files in them count.

resolve_reload_patterns() splits the options into patterns and directories, WatchedFiles decides
whether a path counts. The watchers that find changes are in supervisors/.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

from ..errors import ConfigError

DEFAULT_INCLUDES = ("*.py",)
# Hidden files, files that Python compiles, and temporary files of editors and pip.
DEFAULT_EXCLUDES = (
    *(".*", ".py[cod]", ".sw.*", "~*"),
    *("__pycache__", "*.py[cod]", "*.sw[a-p]", "*~", "#*#"),
)

# The parts of a pattern: stars, a question mark, a class of characters, any other character.
_TOKEN = re.compile(r"\*+|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)
_WILDCARD = re.compile(r"[*?\[]")
_NAME = "[^/]+"
_NEVER = "(?!)"


# Options


def is_dir(path: str | os.PathLike[str]) -> bool:
    """Whether `path` is a directory, or a link to one. False if the system refuses the path."""
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def resolve_reload_patterns(
    patterns_list: list[str], directories_list: list[str]
) -> tuple[list[str], list[Path]]:
    """(patterns, directories): all patterns given, and all directories given or named by them.

    1. A pattern names a directory by its path from the current one, or as a glob in the shell:
       `app`, `services/*`. It stays among the patterns too.
    2. `*` and `.*` mean files, and a pattern with `**` would need a walk through everything: they
       name no directories.
    3. Directories are absolute, without symbolic links; a path that is no directory is left out.
    4. A directory inside of another is left out, unless it is in a hidden one, which is not
       watched with the other.
    5. Nothing comes twice, and the order is that in which it was given.
    """
    patterns = list(dict.fromkeys(patterns_list))
    given = [Path(name) for name in directories_list]
    given += [path for pattern in patterns for path in _named(pattern)]
    directories = list(dict.fromkeys(path.resolve() for path in given if is_dir(path)))
    return patterns, [
        path for path in directories if not any(_is_inside(path, other) for other in directories)
    ]


def current_directory() -> Path:
    """The current directory, which new processes need; ConfigError if it has been deleted."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise ConfigError(
            "The current directory has been deleted: start uvicorn in one that is there."
        ) from None


def without(directories: list[Path], excluded: list[Path]) -> list[Path]:
    """The directories that are not excluded, nor in one that is."""
    return [
        path for path in directories if not any(path.is_relative_to(other) for other in excluded)
    ]


def _named(pattern: str) -> list[Path]:
    if "**" in pattern or pattern in ("", "*", ".*"):
        return []
    if is_dir(pattern):
        return [Path(pattern)]
    try:
        return [Path(name) for name in sorted(glob.glob(pattern))]
    except ValueError:  # a null character
        return []


def _is_inside(path: Path, other: Path) -> bool:
    if path == other or not path.is_relative_to(other):
        return False
    return not any(name.startswith(".") for name in path.relative_to(other).parts)


# Files


class ReloadOptions(Protocol):
    """The options of Config, once resolve_reload_patterns() has resolved them."""

    @property
    def reload_dirs(self) -> Sequence[Path]: ...

    @property
    def reload_includes(self) -> Sequence[str]: ...

    @property
    def reload_excludes(self) -> Sequence[str]: ...

    @property
    def reload_dirs_excludes(self) -> Sequence[Path]: ...


class WatchedFiles:
    """Decides, without reading the disk, whether a change of a path counts.

    1. A file counts if it is in one of `reload_dirs`, a pattern includes it, and none excludes
       it. The included patterns are `*.py` and those of `reload_includes`.
    2. A pattern is matched name by name, from the end: `*.html` matches such a file in any
       directory, `templates/*` one that lies directly in any `templates`. `**` is any number of
       directories. A pattern that begins with / or holds .. is matched against the whole path.
    3. `reload_excludes` win over everything. What they match is excluded with all that is in
       it: `node_modules`, `tests/data`, `*_pb2.py`. So are the directories of
       `reload_dirs_excludes`; a pattern without wildcards that names one of them means only it.
    4. DEFAULT_EXCLUDES apply to each name below the reload directory, of directories too: no
       file in `.venv` counts. A reload directory may lie in a hidden one.
    5. Where an included pattern has a name of that kind itself, the name may be there: `.env`,
       `.env*`, `.github/*.yml` and `*.pyc` count; `*.html` matches no `.draft.html`, and `*`
       nothing in `.git`.
    6. A default exclude that is also given, exactly, as an included pattern is dropped.
    """

    def __init__(
        self,
        reload_dirs: Sequence[Path],
        reload_includes: Sequence[str] = (),
        reload_excludes: Sequence[str] = (),
        reload_dirs_excludes: Sequence[Path] = (),
    ) -> None:
        self.directories = [os.path.abspath(path) for path in reload_dirs]
        without = [Path(os.path.abspath(path)) for path in reload_dirs_excludes]
        includes = [_split(pattern) for pattern in (*DEFAULT_INCLUDES, *reload_includes)]
        excludes = [
            _split(pattern) for pattern in reload_excludes if not _names_one_of(pattern, without)
        ]
        defaults = [pattern for pattern in DEFAULT_EXCLUDES if pattern not in reload_includes]
        any_of = "|".join(_literally(path) for path in self.directories)
        self._roots = f"(?:{any_of or _NEVER})"
        self._included = self._compile(includes, defaults)
        leading = [parts[:end] for parts in includes for end in range(1, len(parts))]
        self._entered = self._compile(leading, defaults, self._prefix(defaults))
        self._excluded = self._compile(excludes, (), *map(_literally, map(str, without)))

    @classmethod
    def of(cls, options: ReloadOptions) -> WatchedFiles:
        return cls(
            options.reload_dirs,
            options.reload_includes,
            options.reload_excludes,
            options.reload_dirs_excludes,
        )

    def counts(self, path: str | os.PathLike[str]) -> bool:
        """Whether a change of the file at this absolute path counts."""
        text = _slashed(os.fspath(path))
        return bool(self._included.fullmatch(text)) and not self._excluded.match(text)

    def enters(self, directory: str | os.PathLike[str]) -> bool:
        """Whether files in this directory, or in one inside of it, may count."""
        text = _slashed(os.fspath(directory))
        return bool(self._entered.fullmatch(text)) and not self._excluded.match(text)

    # In the regular expressions each name of a path ends with a slash, the last one too.

    def _prefix(self, defaults: Iterable[str]) -> str:
        """A reload directory, and any directories in it."""
        return f"{self._roots}(?:{_guard('', defaults)}{_NAME}/)*"

    def _compile(
        self, patterns: list[list[str]], defaults: Iterable[str], *more: str
    ) -> re.Pattern[str]:
        """One expression for all patterns, and for `more` that are expressions already."""
        relative = [_path(parts, defaults) for parts in patterns if parts and parts[0]]
        absolute = [_path(parts, defaults) for parts in patterns if parts and not parts[0]]
        below = [f"{self._prefix(defaults)}(?:{'|'.join(relative)})"] if relative else []
        either = "|".join([*below, *absolute, *more]) or _NEVER
        flags = re.DOTALL | (re.IGNORECASE if os.name == "nt" else 0)
        return re.compile(f"(?={self._roots})(?:{either})", flags)


def _slashed(path: str) -> str:
    if os.sep != "/":
        path = path.replace(os.sep, "/")
    return path if path.endswith("/") else f"{path}/"


def _literally(path: str) -> str:
    return re.escape(_slashed(path))


def _split(pattern: str) -> list[str]:
    """The names in a pattern; the first is empty if it is a whole path."""
    if ".." in Path(pattern).parts or os.path.isabs(pattern):
        # On Windows it begins with a drive and not with a slash: "C:", "app".
        names = _slashed(os.path.abspath(pattern)).split("/")[:-1]
        return names if names[0] == "" else ["", *names]
    names = [name for name in _slashed(pattern).split("/") if name not in ("", ".")]
    return [*names, "*"] if names and names[-1] == "**" else names


def _names_one_of(pattern: str, directories: list[Path]) -> bool:
    if _WILDCARD.search(pattern) or not is_dir(pattern):
        return False
    path = Path(pattern).resolve()
    return any(path.is_relative_to(directory) for directory in directories)


def _path(names: list[str], defaults: Iterable[str]) -> str:
    """An expression for the names of a pattern, each with its slash."""
    pieces = []
    for index, name in enumerate(names):
        if name == "" and index == 0:
            pieces.append("/" if os.sep == "/" else "")
        elif name == "**":
            pieces.append(f"(?:{_guard(name, defaults)}{_NAME}/)*")
        else:
            pieces.append(f"{_guard(name, defaults)}{_name(name)}/")
    return "".join(pieces)


def _guard(name: str, defaults: Iterable[str]) -> str:
    """Keeps out names that are excluded by default, except those that the pattern asks for."""
    kept = [_name(each) for each in defaults if not fnmatchcase(name, each) and name != each]
    return f"(?!(?:{'|'.join(kept)})/)" if kept else ""


def _name(pattern: str) -> str:
    return "".join(_token(match[0]) for match in _TOKEN.finditer(pattern))


def _token(token: str) -> str:
    if token[0] == "*":
        return "[^/]*"
    if token == "?":
        return "[^/]"
    if len(token) == 1:
        return re.escape(token)
    negated = token[1] == "!"
    # Everything but letters, digits and the dash of a range is escaped for `re`.
    members = re.sub(r"(?<!\w)-|-(?!\w)|[^\w-]", r"\\\g<0>", token[1 + negated : -1])
    expression = f"(?!/)[{'^' if negated else ''}{members}]"
    try:
        re.compile(expression)
    except re.error:  # a range that ends before it begins
        return re.escape(token)
    return expression
