"""Frames of Perl: every way of calling that has an opinion on what a frame is."""
import pytest

HEAD = r"""use strict; use warnings; use DBI;
our $db = DBI->connect("dbi:SQLite:dbname=:memory:", undef, undef, { RaiseError => 1 });
$db->do("CREATE TABLE t(id INTEGER PRIMARY KEY)");
sub ask { $db->selectall_arrayref("SELECT 'x', id FROM t") }
"""

# Code -> functions of the stack, innermost first, and the line of the code (from 1) that asks.
CASES = {
    "at_the_top": ("ask();", ["main::ask", "<main>"], 1),
    "a_sub": ("sub f {\n  ask();\n  return }\nf();", ["main::ask", "main::f", "<main>"], 2),
    "a_sub_of_another_package": ("package A::B;\nsub f {\n  main::ask();\n  return }\npackage main; A::B::f();",
                                 ["main::ask", "A::B::f", "<main>"], 3),
    "a_method": ("package C; sub new { bless {}, shift }\nsub m {\n  main::ask();\n  return }\npackage main; C->new->m;",
                 ["main::ask", "C::m", "<main>"], 3),
    "an_anonymous_sub": ("my $f = sub {\n  ask();\n  return };\n$f->();", ["main::ask", "main::__ANON__", "<main>"], 2),
    "a_closure_in_a_loop": ("my @f = map { my $n = $_; sub {\n  ask() if $n } } 1;\n$_->() for @f;", ["main::ask", "main::__ANON__", "<main>"], 2),
    "an_eval_block": ("eval {\n  ask();\n  1 };", ["main::ask", "(eval)", "<main>"], 2),
    "an_eval_of_a_string": ("eval 'ask(); 1' or die;", ["main::ask", "<main>"], None),
    "a_local_sub": ("use feature 'current_sub', 'say';\nmy sub f {\n  ask();\n  return }\nf();", ["main::ask", "f", "<main>"], 3),
    "autoload": ("package D; our $AUTOLOAD; sub AUTOLOAD {\n  main::ask() unless $AUTOLOAD =~ /DESTROY/ }\npackage main; D->anything;",
                 ["main::ask", "D::AUTOLOAD", "<main>"], 2),
    "destroy": ("package E; sub DESTROY {\n  main::ask() }\npackage main; { my $e = bless {}, 'E'; }", ["main::ask", "E::DESTROY", "(eval)"], 2),
    "a_sort_block": ("my @s = sort {\n  ask(); $a <=> $b } 2, 1;", ["main::ask", "<main>"], 2),
    "a_sort_sub": ("sub by { ask();\n  $a <=> $b }\nmy @s = sort by 2, 1;", ["main::ask", "main::by", "<main>"], None),
    "a_map": ("my @m = map {\n  ask(); $_ } 1;", ["main::ask", "<main>"], 2),
    "goto": ("sub g { goto &ask }\ng();", ["main::ask", "<main>"], None),
    "wantarray": ("sub f { return\n  ask() }\nmy @l = f();", ["main::ask", "main::f", "<main>"], None),
    "a_tie": ("package T; sub TIESCALAR { bless {}, shift }\nsub FETCH {\n  main::ask(); 1 }\npackage main; tie my $t, 'T'; my $v = $t;",
              ["main::ask", "T::FETCH", "<main>"], 3),
    "a_signal_of_die": ("local $SIG{__DIE__} = sub {\n  ask() };\neval { die 1 };", ["main::ask", "main::__ANON__", "(eval)", "<main>"], 2),
    "an_end_block": ("END {\n  ask();\n}", ["main::ask", "main::END"], 2),
    "recursion": ("sub f { my $n = shift; $n ? f($n - 1) :\n  ask() }\nf(3);", None, None),
}


def run(build, tmp_path, script):
    (tmp_path / "script.pl").write_text(script)
    watched = build.run_watched(["perl", tmp_path / "script.pl"], tmp_path / "recording.pb")
    assert (watched.returncode, watched.stderr) == (0, b""), watched.stderr.decode()
    return build.report(tmp_path / "recording.pb")


@pytest.mark.parametrize("name", CASES)
def test_frames(build, tmp_path, name):
    code, functions, line = CASES[name]
    report = run(build, tmp_path, HEAD + code + "\n")
    groups = [group for group in report["groups"] if group["statement"]["text"].startswith("select ?")]
    assert groups and {frame["language"] for group in groups for frame in group["stack"]} == {"perl"}
    for group in groups:
        own = [frame for frame in group["stack"] if frame["in_app"]]
        assert (own[0]["function"], own[0]["line"], own[0]["file"]) == ("main::ask", 4, str(tmp_path / "script.pl"))
        if functions:
            assert [frame["function"].removeprefix("main::") for frame in own][:len(functions)] == [
                name.removeprefix("main::") for name in functions]
        if line:
            assert own[1]["line"] == line + HEAD.count("\n")


def test_two_subs_that_say_the_same_are_two_groups(build, tmp_path):
    report = run(build, tmp_path, HEAD + """
sub one { ask() } sub two { ask() }
for my $i (1 .. 50) { one(); two() if $i % 2; }
""")
    counts = sorted(group["executions"] for group in report["groups"] if group["statement"]["text"].startswith("select ?"))
    assert counts == [25, 50]


