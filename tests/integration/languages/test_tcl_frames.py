"""Frames of Tcl: every way of evaluating that has an opinion on what a script is, and on what line it stands."""
import shutil

import pytest

HEAD = """package require sqlite3
sqlite3 db :memory:
db eval {CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)}
"""

# Code, in which $ASK is the statement -> functions and lines (from 1, in the code) of the stack's own frames, innermost first.
CASES = {
    "at_the_top": ("$ASK", [("<main>", 1)]),
    "in_a_word_at_the_top": ("set x [lindex \\\n  [$ASK] 0]", [("<main>", 2)]),
    "a_proc": ("proc f {} {\n  set x 1\n  return [$ASK]\n}\nf", [("f", 3), ("<main>", 5)]),
    "a_proc_of_a_namespace": ("namespace eval a::b {\n  proc f {} {\n    ::$ASK\n  }\n}\na::b::f", [("a::b::f", 3), ("<main>", 6)]),
    "the_body_of_a_namespace": ("namespace eval a {\n  variable x\n  ::$ASK\n}", [("<main>", 3), ("<main>", 1)]),
    "an_imported_proc": ("namespace eval a {\n  namespace export f\n  proc f {} {\n    ::$ASK } }\nnamespace import a::f\nf",
                         [("a::f", 4), ("<main>", 6)]),
    "a_renamed_proc": ("proc f {} {\n  $ASK }\nrename f g\ng", [("g", 2), ("<main>", 4)]),
    "a_proc_that_deletes_itself": ("proc f {} {\n  rename f {}\n  $ASK }\nf", [("f", 3), ("<main>", 4)]),
    "a_proc_that_defines_itself_anew": ("proc f {} {\n  proc f {} {}\n  $ASK }\nf", [("f", 3), ("<main>", 4)]),
    # The name is looked up again, which lets go of what the running procedure was known by.
    "a_proc_that_is_forgotten_while_it_runs": ("proc f {} {\n  proc f {} {}\n  f\n  for {set i 0} {$i < 1000} {incr i} { proc g$i {} {} }\n  $ASK }\nf",
                                               [("f", 5), ("<main>", 6)]),
    "a_proc_in_a_proc": ("proc outer {} {\n  proc inner {} {\n    $ASK\n  }\n  inner }\nouter", [("inner", 3), ("outer", 5), ("<main>", 6)]),
    "a_command_in_a_variable": ("set cmd db\n$cmd eval {SELECT 'x', id FROM t}", [("<main>", 2)]),
    "a_command_in_a_variable_of_a_proc": ("proc f {d} {\n  set x 1\n\n  $d eval {SELECT 'x', id FROM t}\n}\nf db", [("f", 4), ("<main>", 6)]),
    "all_words_are_variables": ("proc f {d e s} {\n  set x 1\n\n  $d $e $s\n}\nf db eval {SELECT 'x', id FROM t}", [("f", 4), ("<main>", 6)]),
    "a_line_that_is_continued": ("proc f {} {\n  set x [list 1 \\\n    2 \\\n    3]\n  $ASK\n}\nf", [("f", 5), ("<main>", 7)]),
    "a_body": ("proc f {} {\n  db eval {SELECT 2 AS two} {\n    set x $two\n    $ASK\n  }\n}\nf", [("f", 4), ("f", 2), ("<main>", 7)]),
    "a_body_at_the_top": ("db eval {SELECT 2 AS two} {\n  set x $two\n  $ASK\n}", [("<main>", 3), ("<main>", 1)]),
    "a_body_with_an_array": ("db eval {SELECT 2 AS two} row {\n  set x $row(two)\n  $ASK\n}", [("<main>", 3), ("<main>", 1)]),
    "a_body_in_a_body": ("proc f {} {\n  db eval {SELECT 2} {\n    db eval {SELECT 3} {\n\n      $ASK\n    }\n  }\n}\nf",
                         [("f", 5), ("f", 3), ("f", 2), ("<main>", 9)]),
    "a_body_with_a_line_that_is_continued": ("db eval {SELECT 2} {\n  set x [list 1 \\\n      2]\n  $ASK\n}", [("<main>", 4), ("<main>", 1)]),
    "a_body_after_a_line_that_is_continued": ("proc f {} {\n  db eval [string cat {SELECT 2 -- ]}\n    ] \\\n    row \\\n  {\n\n    $ASK\n  }\n}\nf",
                                              [("f", 7), ("f", 2), ("<main>", 10)]),
    "a_body_after_a_line_that_is_continued_and_quotes": ("proc f {x} {\n  db eval \"SELECT [expr {1 + 1}] -- \\\"\n$x\" \\\n  {\n    $ASK\n  }\n}\nf {}",
                                                         [("f", 5), ("f", 2), ("<main>", 8)]),
    "a_body_in_a_body_after_a_line_that_is_continued": (
        "proc f {} {\n  db eval {SELECT 2} \\\n  {\n    set x 1\n    db eval {SELECT 3} {\n      $ASK\n    }\n  }\n}\nf",
        [("f", 6), ("f", 5), ("f", 2), ("<main>", 10)]),
    # Of a procedure's text Tcl keeps what it has become: one line. What follows it in a body that Tcl does not compile is counted short.
    "a_body_with_a_line_that_is_continued_in_a_proc": (
        "proc f {} {\n  db eval {SELECT 2} {\n    set x [list 1 \\\n      2]\n    $ASK\n  }\n}\nf", [("f", 4), ("f", 2), ("<main>", 8)]),
    "a_transaction": ("proc f {} {\n  db transaction {\n    $ASK\n  }\n}\nf", [("f", 3), ("f", 2), ("<main>", 6)]),
    "foreach_at_the_top": ("foreach x {1} {\n  set y $x\n  $ASK\n}", [("<main>", 3), ("<main>", 1)]),
    "foreach": ("proc f {} {\n  foreach x {1} {\n    $ASK\n  }\n}\nf", [("f", 3), ("<main>", 6)]),
    "for": ("for {set i 0} {$i < 1} {incr i} {\n  $ASK\n}", [("<main>", 2), ("<main>", 1)]),
    "while_in_a_proc": ("proc f {} {\n  set i 0\n  while {[incr i] < 2} {\n    $ASK\n  }\n}\nf", [("f", 4), ("<main>", 7)]),
    "a_condition": ("proc f {} {\n  if {[llength [$ASK]] > 1} {\n    return 1\n  }\n}\nf", [("f", 2), ("<main>", 6)]),
    "if_at_the_top": ("if {1} {\n  $ASK\n}", [("<main>", 2), ("<main>", 1)]),
    "switch": ("proc f {x} {\n  switch $x {\n    1 {\n      $ASK\n    }\n  }\n}\nf 1", [("f", 4), ("<main>", 8)]),
    "dict_for": ("proc f {} {\n  dict for {k v} {a 1} {\n    $ASK\n  }\n}\nf", [("f", 3), ("<main>", 6)]),
    "dict_for_at_the_top": ("dict for {k v} {a 1} {\n  $ASK\n}", [("<main>", 2), ("<main>", 1)]),
    "lmap": ("proc f {} {\n  return [lmap x {1} {\n    $ASK\n  }]\n}\nf", [("f", 3), ("<main>", 6)]),
    "lmap_at_the_top": ("set l [lmap x {1} {\n  $ASK\n}]", [("<main>", 2), ("<main>", 1)]),
    "expr_at_run_time": ("proc f {e} {\n  expr $e\n}\nf {[llength [$ASK]] + 1}", [("<main>", 4), ("f", 2), ("<main>", 4)]),
    "a_lambda": ("proc f {} {\n  apply {{x} {\n    set y $x\n    $ASK\n  }} 1\n}\nf", [("<lambda>", 4), ("f", 2), ("<main>", 7)]),
    "a_lambda_that_calls_itself": ("set l {{l n} {\n  if {$n} { apply $l $l 0 }\n  $ASK\n}}\napply $l $l 1", None),
    "catch": ("proc f {} {\n  catch {\n    $ASK\n  }\n}\nf", [("f", 3), ("<main>", 6)]),
    "catch_at_the_top": ("catch {\n  $ASK\n}", [("<main>", 2), ("<main>", 1)]),
    "try": ("proc f {} {\n  try {\n    error x\n  } on error {m} {\n    $ASK\n  } finally {\n    set z 1\n  }\n}\nf", [("f", 5), ("<main>", 10)]),
    "finally_at_the_top": ("try {\n  set x 1\n} finally {\n  $ASK\n}", [("<main>", 4), ("<main>", 1)]),
    "uplevel": ("proc with {script} {\n  uplevel 1 $script\n}\nproc f {} {\n  with {\n    $ASK\n  }\n}\nf",
                [("f", 6), ("with", 2), ("f", 5), ("<main>", 9)]),
    "uplevel_at_the_top": ("proc with {script} {\n  uplevel 1 $script\n}\nwith {\n  set x 1\n  $ASK\n}", [("<main>", 6), ("with", 2), ("<main>", 4)]),
    "uplevel_of_uplevel": ("proc with {script} {\n  uplevel 1 $script\n}\nproc both {script} {\n  with {\n    uplevel 1 $script\n  }\n}\n"
                           "proc f {} {\n  both {\n    set x 1\n    $ASK\n  }\n}\nf", [("f", 12)]),
    "eval_of_a_word": ("proc f {} {\n  eval {\n    $ASK\n  }\n}\nf", [("f", 3), ("f", 2), ("<main>", 6)]),
    "eval_of_a_list": ("proc f {} {\n  eval [list db eval {SELECT 'x', id FROM t}]\n}\nf", [("f", 2), ("<main>", 4)]),
    "an_expanded_list": ("proc f {} {\n  set cmd [list db eval]\n  {*}$cmd {SELECT 'x', id FROM t}\n}\nf", [("f", 3), ("<main>", 5)]),
    "tailcall": ("proc f {} {\n  tailcall db eval {SELECT 'x', id FROM t}\n}\nf", [("<main>", 4)]),
    "a_trace": ("proc read {args} {\n  $ASK\n}\ntrace add variable v read read\nset v 1\nproc f {} {\n  return $::v\n}\nf", [("read", 2)]),
    "an_alias": ("proc f {} {\n  $ASK\n}\ninterp alias {} g {} f\ng", [("f", 2), ("<main>", 5)]),
    "an_ensemble": ("namespace eval shop {\n  namespace export orders\n  namespace ensemble create\n  proc orders {} {\n    ::$ASK\n  }\n}\n"
                    "shop orders", [("shop::orders", 5), ("<main>", 8)]),
    "unknown": ("proc unknown {args} {\n  $ASK\n}\nno_such_command", [("unknown", 2)]),
    "after": ("proc f {} {\n  $ASK\n}\nafter 0 {\n  f\n  set done 1 }\nvwait done", [("f", 2)]),
    "a_list_after": ("proc f {} {\n  $ASK\n  set ::done 1 }\nafter 0 [list f]\nvwait done", [("f", 2)]),
    "a_function_of_sql": ("proc twice {x} {\n  $ASK\n  return $x\n}\ndb function twice twice\nproc f {} {\n  db eval {SELECT twice(1)}\n}\nf",
                          [("twice", 2), ("f", 7), ("<main>", 9)]),
    "a_coroutine": ("proc gen {} {\n  yield\n  $ASK\n}\ncoroutine c gen\nproc f {} {\n  c\n}\nf", [("gen", 3), ("f", 7), ("<main>", 9)]),
    "a_coroutine_in_a_coroutine": ("proc inner {} {\n  yield\n  $ASK\n}\nproc outer {} {\n  coroutine i inner\n  yield\n  i\n}\n"
                                   "coroutine o outer\no", [("inner", 3), ("outer", 8), ("<main>", 11)]),
    "a_coroutine_that_begins": ("proc gen {} {\n  $ASK\n  yield\n}\nproc f {} {\n  coroutine c gen\n}\nf", [("gen", 2), ("f", 6), ("<main>", 8)]),
    "info_frame_in_a_coroutine": ("proc gen {} {\n  yield\n  info frame\n  info frame -1\n  $ASK\n}\ncoroutine c gen\nc", [("gen", 5), ("<main>", 8)]),
    "a_method": ("oo::class create Shop {\n  method orders {} {\n    $ASK\n  }\n}\nset s [Shop new]\n$s orders", [("Shop::orders", 3), ("<main>", 7)]),
    # Tcl itself does not know where constructors and destructors are written: what makes and destroys the object is next.
    "a_constructor": ("oo::class create Shop {\n  constructor {} {\n    $ASK\n  }\n}\nShop new", [("<main>", 6)]),
    "a_destructor": ("oo::class create Shop {\n  destructor {\n    $ASK\n  }\n}\n[Shop new] destroy", [("<main>", 6)]),
    "a_method_of_an_object": ("oo::object create shop\noo::objdefine shop {\n  method orders {} {\n    $ASK\n  }\n}\nshop orders",
                              [("object::orders", 4), ("<main>", 7)]),
    # A method is called by the class of its object.
    "next": ("oo::class create A {\n  method m {} {\n    $ASK\n  }\n}\noo::class create B {\n  superclass A\n  method m {} {\n    next\n  }\n}\n"
             "[B new] m", [("B::m", 3), ("B::m", 9), ("<main>", 12)]),
    "next_with_words": ("oo::class create A {\n  method m {n} {\n    $ASK\n  }\n}\noo::class create B {\n  superclass A\n  method m {n} {\n    next $n\n  }\n}\n"
                        "[B new] m 1", [("B::m", 3), ("B::m", 9), ("<main>", 12)]),
    "a_method_that_destroys_its_object": ("oo::class create A {\n  method m {} {\n    my destroy\n    $ASK\n  }\n}\n[A new] m", [("m", 4), ("<main>", 7)]),
    "a_method_that_destroys_its_class": ("oo::class create A {\n  method m {} {\n    A destroy\n    $ASK\n  }\n}\n[A new] m", [("m", 4), ("<main>", 7)]),
    "a_method_that_deletes_itself": ("oo::class create A {\n  method m {} {\n    oo::define A deletemethod m\n    $ASK\n  }\n}\n[A new] m", [("A::m", 4), ("<main>", 7)]),
    "my": ("oo::class create A {\n  method m {} {\n    my Own\n  }\n  method Own {} {\n    $ASK\n  }\n}\n[A new] m",
           [("A::Own", 6), ("A::m", 3), ("<main>", 9)]),
    "recursion": ("proc f {n} {\n  if {$n} {\n    f [expr {$n - 1}]\n  } else {\n    $ASK\n  }\n}\nf 300", [("f", 5), ("f", 3)]),
}


