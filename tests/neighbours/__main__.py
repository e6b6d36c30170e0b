"""Programs of others on this server: each is installed, started as its users do, asked and ended.

    python -m tests.neighbours                # all, one after the other: half an hour
    python -m tests.neighbours gradio shiny   # these
    python -m tests.neighbours --reference    # on uvicorn 0.54: whose fault is a failure?
    python -m tests.neighbours --suites       # the suites of others, on 0.54 and on ours

It runs on Linux with what `pip install -e '.[dev]'` installs, and needs PyPI. With `--folder` what
was installed stays for the next run, 5 GB in all. The exit status is 1 if a program failed.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.neighbours import page, venvs
from tests.neighbours.program import Program
from tests.neighbours.programs import PROGRAMS
from tests.neighbours.suites import SUITES, Compared, compare
from tests.neighbours.trying import try_it

GOOD = "good"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.neighbours", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", metavar="NAME", help="programs; all by default")
    parser.add_argument("--folder", type=Path, help="keep venvs and logs here")
    parser.add_argument("--python", default=sys.executable, help="what the venvs are made of")
    parser.add_argument("--wheel", type=Path, help="take this one, and build none of the checkout")
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--reference", action="store_true", help="on uvicorn 0.54")
    other.add_argument("--suites", action="store_true", help="test suites of others instead")
    parser.add_argument("--page", type=Path, help="put the rows in the place of these in this page")
    return parser.parse_args()


def of_name(names: list[str]) -> list[Program]:
    known = {program.name: program for program in PROGRAMS}
    unknown = set(names) - set(known)
    if unknown:
        sys.exit(f"No such program: {', '.join(unknown)}. There are: {', '.join(known)}.")
    return [known[name] for name in names] or list(PROGRAMS)


class Tried(NamedTuple):
    """One way to start a program, and what came of it."""

    name: str
    version: str
    command: str
    processes: str
    end: str
    result: str

    def cells(self) -> tuple[str, ...]:
        return (self.name, self.version, f"`{self.command}`", *self[3:])


def try_all(program: Program, folder: Path, uvicorn: str | Path, python: str) -> Iterator[Tried]:
    name = program.name
    venv = folder / name
    try:
        venvs.make(venv, program.requirements, python)
        venvs.put_uvicorn(venv, uvicorn)
        version = venvs.version(venv, name)
    except venvs.Failed as error:
        yield Tried(name, "", "", "", "", f"not installed: {error}")
        return
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    for number, start in enumerate(program.starts, 1):
        log = logs / f"{name}-{number}.log"
        found, wrong = try_it(program, start, venv, log)
        if isinstance(uvicorn, Path) and not (found.processes or wrong):
            wrong.append("was not served by this uvicorn")
        if wrong:
            print(*log.read_text(errors="replace").splitlines()[-20:], sep="\n", file=sys.stderr)
        result = "; ".join(wrong) or GOOD
        yield Tried(name, version, start.command.strip(), str(found.processes), found.end, result)


def try_programs(chosen: argparse.Namespace, folder: Path, uvicorn: str | Path) -> bool:
    rows: list[Tried] = []
    for program in of_name(chosen.names):
        for row in try_all(program, folder, uvicorn, chosen.python):
            print(page.line(row), flush=True)
            rows.append(row)
        if not chosen.folder:
            shutil.rmtree(folder / program.name, ignore_errors=True)
    if chosen.page:
        page.put(chosen.page, "Programs", rows, [program.name for program in PROGRAMS])
    return all(row.result == GOOD for row in rows)


def compare_suites(chosen: argparse.Namespace, folder: Path, uvicorn: str | Path) -> bool:
    rows: list[Compared] = []
    for suite in SUITES:
        rows.append(compare(suite, folder, uvicorn, chosen.python))
        print(page.line(rows[-1]), flush=True)
    if chosen.page:
        page.put(chosen.page, "Suites", rows, [suite.name for suite in SUITES])
    return not any(row.differences() for row in rows)


def server_to_try(chosen: argparse.Namespace, folder: Path) -> str | Path:
    """What pip is to install."""
    if chosen.reference:
        return venvs.REFERENCE
    given: Path | None = chosen.wheel
    return given or venvs.wheel(folder / "uvicorn", chosen.python)


@contextlib.contextmanager
def workshop(chosen: argparse.Namespace) -> Iterator[Path]:
    """The folder of the venvs; a temporary one is gone afterwards."""
    if chosen.folder:
        kept: Path = chosen.folder.resolve()
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="neighbours-") as name:
        yield Path(name)


def main() -> int:
    chosen = options()
    of_name(chosen.names)
    # A job in the background of a shell ignores it, and so would all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with workshop(chosen) as folder:
        uvicorn = server_to_try(chosen, folder)
        do = compare_suites if chosen.suites else try_programs
        return int(not do(chosen, folder, uvicorn))


if __name__ == "__main__":
    sys.exit(main())
