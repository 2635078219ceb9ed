"""nplus1 mcp with the protocol's own client, and by hand where a client would not do so."""
import json
import os
import signal
import subprocess
import time

import pytest

pytestmark = pytest.mark.alone

LAZY = ["100", "10"]


def use(build, consumers, directory, calls, *words):
    flat = [word for name, arguments in calls for word in (name, json.dumps(arguments))]
    return consumers.use_agent(build.viewer.absolute(), directory, list(map(str, words)), flat)


@pytest.fixture
def recorded(build, tmp_path):
    path = tmp_path / "shop.pb"
    assert build.run_watched([build.sample("orders_customer_lazy"), *LAZY], path).returncode == 0
    return path


def test_an_agent_finds_the_line_and_all_that_the_fix_needs(build, consumers, recorded, tmp_path):
    seen = use(build, consumers, tmp_path, [("list_findings", {}), ("show_finding", {"signature": "{LAST.findings.0.signature}"})])
    assert seen["server"]["name"] == "nplus1" and "run_command" in seen["instructions"]
    assert [tool["name"] for tool in seen["tools"]] == ["list_findings", "show_finding", "run_command", "diff"]
    listed, shown = (answer["structuredContent"] for answer in seen["answers"])
    finding, = listed["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", 100)
    assert "orders_customer_lazy.c:24" in finding["place"]
    whole, group, parent = shown["finding_and_groups"]
    assert whole["signature"] == finding["signature"] and whole["source"]["line"] == 24 and whole["advice"]["sql"]
    assert "load_customer" in "".join(whole["source"]["lines"])
    assert (group["id"], parent["id"]) == (whole["group"], whole["parent"])
    assert all(json.loads(answer["content"][0]["text"]) == answer["structuredContent"] for answer in seen["answers"])


def test_an_agent_runs_fixes_and_compares(build, consumers, tmp_path):
    lazy, joined = str(build.sample("orders_customer_lazy").absolute()), str(build.sample("orders_customer_joined").absolute())
    seen = use(build, consumers, tmp_path, [
        ("run_command", {"command": [lazy, *LAZY]}), ("run_command", {"command": [joined, *LAZY]}),
        ("run_command", {"command": ["sh", "-c", "echo one; echo two >&2; exit 3"]}),
        ("run_command", {"command": ["sleep", "60"], "timeout_s": 1}), ("run_command", {"command": ["no-such-program"]})])
    before, after, script, slow, missing = (answer["structuredContent"] for answer in seen["answers"])
    assert (before["status"], len(before["findings"]), after["status"], after["findings"]) == (0, 1, 0, [])
    assert (script["status"], script["output"], script["path"]) == (3, "one\ntwo\n", None) and "doctor" in script["note"]
    assert slow["timed_out"] and slow["status"] == 128 + 15
    assert missing["status"] == 127 and "no-such-program" in missing["output"]
    # Its recordings are gone with the server, so both runs are made anew by one that compares them.
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    for program, folder in ((lazy, "before"), (joined, "after")):
        assert build.run_watched([program, *LAZY], tmp_path / folder / "run.pb").returncode == 0
    seen = use(build, consumers, tmp_path, [("diff", {"before": "before", "after": "after"})])
    answer, = seen["answers"]
    assert [finding["state"] for finding in answer["structuredContent"]["findings"]] == ["gone"]


def test_a_recording_of_a_run_can_be_asked_for_until_the_server_ends(build, consumers, tmp_path):
    lazy = str(build.sample("orders_customer_lazy").absolute())
    seen = use(build, consumers, tmp_path, [("run_command", {"command": [lazy, *LAZY]}), ("list_findings", {"path": "{LAST.path}"})])
    run, listed = (answer["structuredContent"] for answer in seen["answers"])
    assert listed["findings"] == run["findings"] and len(listed["findings"]) == 1
    assert not build.run(["test", "-e", run["path"]]).returncode == 0


