"""The guides of docs/guides: each is a page, and beside it the program that it speaks of. A guide is followed as it stands: its
program is copied, run under the agent, corrected by the difference that the page shows, and run again; what nplus1 then says stands on
the page, between two comments, with times that are made up (golden/steady.py)."""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from golden.outputs import Normaliser, readme_block
from golden.steady import steady
from postgresql import free_port

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs/guides"
STARTS_WITHIN = 30  # seconds
PYTHON = "/usr/bin/python3"
BLOCK = re.compile(r"(<!-- (\S+ (?:before|after|check)): begin -->\n)(.*?)(<!-- \2: end -->)", re.DOTALL)
DIFFERENCE = re.compile(r"```diff\n--- a/(\S+)\n\+\+\+ b/\S+\n(.*?)```", re.DOTALL)


class Guide:
    """fill: commands that make the data. command: the program under the agent; with a page it is a server, and %PORT its port. make:
    before each run."""

    def __init__(self, name, fill, command, page=None, make=None):
        self.name, self.fill, self.command, self.page, self.make = name, fill, command, page, make
        self.folder = name.partition("/")[0]
        self.path = GUIDES / f"{self.folder}.md"

    def copy(self, folder):
        return Path(shutil.copytree(GUIDES / self.folder, folder / "shop"))


GUIDES_BY_NAME = {guide.name: guide for guide in [
    Guide("django", [[PYTHON, "manage.py", "migrate", "--run-syncdb"], [PYTHON, "manage.py", "fill"]],
          [PYTHON, "manage.py", "runserver", "--noreload", "127.0.0.1:%PORT"], "/orders"),
    Guide("flask", [[PYTHON, "models.py"]], [PYTHON, "-m", "flask", "--app", "shop", "run", "--port", "%PORT"], "/orders"),
    Guide("flask/fastapi", [[PYTHON, "models.py"]], [PYTHON, "-m", "uvicorn", "api:app", "--port", "%PORT"], "/orders"),
    Guide("rails", [["ruby", "bin/rails", "runner", "db/seeds.rb"]], ["ruby", "bin/rails", "server", "-p", "%PORT"], "/orders"),
    Guide("sinatra", [["ruby", "fill.rb"]], ["ruby", "shop.rb", "-p", "%PORT"], "/orders"),
    Guide("laravel", [["php", "fill.php"]], ["php", "-S", "127.0.0.1:%PORT"], "/orders.php"),
    Guide("laravel/pdo", [["php", "fill.php"]], ["php", "-S", "127.0.0.1:%PORT"], "/pdo.php"),
    Guide("dbix-class", [["perl", "fill.pl"]], ["perl", "orders.pl"]),
    Guide("c", [["make", "shop.db"]], ["./orders"], make=["make", "orders"]),
]}


def ask(url):
    """The page's bytes, as soon as the server answers."""
    until = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            with urllib.request.urlopen(url, timeout=STARTS_WITHIN) as answer:
                return answer.read()
        except urllib.error.URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def clean_environment():
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NPLUS1_") and name != "LD_PRELOAD"}
    return {**kept, "XDG_CONFIG_HOME": "/nowhere", "PYTHONDONTWRITEBYTECODE": "1"}


def run(command, folder):
    subprocess.run(command, cwd=folder, env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)


@contextlib.contextmanager
def serving(command, folder):
    """A server, until it is interrupted as with Ctrl-C."""
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen([str(word) for word in command], cwd=folder, env=clean_environment(), stdin=subprocess.DEVNULL, stdout=log,
                                  stderr=log, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(server.pid, signal.SIGINT)
        try:
            server.wait(timeout=STARTS_WITHIN)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
            raise


def record(build, guide, folder, recording):
    """Runs the program as the page says, with times that are made up; what it shows."""
    if guide.make:
        run(guide.make, folder)
    if guide.page:
        port = free_port()
        words = [word.replace("%PORT", str(port)) for word in guide.command]
        with serving([build.viewer, "run", "-o", recording, "--", *words], folder):
            output = ask(f"http://127.0.0.1:{port}{guide.page}")
    else:
        output = build.run_watched(guide.command, recording, cwd=folder).stdout
    recording.write_bytes(steady(recording.read_bytes()))
    return output


def correct(guide, folder):
    """Applies the page's differences to the copy; each has to fit in one place."""
    for file, lines in DIFFERENCE.findall(guide.path.read_text()):
        path = folder / file
        rows = [row for row in lines.splitlines() if not row.startswith("@@")]
        old = "".join(row[1:] + "\n" for row in rows if not row.startswith("+"))
        new = "".join(row[1:] + "\n" for row in rows if not row.startswith("-"))
        text = path.read_text()
        assert text.count(old) == 1, f"{guide.path.name}: the difference of {file} fits in {text.count(old)} places"
        path.write_text(text.replace(old, new))


def indented(lines):
    return "".join(f"    {line}".rstrip() + "\n" for line in lines)


def follow(build, guide, work):
    """What stands on the page by the names of its blocks, and the exit status of check before and after."""
    folder = guide.copy(work)
    recordings = [work / "before.pb", work / "after.pb"]
    for command in guide.fill:
        run(command, folder)

    def view(*words):
        return build.view(*words, cwd=folder, COLUMNS="100")
    shown = [record(build, guide, folder, recordings[0])]
    report, checks = view("report", recordings[0]), [view("check", recordings[0])]
    correct(guide, folder)
    shown.append(record(build, guide, folder, recordings[1]))
    checks.append(view("check", recordings[1]))
    assert shown[0] == shown[1], "the correction changes what the program shows"
    words = Normaliser(build, work, {})
    blocks = {"before": readme_block(words.text(report.stdout.decode())),
              "check": indented(words.text(checks[0].stdout.decode()).splitlines()[:1]),
              "after": indented(words.text(view("diff", *recordings).stdout.decode()).splitlines()[:1])}
    return {f"{guide.name} {what}": text for what, text in blocks.items()}, [check.returncode for check in checks]


def with_blocks(page, blocks):
    return BLOCK.sub(lambda match: match[1] + blocks.get(match[2], match[3]) + match[4], page)
