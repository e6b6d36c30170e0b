"""run(): serves by options until the end. The command line is in cli.py, loaded on demand."""

from __future__ import annotations

import contextlib
import logging
import sys
import warnings
from collections.abc import Iterator
from dataclasses import fields
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any

from .config import (
    INTERFACES,
    LIFESPAN,
    LOG_LEVELS,
    LOGGING_CONFIG,
    SSL_PROTOCOL_VERSION,
    STARTUP_FAILURE,
    Config,
)
from .errors import ConfigError
from .listen.sockets import open_listeners
from .logging import reopen_on_signal
from .loops import runner
from .options import (
    APP_DIR,
    OF_CONFIG,
    HTTPProtocolType,
    InterfaceType,
    LifespanType,
    LoopFactoryType,
    Options,
    WSProtocolType,
)
from .server import Server
from .system import process_title
from .system.descriptors import open_standard_ones
from .system.pidfile import pid_file
from .system.signals import undone_at_sigterm
from .system.startup import log_failure, run_to_its_end

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
    from typing import ParamSpec

    from .cli import HTTP_CHOICES as HTTP_CHOICES
    from .cli import INTERFACE_CHOICES as INTERFACE_CHOICES
    from .cli import LEVEL_CHOICES as LEVEL_CHOICES
    from .cli import LIFESPAN_CHOICES as LIFESPAN_CHOICES
    from .cli import LOOP_CHOICES as LOOP_CHOICES
    from .cli import WS_CHOICES as WS_CHOICES
    from .cli import main as main
    from .cli import print_version as print_version
    from .supervisors import ChangeReload as ChangeReload
    from .supervisors import Multiprocess as Multiprocess

__all__ = [
    "INTERFACES",
    "LIFESPAN",
    "LOGGING_CONFIG",
    "LOG_LEVELS",
    "SSL_PROTOCOL_VERSION",
    "STARTUP_FAILURE",
    "Config",
    "HTTPProtocolType",
    "InterfaceType",
    "LifespanType",
    "LoopFactoryType",
    "Server",
    "WSProtocolType",
    "main",
    "run",
]

# Parts of the command, which imports click.
_OF_THE_COMMAND = {"main", "print_version", "HTTP_CHOICES", "INTERFACE_CHOICES", "LEVEL_CHOICES"}
_OF_THE_COMMAND |= {"LIFESPAN_CHOICES", "LOOP_CHOICES", "WS_CHOICES"}

logger = logging.getLogger("uvicorn.error")


def _parameters() -> Iterator[Parameter]:
    """The parameters of run(): the app, and each option by keyword."""
    for each in fields(Options):
        if each.name == "app":
            yield Parameter(each.name, Parameter.POSITIONAL_OR_KEYWORD, annotation=each.type)
        elif each.name not in OF_CONFIG:
            default = each.metadata["row"].default if each.metadata else each.default
            yield _by_keyword(each.name, default, each.type)
    yield _by_keyword(APP_DIR.name, APP_DIR.default, "str | None")


def _by_keyword(name: str, default: Any, annotation: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


SIGNATURE = Signature(list(_parameters()), return_annotation="None")

if TYPE_CHECKING:
    P = ParamSpec("P")

    @dataclass(kw_only=True)
    class RunOptions(Options):
        app_dir: str | None = None

    def like(options: Callable[P, Any]) -> Callable[[Callable[..., None]], Callable[P, None]]: ...

    takes_options = like(RunOptions)
else:

    def takes_options(function):
        """Gives it the signature that the table says: for editors above, for `inspect` here."""
        function.__signature__ = SIGNATURE
        taken = {name: taken.annotation for name, taken in SIGNATURE.parameters.items()}
        function.__annotations__ = {**taken, "return": "None"}
        return function


@takes_options
def run(app: Any, **options: Any) -> None:
    """Serve `app` until a signal or a limit ends it.

    The options are those of the command line, see `uvicorn --help`. A server that cannot start
    logs why and ends the process with status STARTUP_FAILURE. Inside of a running event loop it
    raises RuntimeError: there, await Server(config).serve().
    """
    SIGNATURE.bind(app, **options)
    app_dir = options.pop("app_dir", None)
    if app_dir is not None:
        sys.path.insert(0, app_dir)
    process_title.show(f"uvicorn {app}" if isinstance(app, str) else "uvicorn")
    try:
        config = Config(app, **options)
        if config.use_subprocess:
            supervise(config)
            return
        runner.refuse_inside_of_a_loop()
    except KeyboardInterrupt:
        sys.exit(STARTUP_FAILURE)
    except ConfigError as exc:
        logger.error(exc)
        sys.exit(STARTUP_FAILURE)
    server = Server(config)
    run_to_its_end(server, lambda: _serve(server))


def _serve(server: Server) -> None:
    reopen_on_signal()
    if server.config.parent_hook is None:
        server.run()
        return
    with undone_at_sigterm(), server.config.enter_parent_hook():
        server.config.load()
        with server.handling_signals():
            server.run()
    # Only when the hook has been left in good order.
    server.raise_captured()


def supervise(config: Config) -> None:
    """Listen, and keep workers serving, until a signal comes.

    The parent imports the app only to preload it.
    """
    from . import supervisors
    from .system.watched import current_directory

    open_standard_ones()
    current_directory()
    if not isinstance(config.app, str) and (config.reload or not config.preload):
        logger.warning(
            "You must pass the application as an import string to enable 'reload' or 'workers'."
        )
        sys.exit(STARTUP_FAILURE)
    config.check()
    with undone_at_sigterm(), contextlib.ExitStack() as stack:
        try:
            stack.enter_context(pid_file(config.pid_file))
            listeners = open_listeners(config)
        except OSError as exc:
            logger.error(exc)
            sys.exit(STARTUP_FAILURE)
        stack.callback(listeners.close)
        listeners.log()
        try:
            stack.enter_context(config.enter_parent_hook())
            if config.preload:
                config.load()
        except ConfigError:
            raise
        except Exception as exc:
            log_failure(exc)
            sys.exit(STARTUP_FAILURE)
        kind = supervisors.ChangeReload if config.should_reload else supervisors.Multiprocess
        kind(config, listeners.sockets).run()


def __getattr__(name: str) -> Any:
    if name in _OF_THE_COMMAND:
        from . import cli

        return getattr(cli, name)
    if name in ("ChangeReload", "Multiprocess"):
        from . import supervisors

        return getattr(supervisors, name)
    if name == "ServerState":
        from .server import ServerState

        warnings.warn(
            "uvicorn.main.ServerState is deprecated, use uvicorn.server.ServerState instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        return ServerState
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