def test_what_cannot_be_done_is_an_error_of_the_tool(build, consumers, recorded, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    calls = [("list_findings", {"path": str(recorded)}), ("list_findings", {"path": "no.pb"}), ("list_findings", {"kind": "n_plus_two"}),
             ("show_finding", {"signature": "x"}), ("run_command", {"command": []}), ("run_command", {"command": [1]}),
             ("run_command", {"command": ["true"], "timeout_s": 0}), ("diff", {"before": "a"}), ("no_such_tool", {})]
    answers = use(build, consumers, elsewhere, calls)["answers"]
    assert all(answer.get("isError") or "thrown" in answer for answer in answers)
    assert "--any-path" in answers[0]["content"][0]["text"]
    assert "unknown tool" in answers[-1]["thrown"]
    for words in (["--any-path"], [recorded]):
        allowed, = use(build, consumers, elsewhere, [("list_findings", {"path": str(recorded)})], *words)["answers"]
        assert not allowed["isError"] and len(allowed["structuredContent"]["findings"]) == 1


def talk(build, directory, *lines):
    run = subprocess.run([build.viewer.absolute(), "mcp"], cwd=directory, input="".join(f"{line}\n" for line in lines), capture_output=True, text=True,
                         timeout=30)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_wrong_requests_are_answered_as_the_protocol_says_and_end_nothing(build, tmp_path):
    answers = talk(build, tmp_path, "{", "[]", "3", '{"jsonrpc":"2.0","id":1}', '{"jsonrpc":"2.0","id":2,"method":"no/such"}', "",
                   '{"jsonrpc":"2.0","method":"notifications/initialized"}', '{"jsonrpc":"2.0","id":null,"method":"ping"}',
                   '{"jsonrpc":"2.0","id":"three","method":"ping","params":[]}', '{"jsonrpc":"2.0","id":9,"result":{}}',
                   '{"jsonrpc":"2.0","id":4,"method":"initialize","params":{"protocolVersion":"1999-01-01"}}')
    codes = [(answer.get("id"), answer["error"]["code"] if "error" in answer else "result") for answer in answers]
    assert codes == [(None, -32700), (None, -32600), (None, -32600), (1, -32600), (2, -32601), (None, -32600), ("three", "result"), (4, "result")]
    assert answers[-1]["result"]["protocolVersion"] == "2025-11-25"


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
def test_a_clients_version_is_taken(build, tmp_path, version):
    answer, = talk(build, tmp_path, json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": version}}))
    assert answer["result"]["protocolVersion"] == version


def test_a_batch_of_requests_has_one_line_of_answers(build, tmp_path):
    ping, note, wrong = ({"jsonrpc": "2.0", "id": 1, "method": "ping"}, {"jsonrpc": "2.0", "method": "notifications/initialized"},
                         {"jsonrpc": "2.0", "id": 2, "method": "no/such"})
    answers = talk(build, tmp_path, json.dumps([ping, note, wrong, 3]), json.dumps([note]), json.dumps(ping))
    assert len(answers) == 2 and answers[1] == {"jsonrpc": "2.0", "id": 1, "result": {}}
    assert [(answer["id"], answer.get("error", {}).get("code")) for answer in answers[0]] == [(1, None), (2, -32601), (None, -32600)]


def test_what_is_asked_for_wrongly_is_not_answered_with_something_else(build, recorded, tmp_path):
    wrong = [("list_findings", {"file": "other.pb"}, "has no argument 'file'"), ("list_findings", {"path": 5}, "path: a text"),
             ("list_findings", {"confidence": "sure"}, "possible, likely or proven"), ("list_findings", {"kind": ["n_plus_one"]}, "kind: a text"),
             ("run_command", {"command": ["true"], "cwd": "/"}, "has no argument 'cwd'"),
             ("run_command", {"command": ["true"], "timeout_s": "5"}, "timeout_s: from 1 to 3600")]
    lines = [json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}})
             for name, arguments, _ in wrong]
    for (_, arguments, why), answer in zip(wrong, talk(build, tmp_path, *lines), strict=True):
        assert answer["result"]["isError"] is True and why in answer["result"]["content"][0]["text"], arguments
    fine, = talk(build, tmp_path, json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "list_findings", "arguments": {"path": None, "confidence": "proven"}}}))
    assert fine["result"]["isError"] is False and len(fine["result"]["structuredContent"]["findings"]) == 1


@pytest.mark.parametrize("busy", [False, True], ids=["waiting", "running"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_server_that_is_ended_leaves_nothing_behind(build, tmp_path, busy, number):
    """Clients send a signal and wait for a second or two: recordings of what was run, and what still runs, are gone by then."""
    (tmp_path / "tmp").mkdir()
    lazy = [str(build.sample("orders_customer_lazy").absolute()), *LAZY]
    calls = [lazy] + [["sh", "-c", "echo $$ > pid; exec sleep 60"]] * busy
    with subprocess.Popen([build.viewer.absolute(), "mcp"], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          env={**os.environ, "TMPDIR": str(tmp_path / "tmp"), "XDG_CONFIG_HOME": "/nowhere"}) as server:
        for command in calls:
            request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "run_command", "arguments": {"command": command}}}
            server.stdin.write(json.dumps(request).encode() + b"\n")
            server.stdin.flush()
            if command is lazy:
                assert json.loads(server.stdout.readline())["result"]["isError"] is False
        assert len(list((tmp_path / "tmp").iterdir())) >= 1
        until = time.monotonic() + 20
        while busy and not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()) and time.monotonic() < until:
            time.sleep(0.02)
        server.send_signal(number)
        assert server.wait(timeout=20) == 0
    assert list((tmp_path / "tmp").iterdir()) == []
    if busy:
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_hostile_recording_stays_one_line_of_valid_json(build, made, tmp_path):
    made("hostile")
    began = time.monotonic()
    answer, = talk(build, tmp_path, '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_findings","arguments":{"confidence":"possible"}}}')
    assert answer["result"]["isError"] is False and time.monotonic() - began < 5


