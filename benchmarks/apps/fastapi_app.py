"""One JSON endpoint in FastAPI, as its documentation writes it."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def read_root() -> dict[str, str]:
    return {"message": "Hello, world!"}