def ask(code):
    return HEAD + code.replace("$ASK", "db eval {SELECT 'x', id FROM t}") + "\n"


def run(build, tmp_path, script, *words, **variables):
    (tmp_path / "script.tcl").write_text(script)
    watched = build.run_watched(["tclsh", tmp_path / "script.tcl", *words], tmp_path / "recording.pb", **variables)
    assert (watched.returncode, watched.stderr) == (0, b""), watched.stderr.decode()
    return build.report(tmp_path / "recording.pb")


def asking(report):
    return [group for group in report["groups"] if group["statement"]["text"].startswith("select ?, id")]


def own_frames(group, script):
    return [(frame["function"], frame["line"] - script.count("\n")) for frame in group["stack"] if frame["in_app"]]


@pytest.mark.parametrize("name", CASES)
def test_frames(build, tmp_path, name):
    code, frames = CASES[name]
    report = run(build, tmp_path, ask(code))
    groups = asking(report)
    assert groups and {frame["language"] for group in groups for frame in group["stack"]} == {"tcl"}
    for group in groups:
        own = own_frames(group, HEAD)
        assert {frame["file"] for frame in group["stack"] if frame["in_app"]} == {str(tmp_path / "script.tcl")}
        if frames:
            assert own[:len(frames)] == frames