def test_a_list_has_no_more_than_somebody_reads(build, made, tmp_path):
    made("many", "250")
    answer, = talk(build, tmp_path, '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_findings","arguments":{"confidence":"possible"}}}')
    listed = answer["result"]["structuredContent"]
    executions = [finding["executions"] for finding in listed["findings"]]
    assert (len(executions), listed["findings_left_out"]) == (100, 150) and executions == sorted(executions, reverse=True)


def processor_s(pid):
    """What a process has spent, by /proc/PID/stat."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_an_answer_takes_less_than_100_ms(build, recorded, tmp_path):
    """Of a processor, in 50 calls of each tool; on a machine that does nothing else that is how long an agent waits."""
    signature = build.report(recorded)["findings"][0]["signature"]
    calls = {"list_findings": {}, "show_finding": {"signature": signature}, "diff": {"before": "shop.pb", "after": "shop.pb"}}
    with subprocess.Popen([build.viewer.absolute(), "mcp"], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        for name, arguments in calls.items():
            request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
            before, waits = processor_s(server.pid), []
            for _ in range(50):
                began = time.monotonic()
                server.stdin.write(json.dumps(request).encode() + b"\n")
                server.stdin.flush()
                assert json.loads(server.stdout.readline())["result"]["isError"] is False
                waits.append(time.monotonic() - began)
            spent = (processor_s(server.pid) - before) / 50
            print(f"{name}: {1000 * spent:.1f} ms of a processor, {1000 * sorted(waits)[25]:.1f} ms until the answer was there")
            assert spent < 0.1
        server.stdin.close()


class Server:
    """A server that is asked more than once, and what each answer made it read from files."""

    def __init__(self, build, directory):
        self.process = subprocess.Popen([build.viewer.absolute(), "mcp"], cwd=directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        assert self.process.wait(timeout=30) == 0
        self.process.stdout.close()

    def bytes_read(self):
        with open(f"/proc/{self.process.pid}/io", encoding="ascii") as io:
            return int(io.readline().split()[1])

    def ask(self, name, **arguments):
        before = self.bytes_read()
        request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        result = json.loads(self.process.stdout.readline())["result"]
        assert result["isError"] is False, result
        return result["structuredContent"], self.bytes_read() - before


def test_a_recording_that_cannot_change_is_read_once(build, made, tmp_path):
    path = made("big", "5000")
    size = path.stat().st_size
    assert size > 1 << 20
    with Server(build, tmp_path) as server:
        listed, read = server.ask("list_findings")
        assert read >= size
        again, read = server.ask("list_findings")
        assert again == listed and read < size / 10
        shown, read = server.ask("show_finding", signature=listed["findings"][0]["signature"], path=path.name)
        assert shown["finding_and_groups"] and read < size / 10
        compared, read = server.ask("diff", before=path.name, after=path.name)
        assert {finding["state"] for finding in compared["findings"]} == {"same"} and read < size / 10


def test_what_was_recorded_meanwhile_is_seen(build, tmp_path):
    """Another recording at the same place, one more in a directory, and one of a process that has not said that it ended."""
    lazy, joined = build.sample("orders_customer_lazy"), build.sample("orders_customer_joined")
    (tmp_path / "runs").mkdir()
    path = tmp_path / "runs/one.pb"
    assert build.run_watched([lazy, *LAZY], path).returncode == 0
    with Server(build, tmp_path) as server:
        assert len(server.ask("list_findings", path="runs")[0]["findings"]) == 1
        path.unlink()
        assert build.run_watched([joined, *LAZY], path).returncode == 0
        assert server.ask("list_findings", path="runs")[0]["findings"] == []
        assert build.run_watched([lazy, *LAZY], tmp_path / "runs/two.pb").returncode == 0
        assert len(server.ask("list_findings", path="runs")[0]["findings"]) == 1

        # While a program runs, its counters change in a mapped page, and no time of the file says so.
        own, running = tmp_path / "count", tmp_path / "running.pb"
        environment = dict(os.environ, LD_PRELOAD=str(build.agent), NPLUS1_OUTPUT=str(running))
        with subprocess.Popen([build.program("sqlite", "counting_itself"), own], env=environment, stdout=subprocess.PIPE) as process:
            try:
                assert process.stdout.readline() == b"ready\n"
                for _ in range(3):
                    before = int.from_bytes(own.read_bytes(), "little")
                    assert server.ask("list_findings", path=running.name)[0]["totals"]["executions"] >= before
            finally:
                process.kill()
