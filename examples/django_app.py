"""Django in one file: pip install django, then

uvicorn --app-dir examples --lifespan off django_app:app
"""

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!doctype html><title>Hello</title><h1>Hello from Django</h1>")


async def facts(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"method": request.method, "agent": request.headers.get("user-agent")})


urlpatterns = [path("", home), path("facts", facts)]

app = get_asgi_application()
