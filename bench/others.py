#!/usr/bin/python3
"""What nplus1 costs in programs that are not ours: Subversion, SQLite's shell, PHP, Perl, Python, GDAL.

    others.py BUILD            instructions and times on the processor, as tables; status 1 when a budget is missed by instructions
    others.py BUILD --guard    the agent's instructions in bare loops of PHP, Perl and Python, a file of Subversion, a feature of GDAL, a
                               dumped row, and the start of a program, which every test run keeps

Instructions are callgrind's, of two runs with different counts the difference. Times are those on the processor of three processes that run at
once on one core, with the agent, without, and without again: a core changes its speed several times in a second, and all three see it at each of its
speeds. What a program waits for is not in it.
"""
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from run import own_instructions

TURNS = 24
NOISE = 0.015
KINDS = ["without", "with", "again"]
FEW, MANY = 500, 2500
FOLDER = "/dev/shm" if os.path.isdir("/dev/shm") and shutil.disk_usage("/dev/shm").free > 1 << 30 else None
LOOKUPS = {
    "php": """<?php
        $db = new PDO("sqlite::memory:");
        $db->exec("create table product(id integer primary key, name text)");
        $db->exec("insert into product with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000) select i, 'p' || i from n");
        $lookup = $db->prepare("select id, name from product where id = ?");
        for ($i = 0; $i < (int)$argv[1]; $i++) {
            $lookup->execute([$i % 1000 + 1]);
            $lookup->fetchAll();
        }
        """,
    "perl": """
        use DBI;
        my $db = DBI->connect("dbi:SQLite:dbname=:memory:", "", "", {RaiseError => 1});
        $db->do("create table product(id integer primary key, name text)");
        $db->do("insert into product with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000) select i, 'p' || i from n");
        my $lookup = $db->prepare("select id, name from product where id = ?");
        for (my $i = 0; $i < $ARGV[0]; $i++) {
            $lookup->execute($i % 1000 + 1);
            $lookup->fetchall_arrayref;
        }
        """,
    "py": """
        import sqlite3, sys
        db = sqlite3.connect(":memory:")
        db.execute("create table product(id integer primary key, name text)")
        db.execute("insert into product with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000) select i, 'p' || i from n")
        for i in range(int(sys.argv[1])):
            db.execute("select id, name from product where id = ?", (i % 1000 + 1,)).fetchall()
        """,
}
SEED = """create table product(id integer primary key, name text, price integer);
insert into product with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000) select i, 'p' || i, i * 7 % 100 from n;
"""


def run(*words, environment=None):
    result = subprocess.run([str(word) for word in words], env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}: {result.returncode}\n{result.stderr}")
    return result


