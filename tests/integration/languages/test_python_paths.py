"""Whose code is it? However a Python program is started and wherever its parts lie, a finding is placed in its own code."""
import py_compile
import sqlite3
import zipapp

import pytest

PYTHON = "/usr/bin/python3"
LIBRARY = """\
def ask(db, parent):
    return db.execute("SELECT id FROM c WHERE p = ?", (parent,)).fetchall()
"""
# The library's folder is on the path; what follows the marker is in its own file.
LOOP = """\
import sqlite3, orm
db = sqlite3.connect({database!r})
def load():
    for (parent,) in db.execute("SELECT id FROM p").fetchall():
        orm.ask(db, parent)  # here
"""
HERE = 1 + next(number for number, line in enumerate(LOOP.splitlines()) if line.endswith("# here"))


class Project:
    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.database = folder / "shop.db"
        with sqlite3.connect(self.database) as db:
            db.executescript("CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER);"
                             "INSERT INTO p VALUES (11), (12), (13); INSERT INTO c VALUES (101, 11), (102, 12), (103, 13);")
        self.loop = LOOP.format(database=str(self.database))

    def write(self, path, text):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def run(self, *command, path="venv/lib/python3.11/site-packages", input=None):
        self.write(f"{path}/orm.py", LIBRARY)
        run = self.build.run_watched([PYTHON, "-B", *command], self.folder / "recording.pb", cwd=self.folder, input=input,
                                     PYTHONPATH=str(self.folder / path))
        assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
        return self.read()

    def read(self, **variables):
        """The finding's place, its stack's files and those of them that are the program's own, innermost first."""
        report = self.build.report(self.folder / "recording.pb", **variables)
        finding, = report["findings"]
        assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", 3)
        group, = [group for group in report["groups"] if group["id"] == finding["group"]]
        own = [frame for frame in group["stack"] if frame["in_app"]]
        assert finding["location"] == {name: own[0][name] for name in ("file", "line", "function")}
        return finding["location"], [frame["file"] for frame in group["stack"]], [frame["file"] for frame in own]


@pytest.fixture
def project(build, tmp_path):
    return Project(build, tmp_path)


def place(file, function="load"):
    return {"file": str(file), "line": HERE, "function": function}


@pytest.mark.parametrize("packages", ("venv/lib/python3.11/site-packages", ".venv/lib64/python3.11/site-packages", "lib/python3/dist-packages",
                                      "__pypackages__/3.11/lib", "miniconda/lib/python3.11", "vendor"))
def test_packages_inside_the_folder_of_the_project_are_not_its_own(project, packages):
    script = project.write("app.py", project.loop + "load()\n")
    location, files, own = project.run(script, path=packages)
    assert location == place(script)
    assert files == [str(project.folder / packages / "orm.py"), str(script), str(script)]
    assert own == [str(script)] * 2


@pytest.mark.parametrize("folder", ("psycopg", "sqlalchemy", "django/db", "peewee"))
def test_a_folder_that_has_the_name_of_a_client(project, folder):
    loads = project.write(f"{folder}/loads.py", project.loop.replace("import sqlite3, orm", "import sqlite3") + "\n" + LIBRARY.replace("ask", "own")
                          + "class orm:\n    ask = own\n")
    script = project.write(f"{folder}/app.py", "import loads\nloads.load()\n")
    location, _, own = project.run(script)
    assert location == {"file": str(loads), "line": 2 + len(project.loop.splitlines()) + 1, "function": "own"}
    assert own == [str(loads), str(loads), str(script)]


def record(project, folder, name, *files):
    project.write(f"{folder}/{name}.dist-info/RECORD", "".join(f"{file},sha256=x,1\n" for file in files))


def test_what_pip_installed_into_a_folder_of_any_name(project):
    """pip install --target deps"""
    script = project.write("app.py", project.loop + "load()\n")
    record(project, "deps", "other-1.0", "other/__init__.py", "orm/wrong.py")
    record(project, "deps", "orm-2.1", "orm-2.1.dist-info/RECORD", "orm.py")
    location, files, own = project.run(script, path="deps")
    assert files[0] == str(project.folder / "deps/orm.py")
    assert (location, own) == (place(script), [str(script)] * 2)
    location, _, own = project.read(NPLUS1_APP=str(project.folder / "deps/orm.py"))
    assert location["function"] == "ask"


def test_a_program_beside_what_pip_installed(project):
    """The archive of a cloud function; and a file that no record has."""
    script = project.write("bundle/shop/app.py", project.loop + "load()\n")
    record(project, "bundle", "orm-2.1", "orm.py")
    location, _, own = project.run(script, path="bundle")
    assert (location, own) == (place(script), [str(script)] * 2)
    record(project, "bundle", "orm-2.1", "orm.pyi", "my/orm.py")
    assert project.read()[0]["function"] == "ask"


def test_a_script_that_is_named_without_its_folder(project):
    script = project.write("app.py", project.loop + "load()\n")
    location, _, own = project.run("app.py")
    assert (location, own) == (place(script), [str(script)] * 2)


