"""Packages that stand on uvicorn by its name: they are content with ours, and get it."""

from __future__ import annotations

import re
import sys
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement

import uvicorn
from tests.apps.serving import FEW, ROOT, process


def requirements() -> dict[str, list[Requirement]]:
    """What each installed package requires of uvicorn in this environment, by its name."""
    found: dict[str, list[Requirement]] = {}
    for each in distributions():
        for text in each.requires or ():
            wanted = Requirement(text)
            if wanted.name == "uvicorn" and (wanted.marker is None or wanted.marker.evaluate()):
                found.setdefault(each.metadata["Name"].lower(), []).append(wanted)
    return found


def our_extras() -> set[str]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = text.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    return set(re.findall(r"^([a-z0-9]+) = \[", section, re.MULTILINE))


def test_our_version_is_what_its_neighbours_require() -> None:
    found = requirements()
    assert "fastapi-cli" in found
    wanted = [each for name in found for each in found[name] if name != "uvicorn"]
    assert [each for each in wanted if uvicorn.__version__ not in each.specifier] == []
    assert {extra for each in wanted for extra in each.extras} <= our_extras()


def test_no_other_uvicorn_is_installed_beside_ours() -> None:
    """Or pip has fetched one because a neighbour wanted it."""
    installed = {each.version for each in distributions(name="uvicorn")}
    assert installed <= {uvicorn.__version__}


def test_the_uvicorn_of_a_new_process_is_the_one_that_is_tested() -> None:
    code = "import fastapi_cli.cli as cli; print(cli.uvicorn.__file__, 'was imported')"
    with process([sys.executable, "-c", code], FEW[0].environment) as started:
        assert started.wait() == 0
        assert Path(started.log.partition(" was imported")[0]).samefile(uvicorn.__file__)