class Others:
    def __init__(self, build, folder):
        self.agent, self.folder, self.used, self.missed = build / "agent/libnplus1.so", folder, 0, 0
        for suffix, text in LOOKUPS.items():
            lines = text.splitlines()
            (folder / f"lookup.{suffix}").write_text("\n".join(line[8:] if line.startswith(" " * 8) else line for line in lines) + "\n")

    def fresh(self):
        self.used += 1
        return self.folder / f"output{self.used}"

    # What runs a program with so many lookups, files or features. It is a command, and its output, if any, a path that is not there.
    def script(self, program, suffix):
        return lambda count: [program, self.folder / f"lookup.{suffix}", count]

    def shell(self, count):
        path = self.folder / f"{count}.sql"
        if not path.exists():
            path.write_text(SEED + "".join(f"select id, name, price from product where id = {i % 1000 + 1};\n" for i in range(count)))
        return ["sqlite3", "-batch", ":memory:", f".read {path}"]

    def checkout(self, count):
        repository = self.folder / f"repository{count}"
        if not repository.exists():
            tree = self.folder / f"tree{count}"
            for i in range(count):
                file = tree / f"folder{i // 50}" / f"file{i}.txt"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(f"file {i}\n" * 20)
            run("svnadmin", "create", repository)
            run("svn", "import", "-q", "-m", "all", tree, f"file://{repository}")
        return ["svn", "checkout", "-q", f"file://{repository}", self.fresh()]

    def convert(self, count):
        path = self.folder / f"{count}.csv"
        if not path.exists():
            path.write_text("id,name,WKT\n" + "".join(f'{i},name {i},"POINT ({i % 90} {i % 45})"\n' for i in range(count)))
        return ["ogr2ogr", "-f", "GPKG", self.fresh().with_suffix(".gpkg"), path]

    def dump(self, count):
        """Of rows in which nothing is new: values that repeat."""
        path = self.folder / f"{count}.db"
        if not path.exists():
            run("sqlite3", path, "create table event(kind integer, flag integer, name text, price real, note text); insert into event "
                f"with recursive n(i) as (select 1 union all select i + 1 from n where i < {count}) "
                "select i % 10, i % 2, 'kind ' || (i % 7), i % 100 * 1.5, 'some note that is longer ' || (i % 100) from n")
        return ["sqlite3", path, f".output {self.fresh()}", ".dump"]

    def environment(self, watched):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("NPLUS1_") and name not in ("LD_PRELOAD", "MALLOC_PERTURB_")}
        if watched:
            environment.update(LD_PRELOAD=str(self.agent), NPLUS1_OUTPUT=f"{self.folder}/")
        return environment | {"PYTHONHASHSEED": "0", "PERL_HASH_SEED": "0"}

    def instructions(self, command, watched):
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".callgrind")
        os.close(handle)
        output = run("valgrind", "--tool=callgrind", f"--callgrind-out-file={name}", *command, environment=self.environment(watched)).stderr
        own = own_instructions(name, self.agent.name)
        os.unlink(name)
        return int(re.search(r"Collected : (\d+)", output)[1]), own

    def compare_instructions(self, rows):
        print(f"{'instructions':<44} {'without':>12} {'with':>12} {'in the agent':>13} {'ratio':>8} {'budget':>8}")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            jobs = []
            for what, command, few, many, budget in rows:
                commands = [(count, watched, command(count)) for watched in (False, True) for count in (few, many)]
                jobs.append((what, many - few, budget, [pool.submit(self.instructions, words, watched) for _, watched, words in commands]))
            for what, count, budget, (few, many, few_with, many_with) in jobs:
                without, with_agent, own = ((b - a) / count for a, b in ((few.result()[0], many.result()[0]),
                                            (few_with.result()[0], many_with.result()[0]), (few_with.result()[1], many_with.result()[1])))
                over = round(with_agent / without, 3) > budget
                self.missed += over
                print(f"{what:<44} {without:>12,.0f} {with_agent:>12,.0f} {own:>13,.0f} {with_agent / without:>8.4f} {budget:>8.2f}"
                      f"{'  MISSED' if over else ''}", flush=True)

    def guard(self, rows, starts):
        """A machine that is busy ends units of work early, and values are new again in each: some 60 instructions."""
        print(f"{'instructions in the agent':<44} {'each':>13} {'budget':>8}")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            jobs = [(what, many - few, budget, [pool.submit(self.instructions, command(count), True) for count in (few, many)])
                    for what, command, few, many, budget in rows]
            jobs += [(what, 0, budget, [pool.submit(self.instructions, command, watched) for watched in (False, True)])
                     for what, command, budget in starts]
            for what, count, budget, runs in jobs:
                total, own = zip(*(run.result() for run in runs))
                each = (own[1] - own[0]) / count if count else total[1] - total[0]
                self.missed += each > budget
                print(f"{what:<44} {each:>13,.0f} {budget:>8,}{'  MISSED' if each > budget else ''}", flush=True)

    def start(self, command, watched):
        """On one core with the others; its process."""
        pid = os.fork()
        if pid:
            return pid
        try:
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
            nothing = os.open(os.devnull, os.O_RDWR)
            for descriptor in range(3):
                os.dup2(nothing, descriptor)
            os.execvpe(command[0], [str(word) for word in command], self.environment(watched))
        finally:
            os._exit(127)

    def turn(self, commands):
        """Seconds on the processor, of each (watched, command)."""
        pids, seconds = [self.start(command, watched) for watched, command in commands], {}
        for _ in pids:
            pid, status, usage = os.wait4(-1, 0)
            if status:
                raise SystemExit(f"{commands[pids.index(pid)][1][0]}: status {status}")
            seconds[pid] = usage.ru_utime + usage.ru_stime
        return [seconds[pid] for pid in pids]

    def compare_times(self, rows, counts):
        print(f"{'time on the processor':<44} {'without':>12} {'with':>12} {'twice without':>13} {'ratio':>8} {'budget':>8}")
        for (what, command, _, _, budget), count in zip(rows, counts):
            turns = []
            for turn in range(TURNS):
                order = KINDS[turn % 3:] + KINDS[:turn % 3]
                order = order[::-1] if turn % 2 else order
                turns.append(dict(zip(order, self.turn([(kind == "with", command(count)) for kind in order]))))
                for path in self.folder.glob("output*"):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            twice = statistics.median(turn["again"] / turn["without"] for turn in turns)
            ratio = statistics.median(2 * turn["with"] / (turn["without"] + turn["again"]) for turn in turns)
            without, with_agent = (statistics.median(turn[kind] for turn in turns) for kind in ("without", "with"))
            print(f"{what:<44} {without:>10.3f} s {with_agent:>10.3f} s {twice:>13.4f} {ratio:>8.4f} {budget:>8.2f}"
                  f"{'  too noisy' if abs(twice - 1) > NOISE else ''}", flush=True)