def test_threads_have_interpreters_of_their_own(build, tmp_path):
    report = run(build, tmp_path, """use strict; use warnings; use threads; use DBI;
sub work {
    my $db = DBI->connect("dbi:SQLite:dbname=:memory:", undef, undef, { RaiseError => 1 });
    $db->selectall_arrayref("SELECT 1") for 1 .. 100;
}
$_->join for map { threads->create(\\&work) } 1 .. 4;
""")
    groups = [group for group in report["groups"] if group["statement"]["text"] == "select ?"]
    assert sum(group["executions"] for group in groups) == 400
    assert {group["location"]["function"] for group in groups} == {"main::work"}


def test_forked_workers_have_recordings_of_their_own(build, tmp_path):
    run(build, tmp_path, HEAD.replace(":memory:", f"{tmp_path}/x.db") + """
for (1 .. 3) {
    next if fork;
    $db->{InactiveDestroy} = 1;
    $db = DBI->connect("dbi:SQLite:dbname=%s/x.db", undef, undef, { RaiseError => 1 });
    ask() for 1 .. 20;
    exit;
}
1 while wait > 0;
ask();
""" % tmp_path)
    executions = []
    for recording in tmp_path.glob("recording.pb*"):
        executions += [group["executions"] for group in build.report(recording)["groups"] if group["statement"]["text"].startswith("select ?")]
    assert sorted(executions) == [1, 20, 20, 20]


# Of a body's first statement Perl keeps no mark of its own, and caller() is now and then a line or two off; what is meant is marked.
BODIES = {
    "a_block": "for my $i (1 .. 3) {\n    ask($i); # here\n}",
    "a_block_of_two": "for my $i (1 .. 3) {\n    ask($i); # here\n    my $next = $i + 1;\n}",
    "a_modifier": "my @all = (1 .. 3);\nask($_)\n    for @all; # here",
    "a_while": "my @a = (1, 2);\nwhile (my $x = shift @a) {\n\n    ask(); # here\n}",
    "a_while_of_two": "my @a = (1, 2);\nwhile (my $x = shift @a) {\n    ask(); # here\n    $x++;\n}",
    "the_second_of_two": "my @a = (1, 2);\nwhile (my $x = shift @a) {\n    $x++;\n    ask(); # here\n}",
    "lines_of_one_statement": "my @a = (1, 2);\nwhile (my $x = shift @a) {\n    printf STDERR '%.0s', # here\n        ask();\n}",
    "until": "my $n = 2;\nuntil ($n-- <= 0) {\n    ask(); # here\n}",
    "for_with_three_parts": "for (my $i = 0; $i < 2; $i++) {\n    ask(); # here\n}",
    "a_map": "my @m = map {\n    ask($_); # here\n} 1 .. 3;",
    "a_condition": "for my $i (1 .. 3) {\n    if ($i) {\n        ask($i); # here\n    }\n}",
    "a_condition_in_a_while": "my @a = (1, 2);\nwhile (my $x = shift @a) {\n    if ($x > 0) {\n        ask(); # here\n    } else {\n        1;\n    }\n}",
    "else": "if (!@ARGV) {\n    ask(); # here\n} else {\n    1;\n}",
    "a_nested_loop": "for my $i (1 .. 2) {\n    for my $k (1 .. 2) {\n        ask($k); # here\n    }\n}",
    "a_loop_in_a_while": "my @a = (1, 2);\nwhile (my $x = shift @a) {\n    for my $y (1, 2) {\n        ask($x, # here\n            $y);\n    }\n}",
    "a_bare_block": "{\n    ask(); # here\n}",
    "do": "my $x = do {\n    ask(); # here\n};",
    "an_argument": "sub f { return @_ }\nmy @a = (1);\nwhile (my $x = shift @a) {\n    f(1, # here\n      f(ask()));\n}",
    "a_map_in_a_while": "my @a = (1, 2);\nwhile (my $x = shift @a) {\n    my @m = map {\n        ask(); # here\n        $_ } 1;\n}",
    "a_sub": "sub each_of {\n    while (my $x = shift) {\n        ask(); # here\n    }\n}\neach_of(1 .. 3);",
}


@pytest.mark.parametrize("name", BODIES)
def test_the_line_in_a_body(build, tmp_path, name):
    report = run(build, tmp_path, HEAD + BODIES[name] + "\n")
    stacks = [group["stack"] for group in report["groups"] if group["statement"]["text"].startswith("select ?")]
    own = [[frame for frame in stack if frame["in_app"]] for stack in stacks]
    marked = next(number for number, line in enumerate((HEAD + BODIES[name]).splitlines(), 1) if "# here" in line)
    assert [stack[1]["line"] for stack in own] == [marked]


def test_the_line_of_a_statement_in_the_body_itself(build, tmp_path):
    report = run(build, tmp_path, HEAD + "my @a = (1) x 6;\nwhile (my $x = shift @a) {\n\n  $db->selectall_arrayref(q(SELECT 'x', id FROM t));\n}\n")
    [group] = [group for group in report["groups"] if group["statement"]["text"].startswith("select ?")]
    assert ([frame["line"] for frame in group["stack"] if frame["in_app"]], group["executions"]) == ([HEAD.count("\n") + 4], 6)
