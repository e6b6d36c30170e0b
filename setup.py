"""The extensions: core/*.py compiled a second time as uvicorn._speed.*, and the native codecs.

What lies in the folders is compiled: the modules of core/, and each .pyx of _speed/, in place of
the .py of its name if there is one. A .pyx says at its head which C files go with it.
UVICORN_EXTENSIONS=require fails where nothing can be compiled, =skip builds pure Python;
unset compiles if possible. Everything else about the package stands in pyproject.toml.
"""

import os
import re
import sys
import sysconfig
import tempfile
from pathlib import Path

SPEED = Path("src/uvicorn/_speed")
FILES = [*Path("src/uvicorn/core").glob("[!_]*.py"), *SPEED.glob("*.pyx")]
SOURCES = {file.stem: file for file in FILES}
FLAGS = ["-O2", "-g0", "-fvisibility=hidden", "-Werror=incompatible-pointer-types"]
NO_COMPILER = (
    "No C compiler for Python's headers here (gcc and python3-dev on Debian): building pure Python,"
    " which needs several times the CPU."
)
WITHOUT = "Unset it to build pure Python where there is no C compiler."

wish = os.environ.get("UVICORN_EXTENSIONS", "")
if wish not in ("", "require", "skip"):
    raise SystemExit(f"UVICORN_EXTENSIONS is {wish!r}: use 'require', 'skip', or unset it.")


def needed(*files: Path) -> set[Path]:
    """These, and what they name: C files, the .pxd of each module that is cimported, and so on."""
    found, unread = set(), {*files}
    while unread:
        found.add(file := unread.pop())
        text = file.read_text(encoding="utf-8")
        cimported = re.findall(r"^from (?:uvicorn\._speed)?\.(\w+) cimport", text, re.MULTILINE)
        unread |= {SPEED / f"{module}.pxd" for module in cimported} - found
        found |= {Path(path) for path in re.findall(r"csrc/\w+\.c\b", text)}
    return found | set(Path("csrc").glob("*.h") if SPEED / "csrc.pxd" in found else ())


def stale(module: str) -> bool:
    """Whether the extension beside its sources is missing, or older than one of them."""
    built = SPEED / f"{module}{sysconfig.get_config_var('EXT_SUFFIX')}"
    files = {Path("setup.py"), *needed(SOURCES[module], SPEED / f"{module}.pxd")}
    return not built.exists() or built.stat().st_mtime < max(f.stat().st_mtime for f in files)


def why_not_compiled() -> str:
    """What the compiler says of the smallest extension; nothing if it takes it."""
    import setuptools  # noqa: F401  (first: it brings distutils where Python has none)

    # isort: split
    from distutils.ccompiler import new_compiler
    from distutils.sysconfig import customize_compiler

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


def compiled(names: list[str]) -> list:
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
    from setuptools import Extension

    options = {"include_dirs": ["csrc"], "extra_compile_args": FLAGS * (sys.platform != "win32")}
    modules = cythonize(
        [Extension(f"uvicorn._speed.{n}", [SOURCES[n].as_posix()], **options) for n in names],
        include_path=["src"],
        build_dir="build/cython",
        # What is stale was found here: Cython does not see that core/*.py needs _speed/*.pxd.
        force=True,
        nthreads=os.cpu_count() or 1,
        compiler_directives={"language_level": 3, "annotation_typing": False},
    )
    for module in modules:
        # cythonize() makes new objects, so this can't be said any earlier.
        module.optional = wish != "require"
    return modules


if __name__ == "__main__":
    from setuptools import setup

    names = [name for name in sorted(SOURCES) if "--inplace" not in sys.argv or stale(name)]
    try:
        setup(
            ext_modules=compiled(names),
            options={"build_ext": {"parallel": os.cpu_count() or 1}},
        )
    except SystemExit as end:
        if wish == "require" and end.code:
            raise SystemExit(f"{end.code}\nUVICORN_EXTENSIONS is 'require'. {WITHOUT}") from None
        raise
