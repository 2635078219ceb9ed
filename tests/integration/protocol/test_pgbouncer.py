"""pgbench by way of pgbouncer, both watched: what either executes is what the server counted, in each of pgbench's modes. pgbouncer speaks
the protocol itself, to its clients and to the server; only what it sends to the server are executions."""
import contextlib
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from postgresql import calls_by_statement, executions_by_statement

CLIENTS, TRANSACTIONS = 3, 20
SETTINGS = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
auth_type = any
pool_mode = session
"""


@contextlib.contextmanager
def running_pgbouncer(build, server):
    with tempfile.TemporaryDirectory(prefix="nplus1-pool-", dir="/tmp") as name:  # short: a socket's path has 107 bytes
        folder = Path(name)
        folder.chmod(0o777)  # it refuses to run as root
        (folder / "settings").write_text(SETTINGS.format(host=server.variables["PGHOST"], port=server.variables["PGPORT"],
                                                        user=server.variables["PGUSER"], folder=folder))
        command = ["/usr/sbin/pgbouncer", folder / "settings"]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
        with subprocess.Popen(command, env={**os.environ, "LD_PRELOAD": str(build.agent), "NPLUS1_OUTPUT": str(folder / "pgbouncer.pb")},
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=(folder / "log").open("w")) as process:
            try:
                for _ in range(100):
                    if (folder / ".s.PGSQL.6432").exists():
                        break
                    time.sleep(0.1)  # until it listens
                else:
                    pytest.fail(f"pgbouncer does not listen: {(folder / 'log').read_text()}")
                yield folder
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(20)


@pytest.mark.parametrize("mode", ["simple", "extended", "prepared"])
def test_pgbench(build, server, tmp_path, mode):
    database = server.new_database()
    assert build.run(["pgbench", "-qi", database], **server.variables).returncode == 0
    with running_pgbouncer(build, server) as folder:
        server.forget_calls()
        variables = {**server.variables, "PGHOST": str(folder), "PGPORT": "6432"}
        run = build.run_watched(["pgbench", "-n", f"-M{mode}", f"-c{CLIENTS}", f"-t{TRANSACTIONS}", database], tmp_path / "pgbench.pb",
                                **variables)
        assert run.returncode == 0, run.stderr.decode() + (folder / "log").read_text()
        calls = calls_by_statement(build, server.calls(database))
        # It is read while it runs: the pool keeps its connections.
        reports = [build.report(tmp_path / "pgbench.pb"), build.report(folder / "pgbouncer.pb")]
    every = CLIENTS * TRANSACTIONS
    if mode == "prepared":  # the server (15) counts the first execution alone of a BEGIN and an END that were prepared
        assert (calls["begin"], calls["end"]) == (CLIENTS, CLIENTS)
        calls.update(begin=every - CLIENTS, end=every - CLIENTS)
    assert every in (calls["begin"], calls["end"]) and calls["select abalance from pgbench_accounts where aid = ?"] == every
    assert executions_by_statement(reports[1]) == calls
    for own in ("discard all", "set application_name = ?"):  # those of the pool
        assert calls.pop(own) > 0
    assert executions_by_statement(reports[0]) == calls
