#!/usr/bin/python3
"""A prefork server with four workers and 2,000 requests: one readable recording per worker, exact sums."""
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import gunicorn_server  # noqa: E402
from conftest import find_build  # noqa: E402

REQUESTS = 2000

with tempfile.TemporaryDirectory() as folder:
    build = find_build()
    build.agent, build.viewer = build.agent.resolve(), build.viewer.resolve()
    whole = gunicorn_server.check(build, Path(folder), REQUESTS)
    print(f"{whole['totals']['executions']:,} executions in the recordings of {len(whole['processes'])} workers")
    print("1 passed, 0 failed")
