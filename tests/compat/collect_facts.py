"""What the uvicorn that is installed here offers to its users, as plain facts in JSON.

The facts of the reference are stored beside this file, and test_reference_facts.py holds ours
against them. To collect them anew, and to see what ours lacks of them:

    python -m venv ref && ref/bin/pip install 'uvicorn[standard]==0.54.0' wsproto gunicorn
    ref/bin/python tests/compat/collect_facts.py > tests/compat/reference_facts.json
    python tests/compat/collect_facts.py tests/compat/reference_facts.json

Nothing but names, parameters, defaults and plain values is collected; it imports nothing but
the standard library, click and uvicorn.
"""

from __future__ import annotations

import asyncio
import collections.abc
import importlib
import inspect
import json
import logging
import os
import pkgutil
import sys
import types
import typing
import warnings
from collections.abc import Iterator
from typing import Any

import click

Facts = dict[str, Any]

# What starts with an underscore and is used all the same (see gunicorn workers, and tests that
# people have written around Server).
USED_PRIVATE = {
    "__version__",
    "_captured_signals",
    "_install_sigquit_handler",
    "_log_started_message",
    "_serve",
    "_wait_tasks_to_complete",
}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Nobody calls it."""


def collect(asked: Facts | None = None) -> Facts:
    """All facts, in the shape in which they are stored.

    `asked` are the modules of others' facts: then it is about these modules alone, and they
    are asked for the names that they have there, which they may find only then.
    """
    import uvicorn

    modules = asked or {name: {} for name in public_modules()}

    return {
        "version": uvicorn.__version__,
        "exported": sorted(uvicorn.__all__),
        "options": options(),
        "config_parameters": parameters_with_defaults(uvicorn.Config),
        "run_parameters": parameters_with_defaults(uvicorn.run),
        "modules": {
            name: names_of(module, names)
            for name, names in modules.items()
            if (module := imported(name)) is not None
        },
        "instances": asyncio.run(instances()),
    }


# The command line


def options() -> Facts:
    """By parameter name: how an option is given, and what it is otherwise."""
    import uvicorn

    defaults = {name: default for name, _, default in parameters_with_defaults(uvicorn.run)}
    found = {}
    for param in uvicorn.main.params:
        variable = param.envvar or f"UVICORN_{param.name.upper()}"
        found[param.name] = {
            "flags": [*param.opts, *param.secondary_opts],
            "env": variable if isinstance(variable, str) else list(variable),
            "multiple": param.multiple,
            "switch": bool(getattr(param, "is_flag", False)),
            "choices": list(getattr(param.type, "choices", ())),
            "default": defaults.get(param.name)
            if is_unset(param.default)
            else plain(param.default),
        }
    return found


def is_unset(default: Any) -> bool:
    """It is then run() that has one."""
    return default is None or "UNSET" in repr(default)


# Signatures


def parameters_with_defaults(thing: Any) -> list[list[Any]]:
    """Name, kind and default of each parameter, in their order."""
    signature = inspect.signature(thing)
    return [[p.name, p.kind.name, plain(p.default)] for p in signature.parameters.values()]


def parameters(thing: Any) -> list[str] | None:
    try:
        return list(inspect.signature(thing).parameters)
    except (TypeError, ValueError):
        return None


def plain(value: Any) -> Any:
    """A value as JSON has it; a dict is its keys, anything unknown the name of its type."""
    if value is inspect.Parameter.empty:
        return "(required)"
    if isinstance(value, dict):
        return {"keys": sorted(key_paths(value))}
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, (bool, float, str)):
        return value
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, (list, tuple, set, frozenset)):
        return (
            sorted(map(plain, value), key=str) if isinstance(value, set) else [*map(plain, value)]
        )
    if typing.get_origin(value) is typing.Literal:
        return {"literal": list(typing.get_args(value))}
    kind = type(value)
    # Python has several classes for these, and not the same ones in each version.
    is_type = kind.__module__ in ("typing", "types", "collections.abc", "_collections_abc")
    return {"type": "type alias" if is_type else kind.__name__}


def key_paths(value: dict[Any, Any], above: str = "") -> Iterator[str]:
    for key, below in value.items():
        yield f"{above}{key}"
        if isinstance(below, dict):
            yield from key_paths(below, f"{above}{key}/")


# Modules


def public_modules() -> Iterator[str]:
    import uvicorn

    yield "uvicorn"
    for found in pkgutil.walk_packages(uvicorn.__path__, "uvicorn."):
        if "__main__" not in found.name:
            yield found.name


def imported(name: str) -> types.ModuleType | None:
    """None if it is not here, or needs another system or a library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except ImportError as exc:
            print(f"{name} is left out: {exc}", file=sys.stderr)
            return None


