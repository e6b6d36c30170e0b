"""The version, for `uvicorn.__version__` and for what stands below it."""

VERSION = "1.0.0"
