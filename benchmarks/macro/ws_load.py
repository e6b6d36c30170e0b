"""The load of the WebSocket scenarios: `ws_client` in the venv of picows, as a subprocess.

Its connections are open before a run begins and still open after it, so a run is messages alone.
"""

from __future__ import annotations

import contextlib
import select
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from .load import GRACE, READY, Load, LoadFailed, Run, parse
from .scenarios import Scenario

PEER = "picows"
CHECKOUT = Path(__file__).parent.parent.parent


@contextlib.contextmanager
def ready(python: Path, scenario: Scenario, port: int, connections: int) -> Iterator[Run]:
    """See load.Ready; inside, each connection has had its first messages echoed."""
    argv = [str(python), "-m", f"{__package__}.ws_client"]
    argv += [scenario.name, str(port), str(connections)]
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(argv, cwd=CHECKOUT, stdin=pipe, stdout=pipe, stderr=errors) as client,
    ):
        assert client.stdin is not None and client.stdout is not None
        said, told = client.stdout, client.stdin

        def run(seconds: float) -> Load:
            told.write(b"%f\n" % seconds)
            told.flush()
            return parse(PEER, _line(said, errors, seconds + GRACE))

        try:
            if (line := _line(said, errors, 2 * GRACE)) != READY:
                parse(PEER, line)
            yield run
            told.close()
            client.wait(GRACE)
        finally:
            client.kill()


def _line(said: IO[bytes], errors: IO[bytes], limit: float) -> str:
    """Return what the client says next; LoadFailed with its last words if that is nothing."""
    if not select.select([said], [], [], limit)[0]:
        raise LoadFailed(f"{PEER}: silent for {limit:.0f} s")
    if line := said.readline().decode().strip():
        return line
    errors.seek(0)
    last = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
    raise LoadFailed(f"{PEER}: {last or 'ended'}")