def main():
    # In memory where there is room: some file systems take longer over a new file than Subversion, when many were removed lately.
    with tempfile.TemporaryDirectory(prefix="nplus1-others-", dir=FOLDER) as folder:
        others = Others(Path(sys.argv[1]).resolve(), Path(folder))
        if sys.argv[2:] == ["--guard"]:
            others.guard([("PHP, PDO", others.script("php", "php"), FEW, MANY, 530), ("Perl, DBI", others.script("perl", "perl"), FEW, MANY, 710),
                          ("Python", others.script("/usr/bin/python3", "py"), FEW, MANY, 490),
                          ("svn checkout, a file", others.checkout, 100, 300, 20200), ("ogr2ogr, a feature", others.convert, FEW, MANY, 4050),
                          (".dump of sqlite3, a row", others.dump, 4000, 14000, 350)],
                         [("true, all that the agent adds", ["true"], 64000), ("sqlite3, likewise", ["sqlite3", "--version"], 193000),
                          ("svn, likewise", ["svn", "--version", "-q"], 915000), ("ogr2ogr, likewise", ["ogr2ogr", "--version"], 2750000),
                          ("PHP with its modules, likewise", ["php", "-r", ";"], 2100000),
                          ("sqlite3 with a statement, likewise", ["sqlite3", ":memory:", "select 1"], 430000)])
            return 1 if others.missed else 0
        rows = [
            ("sqlite3, a lookup with a literal", others.shell, FEW, MANY, 1.03),
            ("svn checkout, a file", others.checkout, 100, 300, 1.03),
            ("PHP, PDO, a lookup", others.script("php", "php"), FEW, MANY, 1.05),
            ("Perl, DBI, a lookup", others.script("perl", "perl"), FEW, MANY, 1.05),
            ("Python, a lookup", others.script("/usr/bin/python3", "py"), FEW, MANY, 1.05),
            ("ogr2ogr to GPKG, a feature", others.convert, FEW, MANY, 1.03),
            ("sqlite3 .dump, a row", others.dump, 4000, 14000, 1.05),
        ]
        others.compare_instructions(rows)
        print()
        others.compare_times(rows, [30000, 1000, 60000, 60000, 60000, 10000, 200000])
        return 1 if others.missed else 0


if __name__ == "__main__":
    sys.exit(main())