def test_a_module_of_a_package(project):
    project.write("shop/__init__.py", "")
    loads = project.write("shop/loads.py", project.loop)
    main = project.write("shop/__main__.py", "from shop import loads\nloads.load()\n")
    location, files, own = project.run("-m", "shop")
    assert (location, own) == (place(loads), [str(loads), str(main)])
    assert all("runpy" in file for file in files[-2:])


@pytest.mark.parametrize("folder", ("source", "søurce/源", "two words"))
def test_a_folder_that_is_run(project, folder):
    loads = project.write(f"{folder}/loads.py", project.loop)
    main = project.write(f"{folder}/__main__.py", "import loads\nloads.load()\n")
    location, _, own = project.run(folder)
    assert (location, own) == (place(loads), [str(loads), str(main)])


def test_code_that_was_compiled_beforehand(project):
    script = project.write("app.py", project.loop + "load()\n")
    compiled = py_compile.compile(str(script), cfile=str(project.folder / "compiled.pyc"), doraise=True)
    location, _, own = project.run(compiled)
    assert (location, own) == (place(script), [str(script)] * 2)


def test_a_zip_file(project):
    project.write("source/loads.py", project.loop)
    project.write("source/__main__.py", "import loads\nloads.load()\n")
    zipapp.create_archive(project.folder / "source", project.folder / "app.pyz")
    location, _, own = project.run("app.pyz")
    assert location == place(project.folder / "app.pyz/loads.py")
    assert own == [str(project.folder / "app.pyz" / name) for name in ("loads.py", "__main__.py")]


def test_code_of_the_command_line(project):
    location, _, own = project.run("-X", "utf8", "-W", "ignore", "-sc", project.loop + "load()\n")
    assert (location, own) == (place("<string>"), ["<string>"] * 2)


def test_code_of_the_standard_input(project):
    location, _, own = project.run("-", input=(project.loop + "load()\n").encode())
    assert (location, own) == (place("<stdin>"), ["<stdin>"] * 2)


def test_a_module_that_runs_while_it_is_imported(project):
    loads = project.write("loads.py", project.loop + "load()\n")
    script = project.write("app.py", "import loads\n")
    location, files, own = project.run(script)
    assert (location, own) == (place(loads), [str(loads), str(loads), str(script)])
    assert any(file.startswith("<frozen importlib") for file in files)


# What a notebook's kernel, or a shell, calls the code that somebody typed.
@pytest.mark.parametrize("name", ("/tmp/ipykernel_4711/1234567890.py", "<ipython-input-3-0a1b2c>", "<console>", "<doctest shop.load[0]>"))
def test_a_cell_of_a_notebook(project, name):
    kernel = project.write("venv/lib/python3.11/site-packages/kernel.py",
                           f"def run(text):\n    exec(compile(text, {name!r}, 'exec'), {{}})\n")
    location, files, own = project.run("-c", f"import kernel; kernel.run({project.loop + 'load()'!r})")
    assert (location, own) == (place(name), [name, name, "<string>"])
    assert str(kernel) in files


# What libraries make of texts: the one who asked for it is the one to be told.
@pytest.mark.parametrize("name", ("<string>", "<template>", "<attrs generated init shop.Order>", "<decorator-gen-7>"))
def test_code_that_is_made_while_the_program_runs_is_not_its_own(project, name):
    script = project.write("app.py", project.loop.replace("orm.ask(db, parent)", "made(db, parent)") + f"""
names = {{"orm": orm}}
exec(compile("def made(db, parent):\\n    return orm.ask(db, parent)", {name!r}, "exec"), names)
made = names["made"]
load()
""")
    location, files, own = project.run(script)
    assert (location, own) == (place(script), [str(script)] * 2)
    assert name in files


def test_a_path_can_be_named_as_a_library(project):
    helper = project.write("helpers/orm.py", LIBRARY)
    script = project.write("app.py", project.loop + "load()\n")
    location, _, own = project.run(script, path="helpers")
    assert (location["file"], own) == (str(helper), [str(helper), str(script), str(script)])
    location, _, own = project.read(NPLUS1_LIBRARY=f"/nowhere:{project.folder / 'helpers'}/")
    assert (location, own) == (place(script), [str(script)] * 2)


def test_a_package_can_be_named_as_the_programs_own(project):
    script = project.write("app.py", project.loop + "load()\n")
    installed = project.folder / "venv/lib/python3.11/site-packages/orm.py"
    project.run(script)
    location, _, own = project.read(NPLUS1_APP=str(installed))
    assert (location["file"], location["function"]) == (str(installed), "ask")
    assert own == [str(installed), str(script), str(script)]
    # The longest path that holds a file decides.
    location, _, own = project.read(NPLUS1_APP=str(project.folder), NPLUS1_LIBRARY=str(installed.parent))
    assert (location, own) == (place(script), [str(script)] * 2)
