"""The programs that are tried; another one is a row.

What is asked is what a user of the program sees: its page, a call of its API, and where it speaks
over WebSocket, a few of its messages.
"""

from __future__ import annotations

from signal import SIGINT

from tests.neighbours.program import Ask, Program, Start, Talk

SOCKET_IO = "socket.io/?EIO=4&transport="


def socket_io(prefix: str, *turns: tuple[str, str], auth: str = "", query: str = "") -> Talk:
    """A conversation of Engine.IO 4: its handshake, that of Socket.IO, then `turns`."""
    path = f"{prefix}/{SOCKET_IO}websocket{query}"
    return Talk(path, (("", r'^0\{"sid"'), (f"40{auth}", r'^40\{"sid"'), *turns))


UVICORN_WORKER = Program(
    "uvicorn-worker",
    ("uvicorn-worker", "gunicorn"),
    (
        Start(
            "gunicorn -k uvicorn_worker.UvicornWorker -w 2 -b 127.0.0.1:{port} main:app",
            (Ask("/any", "pid [0-9]+"),),
        ),
        Start(
            "gunicorn -k uvicorn_worker.UvicornH11Worker -b 127.0.0.1:{port} main:app",
            (Ask("/any", "pid [0-9]+"),),
        ),
    ),
    {
        "main.py": """\
import os

async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"pid %d" % os.getpid()})
"""
    },
)

SOCKETIO = Program(
    "python-socketio",
    ("python-socketio", "uvicorn[standard]"),
    tuple(
        Start(
            f"uvicorn main:app --port {{port}}{options}",
            (
                Ask(f"/{SOCKET_IO}polling", r'^0\{"sid":"(?P<sid>[^"]+)'),
                Ask(f"/{SOCKET_IO}polling&sid=<sid>", "OK", "40"),
                Ask(f"/{SOCKET_IO}polling&sid=<sid>", r'^40\{"sid"'),
                socket_io("", ('42["say","hello"]', r'^42\["said","hello"\]')),
            ),
            status=-15,
        )
        for options in ("", " --ws wsproto")
    ),
    {
        "main.py": """\
import socketio

server = socketio.AsyncServer(async_mode="asgi")
app = socketio.ASGIApp(server)

@server.event
async def say(sid, text):
    await server.emit("said", text, to=sid)
"""
    },
)

FASTSTREAM = Program(
    "faststream",
    ("faststream[cli,redis]", "uvicorn"),
    tuple(
        Start(
            f"faststream run main:app --host 127.0.0.1 --port {{port}}{options}",
            (Ask("/say", "HELLO"),),
            status=status,
        )
        for options, status in (("", -15), (" --workers 2", 0))
    ),
    {
        "main.py": """\
from contextlib import asynccontextmanager
from faststream.asgi import AsgiFastStream, AsgiResponse, get
from faststream.redis import RedisBroker, TestRedisBroker

broker = RedisBroker()

@broker.subscriber("loud")
async def loud(text: str) -> str:
    return text.upper()

@get
async def say(scope):
    answer = await broker.request("hello", "loud")
    return AsgiResponse(answer.body, status_code=200)

@asynccontextmanager
async def in_memory():
    async with TestRedisBroker(broker):
        yield

app = AsgiFastStream(broker, lifespan=in_memory, asgi_routes=[("/say", say)])
"""
    },
)

FASTHTML = Program(
    "python-fasthtml",
    ("python-fasthtml",),
    tuple(
        Start(
            f"python main.py {reload}",
            (
                Ask("/", "<p>Hello, neighbour"),
                Talk("/talk", (('{"text": "loud", "HEADERS": {}}', "LOUD"),)),
            ),
            {"PORT": "{port}"},
            status=status,
        )
        for reload, status in (("", -15), ("reload", 0))
    ),
    {
        "main.py": """\
import sys
from fasthtml.common import P, fast_app, serve

app, rt = fast_app(exts="ws")

@rt("/")
def get():
    return P("Hello, neighbour")

@app.ws("/talk")
async def talk(text: str, send):
    await send(P(text.upper()))

serve(host="127.0.0.1", reload="reload" in sys.argv)
"""
    },
)

SHINY = Program(
    "shiny",
    ("shiny",),
    tuple(
        Start(
            f"shiny run --port {{port}}{options} app.py",
            (
                Ask("/", "shiny-input-container"),
                Talk(
                    "/websocket/",
                    (
                        (
                            '{"method": "init", "data": {"n:shiny.number": 21,'
                            ' ".clientdata_output_twice_hidden": false}}',
                            "sessionId",
                        ),
                        ("", "twice.*42"),
                    ),
                ),
            ),
            status=status,
        )
        for options, status in (("", -15), (" --reload", 0))
    ),
    {
        "app.py": """\
from shiny.express import input, render, ui

ui.input_numeric("n", "n", 1)

@render.text
def twice():
    return str(2 * input.n())
"""
    },
)