def test_a_constructor_has_its_name_and_lines_of_its_own(build, tmp_path):
    report = run(build, tmp_path, ask(CASES["a_constructor"][0]))
    (group,) = asking(report)
    frame = group["stack"][0]
    assert (frame["function"], frame["file"], frame["line"], frame["in_app"]) == ("Shop::<constructor>", "<eval>", 2, False)


def lookups(report):
    found = [finding for finding in report["findings"] if finding["kind"] == "n_plus_one"]
    return sorted((finding["location"]["function"], finding["location"]["line"], finding["executions"]) for finding in found)


SHOP = """package require sqlite3
sqlite3 db :memory:
db eval {CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER)}
for {set i 100} {$i < 110} {incr i} { db eval {INSERT INTO a VALUES ($i); INSERT INTO b(a) VALUES ($i)} }
"""
LOAD = "db eval {SELECT id FROM b WHERE a = $id}"


@pytest.mark.parametrize("code, found", [
    pytest.param("proc f {} {\n  set ids [db eval {SELECT id FROM a}]\n  foreach id $ids {\n    %s\n  }\n  foreach id $ids {\n    %s\n  }\n}\nf",
                 [("f", 4, 10), ("f", 7, 10)], id="two_lines_of_a_proc"),
    pytest.param("set ids [db eval {SELECT id FROM a}]\nforeach id $ids {\n  %s\n}\nforeach id $ids {\n  %s\n}",
                 [("<main>", 3, 10), ("<main>", 6, 10)], id="two_loops_at_the_top_of_the_same_text"),
    pytest.param("proc f {id} {\n  %s\n}\nproc one {ids} {\n  foreach id $ids {\n    f $id\n  }\n}\nproc two {ids} {\n  foreach id $ids {\n    f $id\n"
                 "  }\n}\nset ids [db eval {SELECT id FROM a}]\none $ids\ntwo $ids", [("f", 2, 10), ("f", 2, 10)], id="two_procs_that_share_a_helper"),
    pytest.param("db eval {SELECT id FROM a} {\n  %s\n}\n\ndb eval {SELECT id FROM a} {\n  %s\n}",
                 [("<main>", 2, 10), ("<main>", 6, 10)], id="two_bodies_of_the_same_text"),
    pytest.param("proc each {ids script} {\n  foreach id $ids {\n    uplevel 1 [list set id $id]\n    uplevel 1 $script\n  }\n}\n"
                 "proc f {} {\n  set ids [db eval {SELECT id FROM a}]\n  each $ids {\n    %s\n  }\n  each $ids {\n    %s\n  }\n}\nf",
                 [("f", 10, 10), ("f", 13, 10)], id="two_scripts_for_uplevel_of_the_same_text"),
    pytest.param("proc f {id} [string map {X 1} {\n  %s\n}]\nset ids [db eval {SELECT id FROM a}]\nforeach id $ids {\n  f $id\n}",
                 [("<main>", 6, 10)], id="a_proc_that_is_made_at_run_time_is_found_where_it_is_called"),
])
def test_loops_are_findings_at_their_lines(build, tmp_path, code, found):
    report = run(build, tmp_path, SHOP + code.replace("%s", LOAD) + "\n")
    assert lookups(report) == [(function, line + SHOP.count("\n"), executions) for function, line, executions in found]
    assert {finding["confidence"] for finding in report["findings"]} == {"proven"}
    assert {finding["location"]["file"] for finding in report["findings"]} == {str(tmp_path / "script.tcl")}


