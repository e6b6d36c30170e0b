"""The site of tests/apps, by Django's WSGI handler."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path

from tests.apps.app_django import urlpatterns


def stream(request: HttpRequest, parts: int) -> StreamingHttpResponse:
    def generate() -> Iterator[str]:
        return (f"part {number}\n" for number in range(parts))

    return StreamingHttpResponse(generate(), content_type="text/plain")


urlpatterns.append(path("wsgi-stream/<int:parts>", stream))

app = get_wsgi_application()