SOLARA = Program(
    "solara",
    ("solara",),
    tuple(
        Start(
            f"solara run app.py --host 127.0.0.1 --port {{port}} --no-open{options}",
            (
                Ask("/", "solara"),
                Ask("/readyz", "[Oo]k"),
                Talk(
                    "/jupyter/api/kernels/0b1c2d3e-0000-4000-8000-000000000000/channels"
                    "?session_id=one",
                    (
                        (
                            '{"channel": "shell", "header": {"msg_id": "1", "msg_type":'
                            ' "kernel_info_request", "session": "one", "username": "", "version":'
                            ' "5.3", "date": "2026-01-01T00:00:00Z"}, "parent_header": {},'
                            ' "metadata": {}, "content": {}, "buffers": []}',
                            "kernel_info_reply",
                        ),
                    ),
                ),
            ),
            status=status,
        )
        for options, status in (
            ("", -15),
            (" --production", -15),
            (" --auto-restart", 0),
            (" --workers 2", -15),
        )
    ),
    {
        "app.py": """\
import solara

@solara.component
def Page():
    solara.Markdown("Hello, neighbour")
"""
    },
)

NICEGUI = Program(
    "nicegui",
    ("nicegui",),
    tuple(
        Start(
            "python main.py {port} " + reload,
            (
                Ask("/", r"Hello, neighbour.*client_id.: .(?P<client>[0-9a-f-]{36})"),
                socket_io("/_nicegui_ws", query="&client_id=<client>&next_message_id=0"),
            ),
            status=status,
        )
        for reload, status in (("", -15), ("reload", 0))
    ),
    {
        "main.py": """\
import sys
from nicegui import ui

ui.label("Hello, neighbour")
ui.run(host="127.0.0.1", port=int(sys.argv[1]), reload="reload" in sys.argv, show=False)
"""
    },
)

MARIMO = Program(
    "marimo",
    ("marimo",),
    tuple(
        Start(
            f"marimo {what} notebook.py --headless --no-token --port {{port}}",
            (
                Ask("/", "marimo"),
                Ask("/health", "healthy"),
                Talk("/ws?session_id=s_abc123", (("", "kernel-ready"),)),
            ),
            status=-15,
        )
        for what in ("edit", "run")
    ),
    {
        "notebook.py": """\
import marimo

app = marimo.App()

@app.cell
def _():
    print("Hello, neighbour")

if __name__ == "__main__":
    app.run()
"""
    },
)

GRADIO = Program(
    "gradio",
    ("gradio",),
    tuple(
        Start(
            f"{command} main.py",
            (
                Ask("/", "gradio"),
                Ask("/gradio_api/call/greet", "event_id", '{"data": ["neighbour"]}'),
                Ask("/gradio_api/call/greet/<event_id>", "Hello, neighbour"),
            ),
            {"GRADIO_SERVER_PORT": "{port}", "GRADIO_ANALYTICS_ENABLED": "False"},
            stop=SIGINT,
        )
        for command in ("python", "gradio")
    ),
    {
        "main.py": """\
import gradio

def greet(name):
    return f"Hello, {name}"

demo = gradio.Interface(greet, "text", "text", api_name="greet")

if __name__ == "__main__":
    demo.launch(server_name="127.0.0.1")
"""
    },
)

