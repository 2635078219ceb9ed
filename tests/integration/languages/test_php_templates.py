"""Templates of Twig are compiled to PHP in a cache: a report has the template's own lines as long as the cache is there."""
import re

import pytest

SCRIPT = """\
<?php
require '/usr/share/php/Twig/autoload.php';
$db = new PDO('sqlite::memory:');
$db->exec('create table authors(id integer primary key, name text)');
$db->exec('create table books(id integer primary key, author_id int)');
for ($i = 0; $i < 12; $i++) {
    $author = $i * 7 % 13 + 20;
    $db->exec("insert into authors values ($author, 'n')");
    $db->exec("insert into books values (1000 + $i, $author)");
}

class Book
{
    public $author_id;

    function author()
    {
        global $db;
        $statement = $db->prepare('select name from authors where id = ?');
        $statement->execute([$this->author_id]); // sent
        return $statement->fetchColumn();
    }
}

$books = $db->query('select author_id from books order by id')->fetchAll(PDO::FETCH_CLASS, 'Book');
$twig = new \\Twig\\Environment(new \\Twig\\Loader\\FilesystemLoader('templates'), ['cache' => 'cache']);
echo $twig->render('page.html.twig', ['books' => $books]);
"""
PAGE = """\
{% extends "base.html.twig" %}

{% block content %}
{# nothing
   to see #}
  {% for book in books %}
    <li>
      {{ book.author }}
    </li>
  {% endfor %}
{% endblock %}
"""
BASE = "<html>\n<body>\n\n\n{% block content %}{% endblock %}\n</body>\n"


@pytest.fixture
def recorded(build, tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/page.html.twig").write_text(PAGE)
    (tmp_path / "templates/base.html.twig").write_text(BASE)
    (tmp_path / "shop.php").write_text(SCRIPT)
    result = build.run_watched(["/usr/bin/php", "shop.php"], tmp_path / "recording.pb", cwd=tmp_path)
    assert result.returncode == 0 and result.stdout.decode().count("n\n") >= 12, result.stdout.decode() + result.stderr.decode()
    return tmp_path / "recording.pb"


def frames_of(build, recording):
    report = build.report(recording)
    group, = (group for group in report["groups"] if group["executions"] == 12 and group["statement"]["text"].startswith("select name"))
    return [(frame["function"].rsplit("::", 1)[-1], frame["file"].rsplit("/", 1)[-1], frame["line"]) for frame in group["stack"] if frame["file"]]


def of_templates(frames):
    return [frame for frame in frames if frame[0] in ("block_content", "doDisplay")]


def test_templates_have_their_own_lines(build, recorded):
    frames = frames_of(build, recorded)
    assert of_templates(frames) == [("block_content", "page.html.twig", 8), ("doDisplay", "base.html.twig", 5), ("doDisplay", "page.html.twig", 1)]
    text = build.view("report", recorded, cwd=recorded.parent).stdout.decode()
    assert re.search(r"page\.html\.twig:8 <", text), text


DEBUG_INFO = re.compile(r"(function getDebugInfo\(\)[^{]*\{\s*return )array \(.*?\);", re.S)


@pytest.mark.parametrize("change", [
    lambda text: DEBUG_INFO.sub(r"\1array (", text), lambda text: DEBUG_INFO.sub(r"\1", text), lambda text: DEBUG_INFO.sub(r"\1array (  60 => x,);", text),
    lambda text: DEBUG_INFO.sub(r"\1array (  1 => 99999999999999999999,);", text), lambda text: text.replace("new Source(", "new Other("),
    lambda text: re.sub(r'new Source\(.*', 'new Source("', text), lambda text: "", lambda text: text.replace('twig"', 'twig').replace('"/', '"')],
    ids=["cut", "none", "no number", "large", "no source", "cut source", "empty", "no path"])
def test_a_cache_that_does_not_say_leaves_the_lines_of_php(build, recorded, change):
    for path in (recorded.parent / "cache").rglob("*.php"):
        path.write_text(change(path.read_text()))
    frames = of_templates(frames_of(build, recorded))
    assert len(frames) == 3 and all(file.endswith(".php") and line > 8 for _, file, line in frames), frames


def test_a_cache_that_is_gone_or_no_file_leaves_the_lines_of_php(build, recorded):
    paths = list((recorded.parent / "cache").rglob("*.php"))
    for path in paths:
        path.unlink()
        path.mkdir()
    assert all(file.endswith(".php") for _, file, _ in of_templates(frames_of(build, recorded)))
    for path in paths:
        path.rmdir()
    assert all(file.endswith(".php") for _, file, _ in of_templates(frames_of(build, recorded)))