def test_what_loads_all_at_once_is_no_finding(build, tmp_path):
    report = run(build, tmp_path, SHOP + "proc f {} {\n  db eval {SELECT b.id FROM a JOIN b ON b.a = a.id} {\n    set x $id\n  }\n}\nf\n")
    assert report["findings"] == []


def test_sourced_files_have_lines_of_their_own(build, tmp_path):
    """Of the same text, one after the other: what the first one used is used again by the second."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.tcl").write_text(f"# \nset {name} {{}}\nforeach id $ids {{\n  {LOAD}\n}}\n")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/helper.tcl").write_text(f"proc helper {{id}} {{\n\n  return [{LOAD}]\n}}\n")
    report = run(build, tmp_path, SHOP + """set ids [db eval {SELECT id FROM a}]
foreach name {one two} { source [file join [file dirname [info script]] $name.tcl] }
source [file join [file dirname [info script]] lib helper.tcl]
foreach id $ids { helper $id }
""")
    found = {(finding["location"]["file"], finding["location"]["line"], finding["location"]["function"]) for finding in report["findings"]}
    assert found == {(f"{tmp_path}/one.tcl", 4, "<main>"), (f"{tmp_path}/two.tcl", 4, "<main>"), (f"{tmp_path}/lib/helper.tcl", 3, "helper")}


def test_a_script_on_standard_input(build, tmp_path):
    watched = build.run_watched(["tclsh"], tmp_path / "recording.pb", input=(SHOP + f"""