LITELLM_KEY = "sk-0123456789abcdef0123456789abcdef"
LITELLM_AUTHORIZATION = (("authorization", f"Bearer {LITELLM_KEY}"),)
LITELLM = Program(
    "litellm",
    ("litellm[proxy]",),
    tuple(
        Start(
            f"litellm --config config.yaml --host 127.0.0.1 --port {{port}}{options}",
            (
                Ask("/health/liveliness", "alive"),
                Ask(
                    "/v1/chat/completions",
                    "Hello, neighbour",
                    '{"model": "mock", "messages": [{"role": "user", "content": "Hello?"}]}',
                    LITELLM_AUTHORIZATION,
                ),
                Ask(
                    "/v1/chat/completions",
                    r"data: .*Hel.*data: \[DONE\]",
                    '{"model": "mock", "stream": true,'
                    ' "messages": [{"role": "user", "content": "Hello?"}]}',
                    LITELLM_AUTHORIZATION,
                ),
            ),
            {"LITELLM_MASTER_KEY": LITELLM_KEY, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
            status=status,
            patience=240,
            # A worker of gunicorn may stop at a lock that was held when it was forked.
            grace=45,
        )
        for options, status in (
            ("", -15),
            (" --reload", 0),
            (" --num_workers 2", 0),
            (" --num_workers 2 --run_gunicorn", 0),
        )
    ),
    {
        "config.yaml": """\
model_list:
  - model_name: mock
    litellm_params:
      model: openai/mock
      api_key: none
      mock_response: Hello, neighbour
"""
    },
)

CHAINLIT_MESSAGE = (
    '{"id":"0b1c2d3e-0000-4000-8000-000000000001",'
    '"threadId":"0b1c2d3e-0000-4000-8000-000000000002","name":"User","type":"user_message","output":"hello",'
    '"createdAt":"2026-01-01T00:00:00Z"}'
)
CHAINLIT = Program(
    "chainlit",
    ("chainlit",),
    tuple(
        Start(
            f"chainlit run app.py --headless --host 127.0.0.1 --port {{port}}{options}",
            (
                Ask("/", "<title>"),
                Ask("/project/translations?language=en-US", "translation"),
                socket_io(
                    "/ws",
                    ('42["connection_successful"]', "task_end"),
                    ('42["client_message",{"message":' + CHAINLIT_MESSAGE + "}]", "HELLO"),
                    auth='{"clientType":"webapp","sessionId":"one","userEnv":"{}"}',
                ),
            ),
        )
        for options in ("", " --watch")
    ),
    {
        "app.py": """\
import chainlit

@chainlit.on_message
async def answer(message):
    await chainlit.Message(content=message.content.upper()).send()
"""
    },
)

STREAMLIT = Program(
    "streamlit",
    ("streamlit",),
    tuple(
        Start(
            f"streamlit run {file} --server.address 127.0.0.1 --server.port {{port}}"
            " --server.headless true --browser.gatherUsageStats false",
            (
                Ask("/", "<title>Streamlit"),
                Ask("/_stcore/health", "ok"),
                # A BackMsg that asks to run the script.
                Talk("/_stcore/stream", ((b"\x5a\x00", "Hello, neighbour"),), ("streamlit",)),
            ),
            status=status,
        )
        for file, status in (("app.py", 0), ("asgi.py", -15))
    ),
    {
        "app.py": 'import streamlit\nstreamlit.write("Hello, neighbour")\n',
        "asgi.py": 'from streamlit.starlette import App\napp = App("app.py")\n',
    },
)

PREFECT = Program(
    "prefect",
    ("prefect",),
    tuple(
        Start(
            f"prefect server start --host 127.0.0.1 --port {{port}}{options}",
            (
                Ask("/api/health", "true"),
                Ask("/api/flows/", "neighbour", '{"name": "neighbour"}'),
                Ask("/api/flows/<id>", "neighbour"),
                Talk(
                    "/api/events/out",
                    (('{"type": "auth", "token": ""}', "auth_success"),),
                    ("prefect",),
                ),
            ),
            {"PREFECT_SERVER_ANALYTICS_ENABLED": "false"},
            status=-15,
        )
        for options in ("", " --no-services")
    ),
)

DAGSTER = Program(
    "dagster",
    ("dagster", "dagster-webserver"),
    tuple(
        Start(
            f"{command} -f main.py -h 127.0.0.1 -p {{port}}",
            (
                Ask("/", "Dagster"),
                Ask("/graphql", '"version"', '{"query": "{version}"}'),
                Talk(
                    "/graphql",
                    (('{"type": "connection_init"}', "connection_ack"),),
                    ("graphql-ws",),
                ),
            ),
            {"DAGSTER_HOME": "{home}"},
        )
        for command in ("dagster-webserver", "dagster dev")
    ),
    {
        "dagster.yaml": "telemetry:\n  enabled: false\n",
        "main.py": "import dagster\n\n@dagster.asset\ndef one():\n    return 1\n",
    },
)

BENTOML = Program(
    "bentoml",
    ("bentoml",),
    tuple(
        Start(
            f"bentoml serve service:Loud --host 127.0.0.1 --port {{port}}{options}",
            (
                Ask("/readyz", ""),
                Ask("/shout", "HELLO, NEIGHBOUR", '{"text": "Hello, neighbour"}'),
            ),
            {"BENTOML_DO_NOT_TRACK": "True"},
        )
        for options in ("", " --api-workers 2", " --reload")
    ),
    {
        "service.py": """\
import bentoml

@bentoml.service
class Loud:
    @bentoml.api
    def shout(self, text: str) -> str:
        return text.upper()
"""
    },
)

MLFLOW = Program(
    "mlflow",
    ("mlflow",),
    tuple(
        Start(
            "mlflow server --host 127.0.0.1 --port {port} --backend-store-uri sqlite:///all.db"
            f"{options}",
            (
                Ask("/health", "OK"),
                Ask("/api/2.0/mlflow/experiments/create", "experiment_id", '{"name": "neighbour"}'),
                Ask(
                    "/api/2.0/mlflow/experiments/get?experiment_id=<experiment_id>",
                    '"neighbour"',
                ),
            ),
            # Its runners of jobs are processes that import for ten seconds and outlive it.
            {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        )
        for options in (" --workers 1", " --workers 2", " --dev")
    ),
)

PROGRAMS = (
    UVICORN_WORKER,
    SOCKETIO,
    FASTSTREAM,
    FASTHTML,
    SHINY,
    SOLARA,
    NICEGUI,
    MARIMO,
    GRADIO,
    LITELLM,
    CHAINLIT,
    STREAMLIT,
    PREFECT,
    DAGSTER,
    BENTOML,
    MLFLOW,
)
