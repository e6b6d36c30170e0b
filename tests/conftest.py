"""Fixtures that every folder uses: above all `build`, the core in both of its forms."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from uvicorn import _select


class Build:
    """One form of the core: `build.framing` is the module uvicorn.core.framing or its twin."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.package = {"compiled": "uvicorn._speed", "pure": "uvicorn.core"}[name]

    def __getattr__(self, module: str) -> ModuleType:
        return importlib.import_module(f"{self.package}.{module}")

    def __repr__(self) -> str:
        return self.name


BUILDS = ["compiled", "pure"] if _select.compiled else ["pure"]


@pytest.fixture(params=BUILDS)
def build(request: pytest.FixtureRequest) -> Build:
    return Build(request.param)
