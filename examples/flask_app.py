"""Flask in one file: pip install flask, then

uvicorn --app-dir examples --interface wsgi flask_app:app
"""

from collections.abc import Iterator

from flask import Flask, request

app = Flask(__name__)


@app.get("/")
def home() -> str:
    return "<!doctype html><title>Hello</title><h1>Hello from Flask</h1>"


@app.get("/facts")
def facts() -> dict[str, str | None]:
    return {"method": request.method, "agent": request.headers.get("user-agent")}


@app.get("/count")
def count() -> Iterator[str]:
    """Sent line by line."""
    return (f"{number}\n" for number in range(1, 6))
