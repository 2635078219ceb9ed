"""PostgreSQL's regression SQL through psql, file by file in the order of its schedule, and a hash of what each prints.

What is expected of them needs the server's own library of functions, which no package has; here the same output is asked for with
the agent and without it.
"""
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

# What one run prints and the next does not.
CHANGES = re.compile(rb"oid \d+|\(OID \d+\)|pg_toast_\d+|pg_temp_\d+|0/[0-9A-F]+")


def main():
    base = Path("src/test/regress")
    names = []
    for line in (base / "parallel_schedule").read_text().splitlines():
        if line.startswith("test:"):
            names += line.split()[1:]
    found = []
    environment = dict(os.environ, PG_ABS_SRCDIR=str(base.resolve()), PG_LIBDIR="/nowhere", PG_DLSUFFIX=".so", PG_ABS_BUILDDIR=str(base.resolve()),
                       PGTZ="PST8PDT", PGDATESTYLE="Postgres, MDY", LC_MESSAGES="C")
    for name in names:
        run = subprocess.run(["psql", "-X", "-a", "-q", "-d", "regression", "-v", "HIDE_TABLEAM=on", "-v", "HIDE_TOAST_COMPRESSION=on", "-f", base / f"sql/{name}.sql"],
                             env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
        found.append([name, run.returncode, hashlib.sha256(CHANGES.sub(b"?", run.stdout)).hexdigest()[:16]])
        (base / f"{name}.printed").write_bytes(run.stdout)
    Path(sys.argv[1]).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
