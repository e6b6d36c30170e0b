"""docs/settings.md, made from the table of options.

python -m tests.meta.settings_page > docs/settings.md
"""

from __future__ import annotations

import os

from uvicorn.options import GROUPS, Row, rows

INTRODUCTION = """\
# Settings

Made from the table of options by `python -m tests.meta.settings_page`; change it there.

Each option can be given in three ways:

```sh
uvicorn main:app --port 9000
UVICORN_PORT=9000 uvicorn main:app
python -c 'import uvicorn; uvicorn.run("main:app", port=9000)'
```

**The command line wins over the environment, and that over the default.** The variables
`UVICORN_*` are for the command `uvicorn` alone: `run()` and `Config` do not read them. They are
not read from `--env-file` either, which is for the application. A variable that is empty counts
as not set.

- **A switch** that is on by default, or decides by itself, is turned off by a word of its own,
  as `--no-access-log`. In the environment it takes `true`, `1`, `yes` or `on`, and `false`, `0`,
  `no` or `off`.
- **An option that may be given more than once** takes its values from the environment with spaces
  between: `UVICORN_HEADERS="x-one:1 x-two:2"`, so a value with a space is for the command line.
  Directories have `:` between them (`;` on Windows): `UVICORN_RELOAD_DIRS=src:templates`. What
  the command line gives replaces all that the environment has. In a program it is a list;
  `headers` is one of pairs, `[("x-one", "1")]`.
- **Times** are in seconds and may have a fraction, **sizes** are in bytes unless something else
  is said. Where `none` turns a number off, a program says `None`.

Two variables are read in all three ways, when the option is not given, and may stand in
`--env-file`: `WEB_CONCURRENCY` for `--workers` (not with `--reload`), and `FORWARDED_ALLOW_IPS`
for `--forwarded-allow-ips`.

`APP`, or `UVICORN_APP`, is the application: `module:attribute`, and the attribute may have dots.
In a program it is the first parameter, and may be the application itself unless there are
`workers` or `reload`. What is not understood is one line that says what to do, and the exit
status is 2 if the command line saw it, else 3.

`uvicorn --version` shows the version, and `uvicorn --help` what follows.
"""

IN_PROGRAMS = """\
## In programs alone

| of `Config` | default | |
|---|---|---|
| `ssl_context_factory` | `None` | Function that returns the `ssl.SSLContext` to use, see \
[TLS](tls.md). `run()` takes it, too. |
| `callback_notify` | `None` | Coroutine function without parameters that is called now and then \
while the server runs. |
| `timeout_notify` | `30` | Seconds between two of these calls. |

`app_dir` is for the command line and `run()`, not for `Config`.
"""


def page() -> str:
    return "\n".join([INTRODUCTION, *(section(group) for group in GROUPS), IN_PROGRAMS])


# What is said of a group as a whole.
ABOUT = {"HTTP/2": "[HTTP/2](http2.md) says what these bound; `--no-http2` turns it off."}


def section(group: str) -> str:
    lines = [f"## {group}", ""]
    if group in ABOUT:
        lines += [ABOUT[group], ""]
    lines += ["| option | variable | in a program | default | |"]
    lines.append("|---|---|---|---|---|")
    lines += [line(row) for row in rows() if row.group == group]
    return "\n".join(lines) + "\n"


def line(row: Row) -> str:
    values = "\\|".join(row.choices) or row.metavar or ""
    if row.open_choice:
        values += "\\|module:name"
    flags = [f"`{flag} {values}`" if values else f"`{flag}`" for flag in row.flags]
    cells = ", ".join(flags), f"`{row.env}`", f"`{row.name}`", default(row), plain(row.help)
    return f"| {' | '.join(cells)} |"


def default(row: Row) -> str:
    if row.default_text is not None:
        return plain(row.default_text)
    if isinstance(row.default, bool):
        return "on" if row.default else "off"
    return "" if row.shown_default is None else f"`{row.shown_default}`"


def plain(text: str) -> str:
    """Nothing in it means something to Markdown."""
    for mark in "\\*|~<":
        text = text.replace(mark, f"\\{mark}")
    return text


if __name__ == "__main__":
    os.write(1, page().encode())