proc f {{id}} {{
  {LOAD}
}}
foreach id [db eval {{SELECT id FROM a}}] {{ f $id }}
""").encode())
    assert (watched.returncode, watched.stderr) == (0, b"")
    report = build.report(tmp_path / "recording.pb")
    (finding,) = report["findings"]
    assert (finding["confidence"], finding["executions"]) == ("proven", 10)
    (group,) = [group for group in report["groups"] if group["id"] == finding["group"]]
    assert [(frame["function"], frame["language"]) for frame in group["stack"]] == [("f", "tcl"), ("<main>", "tcl"), ("<main>", "tcl")]


@pytest.mark.parametrize("load", ["package require sqlite3", "load /usr/lib/tcltk/sqlite3/libtclsqlite3.so",
                                  "load /usr/lib/tcltk/sqlite3/libtclsqlite3.so Sqlite3", "load /usr/lib/tcltk/sqlite3/libtclsqlite3.so Sqlite"])
def test_every_way_of_loading_the_package(build, tmp_path, load):
    script = SHOP.replace("package require sqlite3", load) + f"proc f {{id}} {{\n  {LOAD}\n}}\nforeach id [db eval {{SELECT id FROM a}}] {{\n  f $id\n}}\n"
    report = run(build, tmp_path, script)
    assert lookups(report) == [("f", 2 + SHOP.count("\n"), 10)]
    assert [process["left_out"] for process in report["processes"]] == [0]


def test_two_copies_of_the_package(build, tmp_path):
    """Functions of one name in two libraries, each of which is called for its own interpreter."""
    shutil.copy("/usr/lib/tcltk/sqlite3/libtclsqlite3.so", tmp_path / "libother.so")
    report = run(build, tmp_path, SHOP + f"""set child [interp create]
