"""examples/deploy for containers: what they start is started here, and its probes are asked."""

from __future__ import annotations

import json
import signal
import sys
from typing import Any

import pytest
import yaml

from tests.apps.serving import FEW, ROOT, Variant, Wire, get, process
from uvicorn.cli import main as command

DEPLOY = ROOT / "examples" / "deploy"


def pod() -> dict[str, Any]:
    deployment, service = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())
    assert service["spec"]["selector"] == deployment["spec"]["selector"]["matchLabels"]
    template: dict[str, Any] = deployment["spec"]["template"]
    assert template["metadata"]["labels"] == service["spec"]["selector"]
    return dict(template["spec"])


def options(arguments: list[str]) -> dict[str, Any]:
    with command.make_context("uvicorn", arguments) as context:
        return dict(context.params)


def status(port: int, path: str, *headers: str) -> tuple[int, bytes]:
    with Wire(port) as client:
        client.send(get(path, *headers))
        head = client.read_until(b"\r\n\r\n")
        return int(head.split()[1]), head


@pytest.mark.parametrize("variant", FEW, ids=str)
def test_the_probes_of_the_deployment_tell_when_it_drains(variant: Variant) -> None:
    (container,) = pod()["containers"]
    program, app, *arguments = container["args"]
    assert (program, app) == ("uvicorn", "main:app")
    ready = container["readinessProbe"]["httpGet"]["path"]
    health = container["livenessProbe"]["httpGet"]["path"]
    line = [sys.executable, "-W", "error", "-m", "uvicorn", "probes:app", "--app-dir", "examples"]
    here = {"--host=0.0.0.0": "--host=127.0.0.1", "--port=8000": "--port=0"}
    line += [*(here.get(each, each) for each in arguments), *variant.arguments]
    with process(line, variant.environment) as server:
        server.wait_for_port()
        assert status(server.port, ready)[0] == status(server.port, health)[0] == 200
        server.signal(signal.SIGINT)
        server.wait_for("Serving on for 10 s while clients leave")
        code, head = status(server.port, ready)
        assert code == 503
        assert b"\r\nconnection: close\r\n" in head
        assert status(server.port, health)[0] == 200
        server.signal(signal.SIGINT)
        server.wait()


def test_the_pod_has_the_time_that_its_end_may_take() -> None:
    spec = pod()
    (container,) = spec["containers"]
    given = options(container["args"][1:])
    longest = given["timeout_drain"] + given["timeout_graceful_shutdown"] + 2
    assert spec["terminationGracePeriodSeconds"] > longest
    assert given["port"] == container["ports"][0]["containerPort"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] == given["port"]


def test_the_image_starts_the_server_without_a_shell() -> None:
    said = dict(
        text.split(maxsplit=1)
        for text in (DEPLOY / "Dockerfile").read_text().splitlines()
        if text and text[0].isupper()
    )
    program, *arguments = json.loads(said["CMD"])
    given = options(arguments)
    assert (program, given["app"]) == ("uvicorn", "main:app")
    assert (given["host"], str(given["port"])) == (("0.0.0.0",), said["EXPOSE"])
    assert said["USER"] == "app"
