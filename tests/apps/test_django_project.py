"""A Django project as `django-admin startproject` makes it, served by its asgi.py."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.apps.serving import FEW, Process, Variant, in_process, until

# What a project adds to its own: views of both kinds, with streams of both kinds, and uploads.
VIEWS = """
import asyncio
import threading
import warnings

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from shop import urls

# Django itself warns that it must collect the parts of a sync stream.
warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")

def sync(request):
    return JsonResponse({"thread": threading.current_thread() is not threading.main_thread()})

async def later(request):
    await asyncio.sleep(0)
    return JsonResponse({"thread": threading.current_thread() is not threading.main_thread()})

def stream_sync(request):
    return StreamingHttpResponse(f"part {number}\\n" for number in range(10))

async def stream(request):
    async def generate():
        for number in range(10):
            await asyncio.sleep(0)
            yield f"part {number}\\n"
    return StreamingHttpResponse(generate())

@csrf_exempt
def upload(request):
    sizes = {name: file.size for name, file in request.FILES.items()}
    return JsonResponse({"sizes": sizes, "fields": request.POST.dict()})

def visits(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(str(request.session["visits"]))

urlpatterns = [
    *urls.urlpatterns,
    path("sync", sync),
    path("async", later),
    path("stream/sync", stream_sync),
    path("stream/async", stream),
    path("upload", upload),
    path("visits", visits),
]
"""
SETTINGS = """
ROOT_URLCONF = "shop.views"
# No database: sessions live in their cookies.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
"""

PARTS = "".join(f"part {number}\n" for number in range(10))
BIG = bytes(range(256)) * 16 * 1024  # 4 MiB, more than Django keeps in memory


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    command = [sys.executable, "-m", "django", "startproject", "shop", str(folder)]
    subprocess.run(command, check=True)
    (folder / "shop" / "views.py").write_text(VIEWS)
    with (folder / "shop" / "settings.py").open("a") as settings:
        settings.write(SETTINGS)
    return folder


@pytest.fixture(scope="module", params=FEW, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    chosen: Variant = request.param
    return chosen


@pytest.fixture(scope="module")
def server(variant: Variant, project: Path) -> Iterator[Process]:
    """With lifespan on "auto", as people start it: Django does not know it."""
    arguments = ("--app-dir", str(project), "--no-access-log")
    with in_process("shop.asgi:application", variant, *arguments) as process:
        yield process


@pytest.mark.parametrize(("kind", "in_thread"), [("sync", True), ("async", False)])
def test_views_of_a_project_answer(client: httpx.Client, kind: str, in_thread: bool) -> None:
    assert client.get(f"/{kind}").json() == {"thread": in_thread}
    assert client.get(f"/stream/{kind}").text == PARTS


def test_uploads_to_a_project_are_whole(client: httpx.Client) -> None:
    response = client.post("/upload", files={"file": ("big.bin", BIG)}, data={"note": "ä"})
    assert response.json() == {"sizes": {"file": len(BIG)}, "fields": {"note": "ä"}}


def test_sessions_of_a_project_go_by_cookies(client: httpx.Client) -> None:
    assert [client.get("/visits").text for _ in range(3)] == ["1", "2", "3"]


def test_the_admin_of_a_project_shows_its_login(client: httpx.Client) -> None:
    response = client.get("/admin/", follow_redirects=True)
    assert response.url.path == "/admin/login/"
    assert re.search("<title>Log in . Django", response.text)


def test_a_project_ends_with_the_server(variant: Variant, project: Path) -> None:
    with in_process("shop.asgi:application", variant, "--app-dir", str(project)) as server:
        assert "ASGI 'lifespan' protocol appears unsupported." in server.log
        assert httpx.get(f"{server.url}/async", timeout=20, trust_env=False).is_success
        until(lambda: '"GET /async HTTP/1.1" 200 OK' in server.log)
        server.signal(signal.SIGTERM)
        assert server.wait() == -signal.SIGTERM
        assert "ERROR" not in server.log