load [file join [file dirname [info script]] libother.so] Sqlite3 $child
$child eval {{
  sqlite3 db :memory:
  proc f {{}} {{
    db eval {{SELECT 'x', id FROM (SELECT 1 AS id)}}
  }}
  f
}}
proc g {{}} {{
  db eval {{SELECT 'x', id FROM a}}
}}
g
""")
    head = SHOP.count("\n")
    assert sorted((group["location"]["function"], group["location"]["line"] - head) for group in asking(report)) == [("f", 6), ("g", 11)]


@pytest.mark.parametrize("order", ["the_parent_first", "the_child_first"])
def test_frames_of_an_interpreter_in_an_interpreter(build, tmp_path, order):
    child = "interp create child; child eval {package require sqlite3}; "
    shop = child + SHOP if order == "the_child_first" else SHOP
    report = run(build, tmp_path, shop + f"""if {{![interp exists child]}} {{ interp create child }}
child eval {{package require sqlite3; sqlite3 db :memory:; db eval {{CREATE TABLE b(id, a)}}}}
child eval {{
  proc load {{id}} {{
    {LOAD}
  }}
}}
proc one {{}} {{
  foreach id [db eval {{SELECT id FROM a}}] {{
    child eval [list load $id]
  }}
}}
proc two {{}} {{
  foreach id [db eval {{SELECT id FROM a}}] {{
    child eval [list load $id]
  }}
}}
one
two
interp delete child
foreach id [db eval {{SELECT id FROM a}}] {{
  {LOAD}
}}
""")
    head = SHOP.count("\n")
    assert lookups(report) == [("<main>", 22 + head, 10), ("load", 5 + head, 10), ("load", 5 + head, 10)]
    stacks = {tuple(frame["function"] for frame in group["stack"] if frame["in_app"]) for group in report["groups"]
              if group["location"]["function"] == "load"}
    assert stacks == {("load", "one", "<main>"), ("load", "two", "<main>")}


def test_an_alias_of_a_safe_interpreter_leads_to_its_parent(build, tmp_path):
    report = run(build, tmp_path, SHOP + f"""interp create -safe child
