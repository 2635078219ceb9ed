"""PostgreSQL's programs that test libpq, case by case: the status and a hash of what each prints, and traces of the protocol.

    libpq_programs.py OUTPUT    in the folder of PostgreSQL's sources, where they were compiled
"""
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

ROWS = 700  # those of the suite's own script
PIPELINE = Path("src/test/modules/libpq_pipeline")
URI = re.compile(r"\[\s*q\{(.*?)\},\s*q\{(.*?)\},\s*q\{(.*?)\},?\s*\]", re.DOTALL)


def run(*words):
    return subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, timeout=120)


def digest(*parts):
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def pipelines():
    for name in run("./libpq_pipeline", "tests").stdout.decode().split():
        expected, trace = PIPELINE / f"traces/{name}.trace", Path(f"{name}.trace")
        done = run("./libpq_pipeline", "-r", ROWS, *(["-t", trace] if expected.exists() else []), name, "dbname=postgres")
        yield f"libpq_pipeline {name}", done.returncode, digest(done.stdout, done.stderr)
        if expected.exists():
            written = trace.read_bytes() if trace.exists() else b""
            yield f"trace of {name}", int(written != expected.read_bytes()), digest(written)


def addresses():
    cases = URI.findall(Path("src/interfaces/libpq/t/001_uri.pl").read_text())
    for uri, stdout, stderr in cases:
        done = run("./libpq_uri_regress", uri)
        as_expected = (done.stdout.decode().strip(), done.stderr.decode().strip()) == (stdout, stderr)
        yield f"uri {uri}", int(not as_expected), digest(done.stdout, done.stderr, str(done.returncode).encode())


def library():
    done = run("./libpq_testclient", "--ssl")
    yield "libpq_testclient --ssl", int(done.stdout.strip() != b"OpenSSL"), digest(done.stdout, done.stderr)


Path(sys.argv[1]).write_text(json.dumps([*pipelines(), *addresses(), *library()]))
