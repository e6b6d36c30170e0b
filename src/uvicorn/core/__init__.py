"""The hot path, in plain Python. Cython compiles these same files as uvicorn._speed.*"""
