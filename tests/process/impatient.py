"""The app of worker_apps, in a worker that has a word to say about a blocked loop early on."""

from __future__ import annotations

from tests.process.worker_apps import app as app
from uvicorn.supervisors import worker

worker.BLOCKED_WARNING = 0.5
