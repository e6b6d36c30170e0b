"""Probes for Kubernetes and load balancers: `uvicorn examples.probes:app --timeout-drain 10`.

/health says that the event loop turns; /ready, that new clients are welcome.
"""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, bool]:
    return {"alive": True}


@app.get("/ready")
async def ready(request: Request, response: Response) -> dict[str, bool]:
    draining = bool(request.scope["state"].get("uvicorn_draining"))
    if draining:
        response.status_code = 503
    return {"ready": not draining}
