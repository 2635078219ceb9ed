"""Frames of Ruby: every way of calling that has an opinion on what a frame is."""
import pytest

HEAD = r"""
require "sqlite3"
DB = SQLite3::Database.new(":memory:")
DB.execute("CREATE TABLE t(id INTEGER PRIMARY KEY)")
def ask(name)
  DB.execute("SELECT '#{name}', id FROM t")
end
"""

# Code -> functions of the stack, innermost first, and the line of the code (from 1) that asks.
CASES = {
    "at_the_top": ('ask("x")', ["ask", "<main>"], 1),
    "a_method": ('def f\n  ask("x")\nend\nf', ["ask", "f", "<main>"], 2),
    "a_block": ('[1].each do |i|\n  ask("x")\nend', ["ask", "block in <main>", "<main>"], 2),
    "blocks_within_blocks": ('[1].each { [1].map {\n  ask("x") } }',
                             ["ask", "block (2 levels) in <main>", "block in <main>", "<main>"], 2),
    "a_method_of_a_class": ('class C\n  def m\n    ask("x")\n  end\nend\nC.new.m', ["ask", "m", "<main>"], 3),
    "a_class_body": ('class C\n  ask("x")\nend', ["ask", "<class:C>", "<main>"], 2),
    "define_method": ('define_singleton_method(:f) {\n  ask("x") }\nf', ["ask", "block in <main>", "<main>"], 2),
    "method_missing": ('class C\n  def method_missing(name)\n    ask("x")\n  end\nend\nC.new.anything', ["ask", "method_missing", "<main>"], 3),
    "rescue": ('def f\n  raise "x"\nrescue\n  ask("x")\nend\nf', ["ask", "f", "f", "<main>"], 4),
    "ensure": ('def f\n  1\nensure\n  ask("x")\nend\nf', ["ask", "f", "<main>"], 4),
    "a_lambda": ('f = ->(x) {\n  ask(x) }\nf.("x")', ["ask", "block in <main>", "<main>"], 2),
    "a_proc_from_a_symbol": ('class String\n  def go\n    ask(self)\n  end\nend\n["x"].each(&:go)', ["ask", "go", "<main>"], 3),
    "send": ('def f(x)\n  ask(x)\nend\nsend(:f, "x")', ["ask", "f", "<main>"], 2),
    "a_fiber": ('def f\n  ask("x")\nend\nFiber.new { f }.resume', ["ask", "f", "block in <main>"], 2),
    "an_enumerator": ('e = Enumerator.new { |y|\n  y << ask("x") }\ne.next', ["ask", "block in <main>"], 2),
    "a_thread": ('def f\n  ask("x")\nend\nThread.new { f }.join', ["ask", "f", "block in <main>"], 2),
    "an_eval": ('eval("def f\\n  ask(%q(x))\\nend", binding, "made.rb", 100)\nf', ["ask", "f", "<main>"], None),
    "a_sort": ('[2, 1].sort_by { |i|\n  ask("x"); i }', ["ask", "block in <main>", "<main>"], 2),
    "at_exit": ('at_exit {\n  ask("x") }', ["ask", "block in <main>"], 2),
    "a_refinement": ('module R\n  refine String do\n    def go\n      ask(self)\n    end\n  end\nend\nusing R\n"x".go', ["ask", "go", "<main>"], 4),
    "recursion": ('def f(n)\n  n == 0 ? ask("x") : f(n - 1)\nend\nf(2)', None, 2),
}


def run(build, tmp_path, script):
    (tmp_path / "script.rb").write_text(script)
    watched = build.run_watched(["ruby", tmp_path / "script.rb"], tmp_path / "recording.pb")
    assert (watched.returncode, watched.stderr) == (0, b"")
    return watched, build.report(tmp_path / "recording.pb")