interp alias child orders {{}} orders
proc orders {{id}} {{
  {LOAD}
}}
foreach id [db eval {{SELECT id FROM a}}] {{
  child eval [list orders $id]
}}
""")
    assert lookups(report) == [("orders", 4 + SHOP.count("\n"), 10)]


def test_interpreters_that_come_and_go(build, tmp_path):
    """More of them than are remembered at a time, and some whose end comes while they run or before that of their connection."""
    report = run(build, tmp_path, SHOP + """for {set i 0} {$i < 50} {incr i} {
  set child [interp create]
  interp share {} stdout $child
  $child eval {
    package require sqlite3
    sqlite3 db :memory:
    proc ask {} {
      db eval {SELECT 'x' AS id}
    }
    ask
  }
  if {$i % 3 == 0} {
    $child alias leave interp delete $child
    catch { $child eval { db eval {SELECT 1 AS one} { leave } ; ask } }
  }
  if {$i % 3 == 1} { interp delete $child }
}
""")
    groups = [group for group in report["groups"] if group["statement"]["text"] == "select ? as id"]
    assert sum(group["executions"] for group in groups) == 50
    # Every third is kept, so that the 16 places are taken in the end: then there are the parent's frames.
    known = sum(group["executions"] for group in groups if group["location"]["function"] == "ask")
    assert 16 <= known < 50 and {frame["language"] for group in groups for frame in group["stack"]} == {"tcl"}
    assert {(group["location"]["function"], group["location"]["line"] - SHOP.count("\n")) for group in groups} == {("ask", 8), ("<main>", 4)}


def test_threads_have_interpreters_of_their_own(build, tmp_path):
    report = run(build, tmp_path, """package require Thread
set threads {}
for {set i 0} {$i < 8} {incr i} {
  lappend threads [thread::create -joinable {
    package require sqlite3
    sqlite3 db :memory:
    proc work {} {
      for {set i 0} {$i < 100} {incr i} {
        db eval {SELECT 1}
      }
    }
    thread::wait
  }]
}
foreach thread $threads { thread::send -async $thread work done($thread) }
while {[array size done] < 8} { vwait done }
foreach thread $threads { thread::release $thread; thread::join $thread }
""")
    groups = [group for group in report["groups"] if group["statement"]["text"] == "select ?"]
    assert sum(group["executions"] for group in groups) == 800
    assert {(group["stack"][0]["function"], group["stack"][0]["language"]) for group in groups} == {("work", "tcl")}


def test_a_package_that_is_unloaded_and_loaded_again(build, tmp_path):
    report = run(build, tmp_path, """set library /usr/lib/tcltk/sqlite3/libtclsqlite3.so
for {set i 0} {$i < 3} {incr i} {
  set child [interp create]
  load $library Sqlite3 $child
  $child eval {sqlite3 db :memory:}
  $child eval {
    db eval {SELECT 1}
  }
  $child eval {db close}
  unload $library Sqlite3 $child
  interp delete $child
}
""")
    assert [(group["executions"], group["location"]["line"]) for group in report["groups"]] == [(3, 7)]


def test_without_the_agent_the_package_is_as_it_is(build, tmp_path):
    (tmp_path / "script.tcl").write_text(SHOP + "puts [db eval {SELECT count(*) FROM b}]\n")
    run = build.run_watched(["tclsh", tmp_path / "script.tcl"], tmp_path / "recording.pb", NPLUS1_DISABLE="1")
    assert (run.returncode, run.stdout, run.stderr) == (0, b"10\n", b"") and not (tmp_path / "recording.pb").exists()


def test_valgrind_finds_no_fault_of_the_agent(build, tmp_path):
    if not shutil.which("valgrind"):  # Debian 11 has none that goes with a newer glibc, see tests/matrix
        pytest.skip("valgrind is not installed")
    code = "".join(code.replace("$ASK", "db eval {SELECT 'x', id FROM t}") + "\n" for name, (code, frames) in CASES.items()
                   if name in ("a_body_in_a_body", "foreach_at_the_top", "uplevel_of_uplevel", "a_coroutine_in_a_coroutine", "next", "all_words_are_variables"))
    (tmp_path / "script.tcl").write_text(HEAD + code + "interp create child\nchild eval {package require sqlite3}\ninterp delete child\n")
    log = tmp_path / "valgrind.log"
    result = build.run_watched(["valgrind", "--leak-check=full", "--show-leak-kinds=definite", "--num-callers=40", f"--log-file={log}",
                                "tclsh", tmp_path / "script.tcl"], tmp_path / "recording.pb")
    assert result.returncode == 0, result.stderr
    assert asking(build.report(tmp_path / "recording.pb"))
    blocks = [block for block in log.read_text().split("== \n") if "libnplus1.so" in block or "/collectors/" in block]
    faults = [block for block in blocks if "definitely lost" in block or "Invalid" in block or "uninitialised" in block]
    assert not faults, faults[0]
