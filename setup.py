"""The extensions: core/*.py compiled a second time as uvicorn._speed.*, and the native codecs.

UVICORN_EXTENSIONS=require fails where nothing can be compiled, =skip builds pure Python;
unset compiles if possible. Everything else about the package stands in pyproject.toml.
"""

import os
import sys
import sysconfig
import tempfile

# First: it brings distutils where Python has none.
from setuptools import Extension, setup  # isort: split

from distutils.ccompiler import new_compiler
from distutils.sysconfig import customize_compiler

CORE = ["octets", "done", "channel", "encode", "framing", "scope", "access", "service", "tasks"]
CORE += ["exchange", "app_call", "connection", "threads", "interfaces", "http1_stream", "http1"]
CORE += ["app_side", "deflate", "denial", "farewell", "frames", "handshake", "messages", "session"]
CORE += ["tls", "utf8", "waiter", "websocket"]
NATIVE = {"app_call": [], "tasks": [], "threads": [], "waiter": []}
NATIVE |= {"octets": ["http1"], "utf8": ["utf8"], "frames": ["wsframe"]}
NATIVE |= {"http1_codec": ["http1", "chunked"], "ws_codec": ["wsframe", "mask"]}
PURE_TWINS = set(CORE) - set(NATIVE)

NO_COMPILER = (
    "No C compiler for Python's headers here (gcc and python3-dev on Debian): building pure Python,"
    " which needs several times the CPU."
)
WITHOUT = "Unset it to build pure Python where there is no C compiler."

wish = os.environ.get("UVICORN_EXTENSIONS", "")
if wish not in ("", "require", "skip"):
    raise SystemExit(f"UVICORN_EXTENSIONS is {wish!r}: use 'require', 'skip', or unset it.")


def extensions() -> list[Extension]:
    flags = ["-O2", "-g0", "-fvisibility=hidden", "-Werror=incompatible-pointer-types"]
    if sys.platform == "win32":
        flags = []
    sources = {f"uvicorn._speed.{m}": [f"src/uvicorn/core/{m}.py"] for m in PURE_TWINS}
    for module, parts in NATIVE.items():
        path = f"src/uvicorn/_speed/{module}.pyx"
        sources[f"uvicorn._speed.{module}"] = [path, *(f"csrc/{part}.c" for part in parts)]
    return [
        Extension(name, files, include_dirs=["csrc"], extra_compile_args=flags)
        for name, files in sorted(sources.items())
    ]


def why_not_compiled() -> str:
    """What the compiler says of the smallest extension; nothing if it takes it."""
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "smallest.c")
        with open(source, "w", encoding="ascii") as file:
            file.write("#include <Python.h>\n")
        try:
            compiler = new_compiler()
            customize_compiler(compiler)
            includes = [sysconfig.get_path(name) for name in ("include", "platinclude")]
            compiler.compile([source], output_dir=folder, include_dirs=includes)
        except Exception as exc:
            # Each compiler's class has errors of its own.
            return str(exc) or type(exc).__name__
    return ""


def compiled() -> list[Extension]:
    if wish == "skip" or (sys.implementation.name != "cpython" and wish != "require"):
        return []
    # First: to translate all modules takes a minute, of those who can do nothing with them.
    problem = why_not_compiled()
    if problem and wish == "require":
        raise SystemExit(f"No extension can be compiled here: {problem}")
    if problem:
        print(f"{NO_COMPILER} ({problem})", file=sys.stderr)
        return []
    from Cython.Build import cythonize

    modules = cythonize(
        extensions(),
        include_path=["src"],
        build_dir="build/cython",
        # Cython does not see that core/*.py depends on the .pxd files of _speed/.
        force=True,
        nthreads=os.cpu_count() or 1,
        compiler_directives={"language_level": 3, "annotation_typing": False},
    )
    for module in modules:
        # cythonize() makes new objects, so this can't be said any earlier.
        module.optional = wish != "require"
    return modules


if __name__ == "__main__":
    try:
        setup(
            ext_modules=compiled(),
            options={"build_ext": {"parallel": os.cpu_count() or 1}},
        )
    except SystemExit as end:
        if wish == "require" and end.code:
            raise SystemExit(f"{end.code}\nUVICORN_EXTENSIONS is 'require'. {WITHOUT}") from None
        raise
