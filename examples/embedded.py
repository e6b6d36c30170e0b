"""A server inside a program that has its own event loop: python examples/embedded.py

The program does its work while the server answers, and ends it when it likes.
"""

import asyncio

from hello import app

import uvicorn


async def work() -> None:
    for hour in range(24):
        print(f"It is {hour} o'clock.")
        await asyncio.sleep(1)


async def main() -> None:
    server = uvicorn.Server(uvicorn.Config(app, port=8000, log_level="info"))
    serving = asyncio.create_task(server.serve())
    await asyncio.wait([serving, asyncio.create_task(work())], return_when="FIRST_COMPLETED")
    server.should_exit = True
    await serving


if __name__ == "__main__":
    asyncio.run(main())
