"""Django: sync and async views, streams, a form, failures."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator

from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.gzip.GZipMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    SECRET_KEY="not a secret",
)

from django.core.asgi import get_asgi_application  # noqa: E402  (settings come first)
from django.http import (  # noqa: E402
    Http404,
    HttpRequest,
    HttpResponse,
    JsonResponse,
    StreamingHttpResponse,
)
from django.middleware.csrf import get_token  # noqa: E402
from django.urls import path  # noqa: E402

counts: Counter[str] = Counter()


def about(request: HttpRequest) -> dict[str, object]:
    return {
        "method": request.method,
        "path": request.path,
        "query": request.GET.dict(),
        "host": request.get_host(),
        "agent": request.headers.get("user-agent"),
        "client": request.META["REMOTE_ADDR"],
    }


def answer_sync(request: HttpRequest) -> HttpResponse:
    return JsonResponse(about(request))


async def answer_async(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(0)
    return JsonResponse(about(request))


async def stream(request: HttpRequest, parts: int) -> StreamingHttpResponse:
    async def generate() -> AsyncIterator[str]:
        for number in range(parts):
            await asyncio.sleep(0)
            yield f"part {number}\n"

    return StreamingHttpResponse(generate(), content_type="text/plain")


async def events(request: HttpRequest) -> StreamingHttpResponse:
    async def generate() -> AsyncIterator[str]:
        counts["streams"] += 1
        try:
            while True:
                yield "data: news\n\n"
                await asyncio.sleep(0.005)
        finally:
            counts["streams ended"] += 1

    return StreamingHttpResponse(generate(), content_type="text/event-stream")


async def slow(request: HttpRequest) -> HttpResponse:
    """Cancelled by Django when its client goes."""
    counts["waiting"] += 1
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        counts["cancelled"] += 1
        raise
    return HttpResponse("too late")


async def read_counts(request: HttpRequest) -> HttpResponse:
    return JsonResponse(dict(counts))


def token(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_token(request))


def form(request: HttpRequest) -> HttpResponse:
    return JsonResponse({name: request.POST.getlist(name) for name in request.POST})


def upload(request: HttpRequest) -> HttpResponse:
    file = request.FILES["file"]
    digest = hashlib.sha256()
    for part in file.chunks():
        digest.update(part)
    return JsonResponse({"name": file.name, "size": file.size, "sha256": digest.hexdigest()})


def failure(request: HttpRequest) -> HttpResponse:
    raise ValueError("the view fails")


async def failure_async(request: HttpRequest) -> HttpResponse:
    raise ValueError("the view fails")


def nothing(request: HttpRequest) -> HttpResponse:
    raise Http404("There is nothing.")


def cookies(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(status=204)
    for name in ("first", "second"):
        response.set_cookie(name, "crumbs")
    return response


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<p>long</p>" * 1000)


urlpatterns = [
    path("sync/", answer_sync),
    path("async/", answer_async),
    path("stream/<int:parts>", stream),
    path("events", events),
    path("slow", slow),
    path("counts", read_counts),
    path("token", token),
    path("form", form),
    path("upload", upload),
    path("failure/sync", failure),
    path("failure/async", failure_async),
    path("nothing", nothing),
    path("cookies", cookies),
    path("page", page),
]

app = get_asgi_application()