def names_of(module: types.ModuleType, asked: Facts) -> Facts:
    """What a module offers that is of uvicorn, whether it was made there or imported there."""
    exported = getattr(module, "__all__", ())
    found = {}
    for name in sorted({*vars(module), *exported, *asked}):
        if (name.startswith("_") and name not in USED_PRIVATE) or not hasattr(module, name):
            continue
        value = getattr(module, name)
        if isinstance(value, types.ModuleType) or is_of_others(name, value):
            continue
        if is_type_of_asgi(module, name, value):
            continue
        was_made_there = asked.get(name, {"kind": "imported"})["kind"] != "imported"
        found[name] = described(value, was_made_there or is_made_in(module, value))
    return found


def is_type_of_asgi(module: types.ModuleType, name: str, value: Any) -> bool:
    """One that was imported for annotations; it is described in its own module."""
    home = importlib.import_module("uvicorn._types")
    return module is not home and getattr(home, name, None) is value


def is_of_others(name: str, value: Any) -> bool:
    if any(getattr(other, name, None) is value for other in (typing, collections.abc)):
        return True
    if name == "annotations":
        return True
    return is_code(value) and not getattr(value, "__module__", "").startswith("uvicorn")


def is_code(value: Any) -> bool:
    """A class or a function; list[int] says of itself that it is a class, in Python 3.10."""
    is_class = inspect.isclass(value) and typing.get_origin(value) is None
    return is_class or inspect.isroutine(value)


def is_made_in(module: types.ModuleType, value: Any) -> bool:
    return getattr(value, "__module__", module.__name__) == module.__name__


def described(value: Any, in_full: bool) -> Facts:
    if is_code(value) and not in_full:
        return {"kind": "imported"}
    if isinstance(value, click.Command):
        return {"kind": "command"}
    is_class = is_code(value) and inspect.isclass(value)
    if is_class and issubclass(value, dict):
        return {"kind": "typed dict", "keys": sorted(value.__annotations__)}
    if is_class:
        # Python's own idea of how a typing.Protocol is called has changed.
        called = None if getattr(value, "_is_protocol", False) else parameters(value)
        return {"kind": "class", "parameters": called, "members": members(value)}
    if inspect.isroutine(value):
        return {"kind": "function", "parameters": parameters(value)}
    return {"kind": "value", "value": plain(value)}


def members(cls: type[Any]) -> Facts:
    """Methods with their parameters, and attributes, that the class has from uvicorn."""
    found: Facts = {}
    for name in dir(cls):
        owner = next((base for base in cls.__mro__ if name in vars(base)), object)
        is_used = not name.startswith("_") or name in USED_PRIVATE
        is_callback = hasattr(asyncio.Protocol, name) or hasattr(asyncio.SubprocessProtocol, name)
        if is_used and not is_callback and owner.__module__.startswith("uvicorn"):
            value = inspect.getattr_static(cls, name)
            is_method = inspect.isroutine(getattr(cls, name, None))
            found[name] = parameters(value) if is_method else None
    return found


# Objects


async def instances() -> Facts:
    """Attributes of objects that people get at, by the name of the object."""
    import uvicorn
    from uvicorn.lifespan.off import LifespanOff
    from uvicorn.lifespan.on import LifespanOn
    from uvicorn.supervisors import Multiprocess

    config = uvicorn.Config(app, lifespan="off", log_config=None, port=0)
    found = {"Config": attributes(config)}
    config.load()
    found["Config, loaded"] = attributes(config)
    server = uvicorn.Server(config)
    found["Server"] = attributes(server)
    server.should_exit = True
    await server.serve()
    found["Server, ended"] = attributes(server)
    found["ServerState"] = attributes(server.server_state)
    found["LifespanOn"] = attributes(LifespanOn(config))
    found["LifespanOff"] = attributes(LifespanOff(config))
    found |= connections(config)
    for name, supervisor in {
        "Multiprocess": Multiprocess(config, sockets=[]),
        **reloaders(),
    }.items():
        found[name] = attributes(supervisor)
    return found


def reloaders() -> Facts:
    import uvicorn
    from uvicorn.supervisors.statreload import StatReload

    config = uvicorn.Config("main:app", reload=True, log_config=None)
    return {"StatReload": StatReload(config, target=print, sockets=[])}


