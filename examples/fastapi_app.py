"""FastAPI: pip install fastapi, then

    uvicorn --app-dir examples fastapi_app:app

and open localhost:8000/docs.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class Book(BaseModel):
    title: str
    pages: int


shelf: dict[int, Book] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    shelf[1] = Book(title="The Lord of the Rings", pages=1178)
    yield
    shelf.clear()


app = FastAPI(lifespan=lifespan)


@app.get("/books")
async def books() -> dict[int, Book]:
    return shelf


@app.get("/books/{number}")
async def book(number: int) -> Book:
    if number not in shelf:
        raise HTTPException(404, "There is no such book.")
    return shelf[number]


@app.post("/books", status_code=201)
def add(book: Book) -> int:
    number = max(shelf, default=0) + 1
    shelf[number] = book
    return number
