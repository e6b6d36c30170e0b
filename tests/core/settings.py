"""Settings without a Config: the defaults of the table of options, and what a test changes."""

from __future__ import annotations

from typing import Any

from uvicorn.options import Options
from uvicorn.state import DeflateSettings, Settings

# What a server of options derives; here nothing is on that a test does not ask for.
DERIVED: dict[str, Any] = {
    "asgi_version": "3.0",
    "default_headers": ((b"server", b"uvicorn"),),
    "access_log": False,
    "ws_deflate": None,
    "trusted": None,
}


def core_settings(**changes: Any) -> Settings:
    named = {name: getattr(Options, name) for name in Settings._fields if name not in DERIVED}
    return Settings(**{**named, **DERIVED, **changes})


def deflate_settings(**changes: Any) -> DeflateSettings:
    named = {name: getattr(Options, f"ws_deflate_{name}") for name in DeflateSettings._fields}
    return DeflateSettings(**{**named, **changes})
