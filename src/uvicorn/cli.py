"""The command `uvicorn`, made from the table in options.py.

Only the command line imports this module, and with it click. An option's value comes from the
command line, else from its environment variable, else run() decides.
"""

from __future__ import annotations

import importlib
import os
import platform
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from . import options
from ._version import VERSION
from .codecs import inventory
from .config import INTERFACES, LIFESPAN
from .errors import ConfigError
from .forwarded import TrustedHosts
from .listen import bind
from .logging import LOG_LEVELS
from .system.descriptors import open_standard_ones
from .system.signals import end_is_forced

if TYPE_CHECKING:
    ParamType = click.ParamType[object]
    Choice = click.Choice[str]
    Parameter = click.Parameter | None
    Context = click.Context | None
else:
    # Generic since click 8.2 only.
    ParamType, Choice = click.ParamType, click.Choice

DESCRIPTION = """\
Serve the ASGI application APP, which is named as module:attribute. A module
alone means the one application in it.

In a folder with a file hello.py that defines an application called app:

\b
    uvicorn hello:app
"""

EPILOG = """\
Each option can come from the environment, too: UVICORN_PORT is --port,
UVICORN_ACCESS_LOG=false is --no-access-log, and UVICORN_APP is APP. An option that may be given
more than once takes its values with spaces between: UVICORN_HEADERS="x-one:1 x-two:2". The
command line wins over the environment.
"""


GRACE = next(row.default for row in options.rows() if row.name == "timeout_graceful_shutdown")

# Seconds that threads of the app have if somebody has asked twice for the end.
FORCED_GRACE = 0.1

# The module: in the package, `main` is the command. run() is looked up there at each call, since
# a program may have replaced it.
MAIN = importlib.import_module(f"{__package__}.main")

# The width of the left side in the help; a longer one has a line of its own.
COLUMN = 28

# Stands for None as a number: for click, None means that the option was not given.
NONE = object()


class Number(ParamType):
    """A number within the row's bounds; also "none", if the row allows it."""

    def __init__(self, row: options.Row) -> None:
        self.row = row
        self.name = row.kind.__name__

    def convert(self, value: object, param: Parameter, ctx: Context) -> object:
        row = self.row
        if row.can_be_none and str(value).lower() == "none":
            return NONE
        try:
            number = int(str(value), 8) if row.octal else row.kind(value)
        except ValueError:
            number = float("nan")
        # This is true for nan, too.
        if not (row.lowest <= number <= row.highest):
            self.fail(f"{value!r} is not {self.expected()}.", param, ctx)
        return number

    def expected(self) -> str:
        row = self.row
        if row.octal:
            return f"an octal number from 0 to {row.highest:o}"
        what = "a whole number" if row.kind is int else "a number"
        if row.highest != float("inf"):
            bounds = f" from {row.lowest} to {row.highest}"
        else:
            bounds = f", {row.lowest} or more"
        return f"{what}{bounds}{', or none' if row.can_be_none else ''}"


class OpenChoice(Choice):
    """One of some words, or the name of something of one's own as module:attribute."""

    def convert(self, value: Any, param: Parameter, ctx: Context) -> Any:
        if ":" in str(value):
            return value
        if value not in self.choices:
            words = ", ".join(self.choices)
            self.fail(f"{value!r} is neither one of {words} nor module:attribute.", param, ctx)
        return value


def _choices(name: str) -> Choice:
    row = next(row for row in options.rows() if row.name == name)
    return OpenChoice(row.choices)


# For commands of other programs that also have these options.
LEVEL_CHOICES = click.Choice(list(LOG_LEVELS))
LIFESPAN_CHOICES = click.Choice(list(LIFESPAN))
INTERFACE_CHOICES = click.Choice(INTERFACES)
HTTP_CHOICES = _choices("http")
WS_CHOICES = _choices("ws")
LOOP_CHOICES = _choices("loop")


class RowOption(click.Option):
    """One row as click knows it."""

    def __init__(self, row: options.Row) -> None:
        self.row = row
        flags = "/".join(row.flags)
        super().__init__(
            [flags, row.name],
            envvar=row.env,
            type=_click_type(row),
            default=None,
            is_flag=row.kind is bool and not row.spelled_out,
            multiple=row.multiple,
        )

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        row = self.row
        metavar = "|".join(row.choices) or row.metavar
        if row.open_choice:
            metavar = f"{metavar}|MODULE:NAME"
        left = " / ".join(row.flags) + (f" {metavar}" if metavar else "")
        default = row.shown_default
        return left, row.help + (f"  [default: {default}]" if default else "")


