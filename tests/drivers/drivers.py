"""Drivers that speak PostgreSQL's protocol themselves, installed once for a build and a set of versions: from PyPI, npm and Maven Central,
pinned; the one of Java is Debian's."""
import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from consumers.installed import Unavailable, need, run

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE.parent / "programs/protocol"
SAMPLES = HERE.parents[1] / "samples/protocol"
PYTHON = "/usr/bin/python3"
JDBC = Path("/usr/share/java/postgresql.jar")
LOOP = 1000


class Drivers:
    def __init__(self, build):
        self.build = build
        self.folder = build.folder.absolute() / "drivers"
        self.site = self.folder / "site-packages"  # a package's path by its name
        self.classes = self.folder / "classes"
        self.jars = self.folder / "jars"  # Hibernate's

    def prepare(self):
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.once("python.txt", HERE / "python.txt", self.install_python)
            self.once("npm", HERE / "package-lock.json", self.install_npm)
            for source in (PROGRAMS / "Shop.java", PROGRAMS / "VirtualShop.java", SAMPLES / "JdbcShop.java"):
                self.once(source.name, source, lambda source=source: self.compile_java(source))

    def prepare_hibernate(self):
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.once("hibernate", HERE / "hibernate/jars.sha256", self.install_hibernate)
            self.once("HibernateShop.java", SAMPLES / "HibernateShop.java", lambda: self.compile_java(SAMPLES / "HibernateShop.java"))

    def prepare_rust(self):
        """Compiled for minutes at the first time."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.check("cargo build of tests/drivers/rust", run([
                need("cargo"), "build", "--quiet", "--locked", "--manifest-path", HERE / "rust/Cargo.toml", "--target-dir", self.folder / "rust"],
                timeout=1800))

    def once(self, name, wanted, install):
        mark = self.folder / f"{name}.done"
        if not mark.exists() or mark.read_text() != wanted.read_text():
            install()
            mark.write_text(wanted.read_text())

    def check(self, what, result):
        if result.returncode:
            raise Unavailable(f"{what} failed: {result.stderr.strip()[-2000:]}")

    def install_python(self):
        shutil.rmtree(self.site, ignore_errors=True)
        self.check("pip install of tests/drivers/python.txt", run([
            PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--target", self.site,
            "-r", HERE / "python.txt"], env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}))

    def install_npm(self):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, self.folder / name)
        self.check("npm ci of tests/drivers", run([need("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=self.folder))

    def newest_node(self):
        """Of the versions that the agent knows, beside the one of PATH."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.once("node", HERE / "node/package-lock.json", self.install_node)
        (found,) = (self.folder / "node/node_modules").glob("node-linux-*/bin/node")
        return found

    def install_node(self):
        folder = self.folder / "node"
        folder.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "node" / name, folder / name)
        self.check("npm ci of tests/drivers/node", run([need("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder))

    def install_hibernate(self):
        shutil.rmtree(self.jars, ignore_errors=True)
        self.check("mvn of tests/drivers/hibernate", run([
            need("mvn"), "-q", "-B", "-f", HERE / "hibernate/pom.xml", "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
            f"-DoutputDirectory={self.jars}", "-DincludeScope=runtime"]))
        self.check("sha256sum of what mvn brought", run(["sha256sum", "--quiet", "--strict", "-c", HERE / "hibernate/jars.sha256"], cwd=self.jars))

    def compile_java(self, source):
        self.classes.mkdir(exist_ok=True)
        if not JDBC.exists():
            raise Unavailable(f"{JDBC} is not there; scripts/setup test installs it")
        self.check("javac", run([need("javac"), "-g", "-cp", f"{self.jars}/*", "-d", self.classes, source]))

    def command(self, program, *words, folder=PROGRAMS, node="node", options=""):
        """How a program of tests/programs/protocol, or of another folder, is run."""
        if program.endswith(".py"):
            return [PYTHON, folder / program, *words]
        if program.endswith(".js"):
            return [node, *options.split(), folder / program, *words]
        if program.endswith(".rs"):
            return [self.folder / "rust/debug" / Path(program).stem, *words]
        return ["java", "-cp", f"{JDBC}:{self.classes}:{self.jars}/*", program.removesuffix(".java"), *words]

    def variables(self, server, database):
        return {**server.variables, "PGDATABASE": database, "PYTHONPATH": str(self.site), "NODE_PATH": str(self.folder / "node_modules"),
                "SHOP_LOOP": str(LOOP)}

    def run(self, program, *words, server, database, recording=None, folder=PROGRAMS, node="node", options="", **more):
        """The program's output; under the agent when a recording is named. Which node, and with which options, is for JavaScript."""
        variables = {**self.variables(server, database), **more}
        command, cwd = self.command(program, *words, folder=folder, node=node, options=options), str(folder)
        result = (self.build.run_watched(command, recording, cwd, **variables) if recording else self.build.run(command, cwd, **variables))
        assert result.returncode == 0, result.stdout.decode() + result.stderr.decode()
        return result.stdout.decode()


def fill(server, rows=LOOP):
    """A database of customers and orders, whose ids have nothing in common."""
    database = server.new_database()
    server.sql("create table customers(id int primary key, name text); create table orders(id int primary key, customer_id int, amount int);"
               f"insert into customers select 7 * i, 'customer ' || i from generate_series(1, {rows}) i;"
               f"insert into orders select i, 7 * ({rows} + 1 - i), i from generate_series(1, {rows}) i", database)
    return database


def version(command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
