"""Every kind of PHP code that can send a statement: the frames are named as PHP names them, and stand at their lines."""
import subprocess
import textwrap

import pytest

VERSION = int(subprocess.run(["php", "-r", "echo PHP_VERSION_ID;"], check=True, capture_output=True).stdout)
since_8_1 = pytest.mark.skipif(VERSION < 80100, reason="PHP has this since 8.1")

PRELUDE = """<?php
    $db = new SQLite3(':memory:');
    function go(string $what = '') { global $db; return $db->querySingle("SELECT '$what'"); }  // go
"""


class Script:
    """A script whose lines are found again by their comments."""

    def __init__(self, build, folder, text, files=(), options=(), php_files=True):
        self.path = folder / "script.php"
        self.path.write_text(PRELUDE + textwrap.dedent(text))
        for name, content in dict(files).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        command = ["php", *options, self.path]
        alone = build.run(command)
        run = build.run_watched(command, folder / "recording.pb")
        assert (run.returncode, run.stdout, run.stderr) == (alone.returncode, alone.stdout, alone.stderr)
        assert run.returncode == 0, run.stdout
        self.report = build.report(folder / "recording.pb")

    def line(self, comment, path=None):
        found, = (number for number, line in enumerate((path or self.path).read_text().splitlines(), 1)
                  if line.endswith(f"// {comment}"))
        return found

    def stacks(self):
        """Of each group the frames as (function, line), innermost first."""
        return [[(frame["function"], frame["line"]) for frame in group["stack"]] for group in self.report["groups"]]

    def expect(self, *frames):
        """frames: (function, comment of its line)."""
        expected = [("go", self.line("go")), *((function, self.line(comment)) for function, comment in frames)]
        assert expected in self.stacks()


def test_functions_methods_and_static_methods(build, tmp_path):
    script = Script(build, tmp_path, """
        class Shop {
            public function customers() { return go(); } // customers
            public static function orders() { return (new static)->customers(); } // orders
            public function __call($name, $arguments) { return go(); } // call
            public function __get($name) { return go(); } // get
        }
        class Subclass extends Shop { }
        Subclass::orders(); // main
        (new Shop)->anything(); // main2
        (new Shop)->something; // main3
        """)
    script.expect(("Shop::customers", "customers"), ("Shop::orders", "orders"), ("{main}", "main"))
    script.expect(("Shop::__call", "call"), ("{main}", "main2"))
    script.expect(("Shop::__get", "get"), ("{main}", "main3"))
    assert script.report["totals"]["executions"] == 3


def test_closures_arrow_functions_callables_and_internal_functions_that_call_back(build, tmp_path):
    script = Script(build, tmp_path, """
        $closure = function () { return go(); }; // closure
        $closure(); // main
        array_map(fn($x) => go($x), ['a', 'b']); // arrow
        class C { function run() { return array_map(function ($x) { return go(); }, [1]); } } // method
        call_user_func([new C, 'run']); // main2
        """)
    script.expect(("{closure}", "closure"), ("{main}", "main"))
    script.expect(("{closure}", "arrow"), ("{main}", "arrow"))
    script.expect(("C::{closure}", "method"), ("C::run", "method"), ("{main}", "main2"))
    assert sorted(group["executions"] for group in script.report["groups"]) == [1, 1, 2]


@since_8_1
def test_first_class_callables(build, tmp_path):
    script = Script(build, tmp_path, """
        $first = go(...);
        $first('x'); // first class
        """)
    script.expect(("{main}", "first class"))
    assert [group["executions"] for group in script.report["groups"]] == [1]


def test_included_files_and_evaluated_code(build, tmp_path):
    script = Script(build, tmp_path, """
        require 'part.php'; // require
        function loads() { return include __DIR__ . '/part.php'; } // include
        loads(); // main
        eval('go();'); // eval
        """, {"part.php": "<?php\n\ngo(); // here\n"})
    part = script.line("here", script.path.parent / "part.php")
    go = ("go", script.line("go"))
    assert [go, ("{main}", part), ("{main}", script.line("require"))] in script.stacks()
    assert [go, ("{main}", part), ("loads", script.line("include")), ("{main}", script.line("main"))] in script.stacks()
    assert [go, ("{main}", 1), ("{main}", script.line("eval"))] in script.stacks()
    files = {frame["file"] for group in script.report["groups"] for frame in group["stack"]}
    assert files == {str(script.path), str(script.path.parent / "part.php"),
                     f"{script.path}({script.line('eval')}) : eval()'d code"}


def test_generators(build, tmp_path):
    script = Script(build, tmp_path, """
        function rows() { foreach ([1, 2, 3] as $row) yield go(); } // rows
        foreach (rows() as $row); // main
        function outer() { yield from rows(); yield 1; }
        function consume() { foreach (outer() as $row); } // consume
        consume(); // main2
        """)
    script.expect(("rows", "rows"), ("{main}", "main"))
    inner, = (stack for stack in script.stacks() if ("consume", script.line("consume")) in stack)
    assert inner[:2] == [("go", script.line("go")), ("rows", script.line("rows"))]
    assert inner[-1] == ("{main}", script.line("main2"))
    assert [group["executions"] for group in script.report["groups"]] == [3, 3]


@since_8_1
def test_fibers(build, tmp_path):
    script = Script(build, tmp_path, """
        function work() { for ($i = 0; $i < 50; $i++) { go(); Fiber::suspend($i); } } // work
        $fibers = [];
        for ($i = 0; $i < 20; $i++) {
            $fibers[$i] = new Fiber('work');
            $fibers[$i]->start(); // start
        }
        for ($round = 0; $round < 49; $round++)
            foreach ($fibers as $fiber) { $fiber->resume(); go(); } // resume
        unset($fibers);
        """)
    script.expect(("work", "work"), ("{main}", "start"))
    script.expect(("work", "work"), ("{main}", "resume"))
    script.expect(("{main}", "resume"))
    assert sorted(group["executions"] for group in script.report["groups"]) == [20, 49 * 20, 49 * 20]