class Page(click.Command):
    """A command whose help is in groups, and whose usage errors are one line."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        shown = [param for param in self.get_params(ctx) if isinstance(param, RowOption)]
        groups = {
            group: [p.get_help_record(ctx) for p in shown if p.row.group == group]
            for group in options.GROUPS
        }
        rest = [p for p in self.get_params(ctx) if type(p) is click.Option]
        groups["Other"] = [record for p in rest if (record := p.get_help_record(ctx))]
        for group, records in groups.items():
            with formatter.section(group):
                # click sizes the column of each group by itself, so each gets the full width.
                formatter.write_dl([(left.ljust(COLUMN), text) for left, text in records], COLUMN)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.MissingParameter:
            raise OneLine("Say what to serve, for example: uvicorn main:app") from None
        except click.UsageError as exc:
            raise OneLine(f"{exc.format_message()} Try 'uvicorn --help'.") from None


class OneLine(click.ClickException):
    """A usage error that is shown without the usage."""

    exit_code = 2


def _click_type(row: options.Row) -> ParamType | type:
    # A path names one file, or an option has several directories.
    if row.choices:
        return OpenChoice(row.choices) if row.open_choice else click.Choice(row.choices)
    if row.kind in (int, float):
        return Number(row)
    if row.kind is os.PathLike:
        return click.Path(exists=True, dir_okay=row.multiple, file_okay=not row.multiple)
    return row.kind


def print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(
            f"Running uvicorn {VERSION} with {platform.python_implementation()}"
            f" {platform.python_version()} on {platform.system()}"
        )
        for line in inventory.lines():
            click.echo(line)
        ctx.exit()


def _split_headers(headers: Sequence[str]) -> list[tuple[str, str]]:
    for header in headers:
        if ":" not in header:
            raise OneLine(f"Invalid value for '--header': {header!r} is not NAME:VALUE.")
    return [(name, value) for name, _, value in (h.partition(":") for h in headers)]


def _check_app_dir(app_dir: str | None) -> None:
    if app_dir and not os.path.isdir(app_dir):
        raise OneLine(f"Invalid value for '--app-dir': {app_dir!r} is not a directory here.")


def _check_bind(addresses: Sequence[str]) -> None:
    for address in addresses:
        try:
            bind.parse(address)
        except ConfigError as exc:
            raise OneLine(f"Invalid value for '--bind': {exc}") from None


def _check_trust_list(listed: str) -> None:
    for doubt in TrustedHosts(listed).doubts:
        raise OneLine(f"Invalid value for '--forwarded-allow-ips': {doubt}")


def _value(name: str, value: object) -> object:
    """The value for run(): a single host is a string."""
    if isinstance(value, tuple):
        return value[0] if name == "host" and len(value) == 1 else list(value)
    return None if value is NONE else value


def _serve(app: str, app_dir: str | None, headers: Sequence[str], **given: object) -> None:
    """Pass on what was given, and leave the rest to run()."""
    open_standard_ones()
    values: dict[str, Any] = {
        name: _value(name, value) for name, value in given.items() if value not in (None, ())
    }
    header_pairs = _split_headers(headers)
    _check_app_dir(app_dir)
    _check_bind(values.get("bind", ()))
    _check_trust_list(values.get("forwarded_allow_ips", ""))
    try:
        MAIN.run(app, app_dir=app_dir or "", headers=header_pairs, **values)
    finally:
        seconds = values.get("timeout_graceful_shutdown", GRACE)
        _limit_exit(FORCED_GRACE if end_is_forced.is_set() else seconds)


def _limit_exit(seconds: float | None) -> None:
    """At its end Python waits for the app's threads, for ever; make it this long at most."""
    threads = [thread for thread in threading.enumerate() if not thread.daemon]
    # Private, but concurrent.futures relies on it; nothing public says when Python ends.
    at_exit = getattr(threading, "_register_atexit", None)
    if seconds is None or len(threads) == 1 or at_exit is None:
        return
    ending = threading.Event()
    threading.Thread(target=_leave_threads, args=[ending, seconds], daemon=True).start()
    at_exit(ending.set)


def _leave_threads(ending: threading.Event, seconds: float) -> None:
    ending.wait()
    time.sleep(seconds)
    click.echo("A thread of the application does not end; leaving it behind.", err=True)
    os._exit(1)


main = Page(
    "uvicorn",
    callback=_serve,
    help=DESCRIPTION,
    epilog=EPILOG,
    params=[
        click.Argument(["app"], envvar="UVICORN_APP"),
        *(RowOption(row) for row in options.rows()),
        click.Option(
            ["--version"],
            is_flag=True,
            callback=print_version,
            expose_value=False,
            is_eager=True,
            help="Show the version, the build, and the engines and loops that are here, and exit.",
        ),
    ],
)
