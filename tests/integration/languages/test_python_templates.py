"""Templates of Jinja are compiled to Python: a report has the template's own lines."""
import pytest

PYTHON = "/usr/bin/python3"
SCRIPT = """\
import sqlite3, sys
import jinja2
db = sqlite3.connect(":memory:")
db.execute("create table books(id integer primary key, author_id int, title text)")
db.execute("create table authors(id integer primary key, name text)")
for i in range(12):
    db.execute("insert into authors values (?, 'n')", (i * 7 % 13 + 20,))
    db.execute("insert into books values (?, ?, 't')", (1000 + i, i * 7 % 13 + 20))


class Book:
    def __init__(self, row):
        self.author_id = row[0]

    @property
    def author(self):
        return db.execute("select name from authors where id = ?", (self.author_id,)).fetchone()[0]


books = [Book(row) for row in db.execute("select author_id from books order by id")]
"""
FROM_FILES = SCRIPT + """
print(jinja2.Environment(loader=jinja2.FileSystemLoader(sys.argv[1])).get_template("page.html").render(books=books))
"""
PAGE = """\
{% extends "base.html" %}
{% from "parts.html" import line %}

{% block content %}
{# nothing
   to see #}
  {% for book in books %}
    <li>
      {{ line(book) }}
    </li>
  {% endfor %}
{% endblock %}
"""
BASE = "<html>\n<body>\n\n\n{% block content %}{% endblock %}\n</body>\n"
PARTS = "\n{% macro line(book) %}\n  <b>\n    {{ book.author }}\n{% endmacro %}\n"


def frames_of(build, tmp_path, script, *arguments):
    path = tmp_path / "shop.py"
    path.write_text(script)
    recording = tmp_path / "recording.pb"
    result = build.run_watched([PYTHON, path, *arguments], recording, cwd=tmp_path)
    assert result.returncode == 0, result.stderr.decode()
    assert result.stdout.decode().count("n") >= 12
    report = build.report(recording)
    group, = (group for group in report["groups"] if group["executions"] == 12 and group["statement"]["text"].startswith("select name"))
    return [(frame["function"], (frame["file"] or "").rsplit("/", 1)[-1], frame["line"]) for frame in group["stack"]]


def test_templates_and_macros_have_their_own_lines(build, tmp_path):
    templates = tmp_path / "templates"
    templates.mkdir()
    for name, text in (("page.html", PAGE), ("base.html", BASE), ("parts.html", PARTS)):
        (templates / name).write_text(text)
    frames = frames_of(build, tmp_path, FROM_FILES, templates)
    of_templates = [frame for frame in frames if frame[1].endswith(".html")]
    assert of_templates == [("root.<locals>.macro", "parts.html", 4), ("block_content", "page.html", 9), ("root", "base.html", 5),
                            ("root", "page.html", 2)]
    assert frames[0] == ("Book.author", "shop.py", 17)


def test_a_template_without_a_file_has_its_lines(build, tmp_path):
    frames = frames_of(build, tmp_path, SCRIPT + """
print(jinja2.Template("a\\n\\n{% for book in books %}\\n {{ book.author }}\\n{% endfor %}").render(books=books))
""")
    assert ("root", "<template>", 4) in frames


def test_a_long_template_has_its_lines(build, tmp_path):
    """Its pairs are read in pieces."""
    frames = frames_of(build, tmp_path, SCRIPT + """
text = "\\n".join("{{ %d }} {# x #}" % i for i in range(900)) + "\\n{% for book in books %}\\n\\n {{ book.author }}\\n{% endfor %}\\n{{ 1 }}"
print(jinja2.Template(text).render(books=books))
""")
    assert ("root", "<template>", 903) in frames


@pytest.mark.parametrize("lines", ["'1=2&3'", "'1=2&x=4'", "'=&'", "b'1=2'", "7", "''", "'1=2&3=99999999999'", "'caf\\xe9'"])
def test_other_code_with_such_a_name_keeps_its_lines(build, tmp_path, lines):
    frames = frames_of(build, tmp_path, SCRIPT + f"""
code = compile("\\n\\ndef page(books):\\n    return [\\n        book.author\\n        for book in books]\\n", "made.tpl", "exec")
space = {{"debug_info": {lines}}}
exec(code, space)
print(space["page"](books))
""")
    assert next(line for function, file, line in frames if file == "made.tpl") == 5
