"""Print what each module named on the command line brings with it: a JSON object of lists.

The interpreter loads the standard library's big parts once and forks for each module, so that
a module costs milliseconds and still comes alone.
"""

from __future__ import annotations

import asyncio  # noqa: F401
import dataclasses  # noqa: F401
import email.utils  # noqa: F401
import importlib
import json
import logging  # noqa: F401
import os
import sys
import traceback
import urllib.parse  # noqa: F401


def in_a_child(module: str) -> list[str]:
    reading, writing = os.pipe()
    if os.fork() == 0:
        loaded = set(sys.modules)
        try:
            importlib.import_module(module)
            answer = sorted(set(sys.modules) - loaded)
        except BaseException:
            answer = [traceback.format_exc()]
        with open(writing, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
    os.close(writing)
    with open(reading) as pipe:
        answer = json.load(pipe)
    os.wait()
    return answer


if __name__ == "__main__":
    json.dump({module: in_a_child(module) for module in sys.argv[1:]}, sys.stdout)