@pytest.mark.parametrize("name", CASES)
def test_frames(build, tmp_path, name):
    code, functions, line = CASES[name]
    _, report = run(build, tmp_path, HEAD + code + "\n")
    (group,) = [group for group in report["groups"] if group["statement"]["text"].startswith("select ?")]
    own = [frame for frame in group["stack"] if frame["in_app"]]
    assert {frame["language"] for frame in group["stack"]} == {"ruby"}
    if functions:
        assert [frame["function"] for frame in own][:len(functions)] == functions
    if line:
        assert line + HEAD.count("\n") in {frame["line"] for frame in own[1:] or own}
    assert (own[0]["function"], own[0]["line"], own[0]["file"]) == ("ask", 6, str(tmp_path / "script.rb"))


def test_eight_threads_and_a_hundred_fibers(build, tmp_path):
    _, report = run(build, tmp_path, HEAD.replace("SELECT '#{name}', id", "SELECT '#{name}' AS n, id") + """
def one(i)
  DB.execute("SELECT 1, id FROM t")
end
def two(i)
  DB.execute("SELECT 1, id FROM t")
end
threads = 8.times.map { |n| Thread.new { 100.times { |i| n.even? ? one(i) : two(i) } } }
threads.each(&:join)
fibers = 100.times.map { |i| Fiber.new { one(i); Fiber.yield; two(i) } }
2.times { fibers.each { |fiber| fiber.resume } }
""")
    counts = {}
    for group in report["groups"]:
        if group["statement"]["text"] == "select ?, id from t":
            function = group["stack"][[frame["in_app"] for frame in group["stack"]].index(True)]["function"]
            counts[function] = counts.get(function, 0) + group["executions"]
    assert counts == {"one": 500, "two": 500}


def test_garbage_collection_and_compaction_in_between(build, tmp_path):
    _, report = run(build, tmp_path, HEAD + """
def f
  ask("x")
end
GC.stress = true
5.times { f }
GC.stress = false
20.times { f; GC.compact if GC.respond_to?(:compact) }
""")
    (group,) = [group for group in report["groups"] if group["statement"]["text"].startswith("select ?") and group["executions"] == 20]
    assert group["stack"][[frame["in_app"] for frame in group["stack"]].index(True) + 1]["function"] == "f"


def own_frames(group):
    return [frame for frame in group["stack"] if frame["in_app"]]


def executions_by(report, function, text="select ?, id from t"):
    """Executions by what `function` says of each group's own frames."""
    counts = {}
    for group in report["groups"]:
        if group["statement"]["text"] == text:
            name = function(own_frames(group))
            counts[name] = counts.get(name, 0) + group["executions"]
    return counts


@pytest.mark.parametrize("collect", ["", "GC.start", "GC.start; GC.compact if GC.respond_to?(:compact)"])
def test_code_that_is_compiled_again_at_the_same_address(build, tmp_path, collect):
    """Method, file and size stay the same, and so do addresses, after a collection. The line does not."""
    _, report = run(build, tmp_path, HEAD + f"""
210.times do |i|
  eval("def f\n" + "\n" * (i % 7) + "  ask(1)" + "\n" * (7 - i % 7) + "end", binding, "made.rb", 1)
  3.times {{ f }}
  {collect}
end
""")
    assert executions_by(report, lambda frames: (frames[1]["function"], frames[1]["line"])) == {
        ("f", 2 + line): 90 for line in range(7)}


def test_threads_and_fibers_in_turns_while_garbage_is_collected(build, tmp_path):
    names = [f"work{i}" for i in range(6)]
    methods = "".join(f"def {name}\n  ask(1)\nend\n" for name in names)
    _, report = run(build, tmp_path, HEAD + methods + """
def collect(i)
  GC.start if i % 10 == 3
  GC.compact if i % 20 == 7 && GC.respond_to?(:compact)
end
fibers = [:work0, :work1].map { |name| Fiber.new { 50.times { |i| send(name); Fiber.yield; collect(i) } } }
threads = [:work2, :work3].map { |name| Thread.new { 50.times { |i| send(name); Thread.pass; collect(i) } } }
both = [:work4, :work5].map do |name|
  Thread.new do
    inner = Fiber.new { 50.times { |i| send(name); Fiber.yield } }
    50.times { |i| inner.resume; collect(i) }
  end
end
50.times { fibers.each { |fiber| fiber.resume } }
(threads + both).each { |thread| thread.join }
""")
    assert executions_by(report, lambda frames: frames[1]["function"]) == {name: 50 for name in names}


