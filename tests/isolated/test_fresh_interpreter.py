"""What only an interpreter can show in which nothing was imported before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(code: str) -> str:
    """What the code prints; warnings are errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_package_is_cheap_to_import() -> None:
    assert (
        run(
            "import sys; before = set(sys.modules); import uvicorn;"
            "print(sorted(n for n in set(sys.modules) - before if n.startswith('uvicorn')))"
        )
        == "['uvicorn', 'uvicorn._version']"
    )


# The libraries and parts of Python that a server without a need for them must not load.
COSTLY = (
    "click",
    "dotenv",
    "yaml",
    "logging.config",
    "multiprocessing",
    "random",
    "json",
    "uvloop",
)


def test_a_config_and_a_server_load_nothing_that_they_do_not_use() -> None:
    code = (
        "import sys, uvicorn\n"
        "config = uvicorn.Config('tests.server.apps:hello', loop='asyncio')\n"
        "uvicorn.Server(config)\n"
        f"print([name for name in {COSTLY!r} if name in sys.modules])"
    )
    assert run(code) == "[]"


def test_run_does_not_load_click() -> None:
    assert run("import sys, uvicorn; uvicorn.run; print('click' in sys.modules)") == "False"


FIRST_STEPS = {
    "nothing": "",
    "the module": "import importlib; importlib.import_module('uvicorn.main')",
    "a name of the module": "from uvicorn.main import STARTUP_FAILURE, run",
    "the command from the module": "from uvicorn.main import main",
    "run": "uvicorn.run",
    "the server": "uvicorn.Server",
}


@pytest.mark.parametrize("step", FIRST_STEPS.values(), ids=list(FIRST_STEPS))
def test_main_is_the_command_whatever_was_imported_before(step: str) -> None:
    assert run(f"import uvicorn\n{step}\nprint(type(uvicorn.main).__name__)") == "Page"


def test_the_names_of_the_package_are_those_of_the_reference() -> None:
    assert run("import uvicorn; print(uvicorn.__all__, uvicorn.__version__)") == (
        "['main', 'run', 'Config', 'Server'] 1.0.0"
    )
    assert run("from uvicorn import *; print(Config.__name__, Server.__name__)") == "Config Server"
    assert run("import uvicorn; print({*uvicorn.__all__} <= {*dir(uvicorn)})") == "True"


def test_the_package_says_what_it_does_not_have() -> None:
    code = "import uvicorn\ntry: uvicorn.nope\nexcept AttributeError as e: print(e)"
    assert run(code) == "module 'uvicorn' has no attribute 'nope'"


def test_the_command_can_be_replaced_as_any_attribute() -> None:
    code = (
        "from unittest import mock\nimport uvicorn\n"
        "with mock.patch('uvicorn.main') as replaced: assert uvicorn.main is replaced\n"
        "print(type(uvicorn.main).__name__)"
    )
    assert run(code) == "Page"


def test_server_state_warns_where_it_was_once() -> None:
    code = (
        "import warnings\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    from uvicorn.main import ServerState\n"
        "from uvicorn.server import ServerState as real\n"
        "print(ServerState is real, caught[0].category.__name__)"
    )
    assert run(code) == "True DeprecationWarning"


def test_the_module_says_what_it_does_not_have() -> None:
    code = "try:\n    from uvicorn.main import nope\nexcept ImportError: print('refused')"
    assert run(code) == "refused"


def test_python_m_uvicorn_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "uvicorn", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: uvicorn [OPTIONS] APP")
