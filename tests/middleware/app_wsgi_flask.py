"""Flask: a page, a form, streams both ways, failures."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator

from flask import Flask, Response, request

app = Flask(__name__)
counts: Counter[str] = Counter()


@app.get("/about")
def about() -> dict[str, object]:
    return {
        "method": request.method,
        "path": request.path,
        "query": request.args.to_dict(),
        "host": request.host,
        "agent": request.headers.get("user-agent"),
        "client": request.remote_addr,
    }


@app.get("/counts")
def read_counts() -> dict[str, int]:
    return dict(counts)


@app.post("/form")
def form() -> dict[str, list[str]]:
    return {name: request.form.getlist(name) for name in request.form}


@app.post("/upload")
def upload() -> dict[str, object]:
    file = request.files["file"]
    data = file.read()
    digest = hashlib.sha256(data).hexdigest()
    return {"name": file.filename, "size": len(data), "sha256": digest}


@app.post("/raw")
def raw() -> dict[str, object]:
    """The body, read in parts as it comes."""
    digest = hashlib.sha256()
    try:
        while data := request.stream.read(10_000):
            counts["read"] += len(data)
            digest.update(data)
    except Exception:
        counts["uploads broken"] += 1
        raise
    return {"sha256": digest.hexdigest()}


@app.get("/stream/<int:parts>")
def stream(parts: int) -> Iterator[str]:
    return (f"part {number}\n" for number in range(parts))


@app.get("/events")
def events() -> Response:
    def generate() -> Iterator[str]:
        counts["streams"] += 1
        try:
            while True:
                yield "data: news\n\n"
        finally:
            counts["streams ended"] += 1

    return Response(generate(), mimetype="text/event-stream")


@app.get("/cookies")
def cookies() -> Response:
    response = Response(status=204)
    for name in ("first", "second"):
        response.set_cookie(name, "crumbs")
    return response


@app.get("/after")
def after() -> Response:
    """Has something to do when the client has its answer."""
    response = Response("answer")
    response.call_on_close(lambda: counts.update(after=1))
    return response


@app.get("/failure")
def failure() -> str:
    raise ValueError("the view fails")