def test_a_closure_is_named_after_the_method_it_runs_in(build, tmp_path):
    """The same code, once within a method and once within a block that was made one, called from the same place."""
    _, report = run(build, tmp_path, HEAD + """
def make
  proc { -> { ask(1) } }
end
define_singleton_method(:as_method, &make)
closures = [make.call, as_method]
20.times { closures.each { |closure| closure.call } }
""")
    assert executions_by(report, lambda frames: frames[1]["function"]) == {"make": 20, "block (2 levels) in make": 20}


def test_recursion_deeper_than_what_is_walked(build, tmp_path):
    _, report = run(build, tmp_path, HEAD + """
def f(n, &block)
  n == 0 ? ask(1) : [n].each { |i| f(i - 1) }
end
4.times { [3, 30, 300, 2000].each { |n| f(n) } }
""")
    assert executions_by(report, lambda frames: (frames[0]["function"], frames[1]["function"])) == {("ask", "f"): 16}


def test_a_child_goes_on_in_the_loop_that_its_parent_began(build, tmp_path):
    """What the parent knows of the stack is not in the child's recording."""
    script = HEAD.replace('":memory:"', f'"{tmp_path}/x.db"') + """
def f(i)
  ask(1)
end
child = nil
10.times do |i|
  f(i)
  child = fork if i == 4
end
Process.wait(child) if child
"""
    run(build, tmp_path, script)
    counts = []
    for recording in tmp_path.glob("recording.pb*"):
        counts.append(executions_by(build.report(recording), lambda frames: tuple(frame["function"] for frame in frames)))
    stack = ("ask", "f", "block in <main>", "<main>")
    assert sorted(counts, key=str) == [{stack: 10}, {stack: 5}]


def test_threads_that_wait_for_postgresql_without_the_lock(build, server, tmp_path):
    """The gem pg lets other threads run while it waits, and is inside libpq then."""
    (tmp_path / "script.rb").write_text("""
require "pg"
def ask(connection)
  connection.exec_params("SELECT $1::int + 1", [1])
end
""" + "".join(f"def work{i}(connection)\n  ask(connection)\nend\n" for i in range(4)) + """
[:work0, :work1, :work2, :work3].map do |name|
  Thread.new do
    connection = PG.connect(dbname: ARGV[0])
    200.times { |i| send(name, connection); GC.start if i % 50 == 0 }
    connection.close
  end
end.each { |thread| thread.join }
""")
    command = ["ruby", tmp_path / "script.rb", server.new_database()]
    watched = build.run_watched(command, tmp_path / "recording.pb", **server.variables)
    assert (watched.returncode, watched.stderr) == (0, b"")
    counts = executions_by(build.report(tmp_path / "recording.pb"), lambda frames: tuple(frame["function"] for frame in frames[:2]),
                           "select ?::int + ?")
    assert counts == {("ask", f"work{i}"): 200 for i in range(4)}


def test_forked_workers_have_recordings_of_their_own(build, tmp_path):
    script = HEAD + """
4.times { fork { 25.times { ask("x") } } }
Process.waitall
ask("x")
"""
    run(build, tmp_path, script.replace('":memory:"', f'"{tmp_path}/x.db"'))
    executions = []
    for recording in tmp_path.glob("recording.pb*"):
        executions += [group["executions"] for group in build.report(recording)["groups"] if group["statement"]["text"].startswith("select ?")]
    assert sorted(executions) == [1, 25, 25, 25, 25]