def connections(config: Any) -> Facts:
    """Of both HTTP protocols, connected to nothing, and of a request of each."""
    from uvicorn.protocols.http.h11_impl import H11Protocol
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    from uvicorn.server import ServerState

    found = {}
    for cls in (H11Protocol, HttpToolsProtocol):
        protocol = cls(config=config, server_state=ServerState(), app_state={})
        protocol.connection_made(Transport())
        found[cls.__name__] = attributes(protocol)
        protocol.data_received(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        found[f"RequestResponseCycle of {cls.__name__}"] = attributes(protocol.cycle)
        found["FlowControl"] = attributes(protocol.flow)
        for task in protocol.tasks:
            task.cancel()
    return found


class Transport(asyncio.Transport):
    """Takes everything, sends nothing."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def write(self, data: Any) -> None: ...

    def writelines(self, data: Any) -> None: ...

    def is_closing(self) -> bool:
        return False

    def close(self) -> None: ...

    def abort(self) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def set_write_buffer_limits(self, high: Any = None, low: Any = None) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0


def attributes(thing: Any) -> list[str]:
    """Public ones, and those private ones that are used."""
    return sorted(
        name
        for name in dir(thing)
        if (not name.startswith("_") or name in USED_PRIVATE)
        and not inspect.isroutine(inspect.getattr_static(type(thing), name, None))
        and not hasattr(asyncio.Protocol, name)
    )


# What one lacks of the other


def lacking(reference: Facts, ours: Facts) -> Iterator[tuple[str, str]]:
    """(place, what is missing or different there) of what `reference` has and `ours` has not."""
    yield from missing_names("exported by uvicorn", reference["exported"], ours["exported"])
    yield from lacking_options(reference["options"], ours["options"])
    for key in ("config_parameters", "run_parameters"):
        yield from lacking_parameters(key.partition("_")[0], reference[key], ours[key])
    for module, names in reference["modules"].items():
        there = ours["modules"].get(module)
        if there is None:
            yield module, "is missing"
        else:
            yield from lacking_names(module, names, there)
    for thing, names in reference["instances"].items():
        yield from missing_names(f"instance of {thing}", names, ours["instances"].get(thing, ()))


def missing_names(place: str, wanted: Any, there: Any) -> Iterator[tuple[str, str]]:
    yield from ((f"{place}.{name}", "is missing") for name in wanted if name not in there)


def lacking_options(reference: Facts, ours: Facts) -> Iterator[tuple[str, str]]:
    for name, facts in reference.items():
        mine = ours.get(name)
        if mine is None:
            yield f"option {name}", "is missing"
            continue
        for key in ("flags", "choices"):
            for each in facts[key]:
                if each not in mine[key]:
                    yield f"option {name}, {key[:-1]} {each}", "is missing"
        for key in ("env", "multiple", "switch", "default"):
            # One that may be given more than once can be given once.
            if facts[key] != mine[key] and not (key == "multiple" and mine[key]):
                yield f"option {name}, {key}", f"is {mine[key]!r}, not {facts[key]!r}"


def lacking_parameters(of: str, reference: Any, ours: Any) -> Iterator[tuple[str, str]]:
    mine = {name: (kind, default) for name, kind, default in ours}
    for name, kind, default in reference:
        if name not in mine:
            yield f"{of}({name})", "is missing"
        elif mine[name] != (kind, default):
            yield f"{of}({name})", f"is {mine[name]!r}, not {(kind, default)!r}"
    in_both = [name for name, kind, _ in reference if name in mine and kind != "KEYWORD_ONLY"]
    if [name for name, *_ in ours if name in in_both] != in_both:
        yield f"{of}()", "takes its parameters in another order"


def lacking_names(place: str, reference: Facts, ours: Facts) -> Iterator[tuple[str, str]]:
    for name, facts in reference.items():
        mine = ours.get(name)
        where = f"{place}.{name}"
        if mine is None:
            yield where, "is missing"
        elif facts["kind"] == mine["kind"] == "class":
            if name != "Config":
                yield from differing_call(where, facts["parameters"], mine["parameters"])
            for member, taken in facts["members"].items():
                if member not in mine["members"]:
                    yield f"{where}.{member}", "is missing"
                elif taken is not None:
                    yield from differing_call(f"{where}.{member}", taken, mine["members"][member])
        elif facts["kind"] == mine["kind"] == "function" and name != "run":
            yield from differing_call(where, facts["parameters"], mine["parameters"])
        elif facts["kind"] == "typed dict":
            yield from missing_names(where, facts["keys"], mine.get("keys", ()))
        elif facts["kind"] == "value":
            yield from differing_value(where, facts["value"], mine.get("value"))


def differing_call(where: str, theirs: Any, ours: Any) -> Iterator[tuple[str, str]]:
    """Ours may take more, behind what theirs takes."""
    if theirs is not None and (ours is None or ours[: len(theirs)] != theirs):
        yield f"{where}()", f"takes {ours}, not {theirs}"


def differing_value(where: str, theirs: Any, ours: Any) -> Iterator[tuple[str, str]]:
    """A table or a choice of words may have more."""
    for key in ("keys", "literal"):
        if isinstance(theirs, dict) and isinstance(ours, dict) and {*theirs, *ours} == {key}:
            yield from missing_names(where, theirs[key], ours[key])
            return
    if theirs != ours:
        yield where, f"is {ours!r}, not {theirs!r}"


def written(value: Any, depth: int = 3) -> str:
    """JSON with a line for each name, and no more."""
    if not depth or not isinstance(value, dict) or not value:
        return json.dumps(value, sort_keys=True)
    lines = [f"{json.dumps(key)}: {written(value[key], depth - 1)}" for key in sorted(value)]
    return "{\n" + ",\n".join(lines) + "\n}"


def main() -> None:
    logging.disable()
    os.environ.pop("WEB_CONCURRENCY", None)
    if len(sys.argv) > 1:
        with open(sys.argv[1], encoding="utf-8") as file:
            reference = json.load(file)
        for place, what in lacking(reference, collect(reference["modules"])):
            print(place, what, sep="\t")
    else:
        print(written(collect()))


if __name__ == "__main__":
    main()