def test_exceptions_destructors_and_shutdown(build, tmp_path):
    script = Script(build, tmp_path, """
        class D { function __destruct() { go(); } } // destruct
        function thrower() { $d = new D; throw new Exception('x'); } // throw
        try { thrower(); } catch (Exception $e) { go(); } // catch
        finally { go(); } // finally
        register_shutdown_function(function () { go(); }); // shutdown
        set_error_handler(function () { go(); return true; }); // handler
        echo $undefined; // undefined
        """)
    script.expect(("{main}", "catch"))
    script.expect(("{main}", "finally"))
    script.expect(("{closure}", "shutdown"))
    script.expect(("{closure}", "handler"), ("{main}", "undefined"))
    destructor, = (stack for stack in script.stacks() if stack[1][0] == "D::__destruct")
    assert destructor[1] == ("D::__destruct", script.line("destruct"))
    assert destructor[-1][0] == "{main}"
    assert script.report["totals"]["executions"] == 5


def test_a_callback_of_sql_runs_on_the_stack_of_the_statement(build, tmp_path):
    script = Script(build, tmp_path, """
        $db->createFunction('twice', function ($x) { return go() . $x; }); // callback
        $db->querySingle("SELECT twice(1)"); // main
        """)
    assert [("go", script.line("go")), ("{closure}", script.line("callback")), ("{main}", script.line("main"))] in script.stacks()
    assert script.report["totals"]["executions"] == 2


def test_a_deep_recursion_is_one_stack(build, tmp_path):
    script = Script(build, tmp_path, """
        function deep($n) { return $n ? deep($n - 1) : go(); } // deep
        for ($i = 0; $i < 200; $i++) deep($i); // main
        """)
    assert script.stacks() == [[("go", script.line("go")), ("deep", script.line("deep")), ("{main}", script.line("main"))]]


def test_several_statements_of_a_line_are_one_place_and_those_of_two_lines_are_two(build, tmp_path):
    script = Script(build, tmp_path, """
        for ($i = 0; $i < 3; $i++) { go(1); go(2); } // one
        for ($i = 0; $i < 3; $i++) {
            go(3); // two
            go(4); // three
        }
        """)
    counts = {stack[1][1]: group["executions"] for stack, group in zip(script.stacks(), script.report["groups"])}
    assert counts == {script.line("one"): 6, script.line("two"): 3, script.line("three"): 3}


def test_packages_are_not_the_programs_own(build, tmp_path):
    script = Script(build, tmp_path, """
        require 'vendor/acme/orm.php';
        Orm::find(); // main
        """, {"vendor/acme/orm.php": "<?php\nclass Orm { static function find() { global $db; return $db->querySingle('SELECT 1'); } }\n"})
    group, = script.report["groups"]
    assert [frame["in_app"] for frame in group["stack"]] == [False, True]
    assert group["location"]["line"] == script.line("main")


@pytest.mark.parametrize("options", [
    ["-d", "opcache.enable_cli=1"], ["-d", "opcache.enable_cli=1", "-d", "opcache.jit=tracing", "-d", "opcache.jit_buffer_size=16M"],
    ["-d", "opcache.enable_cli=1", "-d", "opcache.jit=function", "-d", "opcache.jit_buffer_size=16M"]],
    ids=["opcache", "tracing", "function"])
def test_optimised_and_compiled_code_has_the_same_frames(build, tmp_path, options):
    script = Script(build, tmp_path, """
        function sum($n) { // head
            $sum = 0;
            for ($i = 0; $i < $n; $i++) {
                $sum += $i % 3;
                if ($i % 100 == 0)
                    go(); // query
            }
            return $sum;
        }
        function twice($n) { return sum($n) + sum($n); } // twice
        twice(20000); // main
        """, options=options)
    script.expect(("sum", "query"), ("twice", "twice"), ("{main}", "main"))
    assert [group["executions"] for group in script.report["groups"]] == [400]


def test_code_of_the_command_line_is_the_programs_own(build, tmp_path):
    code = "$db = new SQLite3(':memory:');\n$db->querySingle('SELECT 1');"
    run = build.run_watched(["php", "-r", code], tmp_path / "recording.pb")
    assert (run.returncode, run.stderr) == (0, b"")
    frame, = build.report(tmp_path / "recording.pb")["groups"][0]["stack"]
    assert (frame["function"], frame["file"], frame["line"], frame["in_app"]) == ("{main}", "<string>", 2, True)


def test_the_children_of_a_fork_have_frames_of_their_own(build, tmp_path):
    code = """
        function child() { global $db; for ($i = 0; $i < 5; $i++) go(); } // child
        go(); // parent
        if (($pid = pcntl_fork()) == 0) { $db = new SQLite3(':memory:'); child(); exit(0); } // forked
        pcntl_waitpid($pid, $status);
        """
    path = tmp_path / "script.php"
    path.write_text(PRELUDE + textwrap.dedent(code))
    (tmp_path / "recordings").mkdir()
    run = build.run_watched(["php", path], f"{tmp_path}/recordings/")
    assert (run.returncode, run.stderr) == (0, b"")
    reports = [build.report(found) for found in (tmp_path / "recordings").iterdir()]
    assert sorted(report["totals"]["executions"] for report in reports) == [1, 5]
    assert {frame["language"] for report in reports for group in report["groups"] for frame in group["stack"]} == {"php"}
