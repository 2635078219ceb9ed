#!/usr/bin/python3
"""Java and JavaScript under stress for MINUTES: ends with what was run, and with 1 when a count was wrong or a program behaved otherwise.

    machines.py [MINUTES]

Each machine of /usr/lib/jvm, and each node of NPLUS1_TEST_NODES (paths with colons between them; else the node of PATH), runs loops
while its code is interpreted, compiled, moved, thrown out and collected. With the agent it prints and returns what it does without;
every statement is counted exactly, at one place.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))

import conftest  # noqa: E402

PROGRAMS = ROOT / "tests/programs"
THREADS, LOOP = 8, 10000
WORKERS, TURNS = 4, 3000
CLASSES = 1500
SELECTS = ("select id from b where a = ?", "select id + ? from b where a = ?")
SMALL = "-Xmx24m"
QUIET = "-Xlog:disable"  # a heap that is nearly full is worth a warning, at other times with the agent

# Options of the machine, the program with its words, what its statements are executed.
LOOPS = [("Loops", str(THREADS), str(LOOP))], dict.fromkeys(SELECTS, THREADS * LOOP)
UNLOADING = [("Unloading", str(CLASSES))], {SELECTS[0]: CLASSES * 20}
VIRTUAL = [("Virtual",)], {"select ? as leaf": 500}
JAVA = {
    "serial, small heap": (["-XX:+UseSerialGC", SMALL], LOOPS),
    "G1, small heap": (["-XX:+UseG1GC", SMALL], LOOPS),
    "parallel, small heap": (["-XX:+UseParallelGC", SMALL], LOOPS),
    "compiled at once": (["-XX:+UseSerialGC", "-Xcomp"], LOOPS),
    "interpreted": (["-XX:+UseSerialGC", "-Xint"], LOOPS),
    "first tier": (["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"], LOOPS),
    "code in one part": (["-XX:+UseSerialGC", "-XX:-SegmentedCodeCache"], LOOPS),
    "small code cache": (["-XX:+UseSerialGC", "-Xcomp", "-XX:ReservedCodeCacheSize=3m"], LOOPS),
    "thrown-away classes": (["-XX:+UseSerialGC", SMALL, "-XX:MaxMetaspaceSize=24m"], UNLOADING),
    "thrown-away classes, G1": (["-XX:+UseG1GC", SMALL, "-XX:MaxMetaspaceSize=24m"], UNLOADING),
    "virtual threads": (["-XX:+UseSerialGC"], VIRTUAL),
    "virtual threads, small heap": (["-XX:+UseG1GC", SMALL], VIRTUAL),
}
JAVASCRIPT = {
    "plain": [],
    "compaction": ["--stress-compaction", "--max-semi-space-size=1"],
    "collections": ["--gc-interval=400"],
    "interpreted": ["--no-opt", "--no-sparkplug"],
    "baseline": ["--always-sparkplug"],
    "without code of its own": ["--jitless"],
    "thrown-out code": ["--deopt-every-n-times=200"],
}


def major(home):
    (line,) = [line for line in (home / "release").read_text().splitlines() if line.startswith("JAVA_VERSION=")]
    return int(line.split('"')[1].split(".")[0])


class Machines:
    def __init__(self):
        self.build = conftest.find_build()
        self.folder = Path(tempfile.mkdtemp(prefix="nplus1-machines-"))
        self.cases = {}  # name: command, variables, what is executed how often
        self.told = {}  # what a case does without the agent
        self.runs, self.executions, self.failures = 0, 0, []

    def add_java(self, home):
        folder = self.folder / home.name
        folder.mkdir()
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", f"-I{home}/include", f"-I{home}/include/linux", PROGRAMS / "java/bridge.c",
                        "-lsqlite3", "-o", folder / "bridge.so"], check=True)
        version = major(home)
        programs = [path for path in (PROGRAMS / "java").glob("*.java") if version >= 21 or path.name != "Virtual.java"]
        subprocess.run([home / "bin/javac", "-Xlint:none", "-d", folder, *programs], check=True)
        allowed = ["--enable-native-access=ALL-UNNAMED"] if version >= 22 else []
        for name, (options, ((words,), wanted)) in JAVA.items():
            if words[0] != "Virtual" or version >= 21:
                self.cases[f"Java {version}, {name}"] = ([home / "bin/java", *options, QUIET, *allowed, f"-Dbridge={folder}/bridge.so", "-cp", folder, *words],
                                                         {}, wanted)

    def add_node(self, node):
        bridge = self.folder / "bridge.node"
        if not bridge.exists():
            subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-I/usr/include/node", PROGRAMS / "javascript/bridge.c", "-lsqlite3", "-o", bridge],
                           check=True)
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        for name, options in JAVASCRIPT.items():
            if subprocess.run([node, *options, "-e", "0"], capture_output=True).returncode:
                print(f"Node.js {version} does not know {' '.join(options)}", flush=True)
                continue
            self.cases[f"Node.js {version}, {name}"] = ([node, *options, PROGRAMS / "javascript/loops.js", str(WORKERS), str(TURNS)],
                                                        {"BRIDGE": str(bridge)}, dict.fromkeys(SELECTS, WORKERS * TURNS))

    def run(self, name):
        command, variables, wanted = self.cases[name]
        recording = self.folder / "recording.pb"
        recording.unlink(missing_ok=True)
        if name not in self.told:
            plain = self.build.run(command, **variables)
            assert plain.returncode == 0, f"fails without the agent: {plain.stderr.decode()[-500:]}"
            self.told[name] = (plain.returncode, plain.stdout, plain.stderr)
        watched = self.build.run_watched(command, recording, **variables)
        assert (watched.returncode, watched.stdout, watched.stderr) == self.told[name], f"other than without: {watched.returncode}, {watched.stderr.decode()[-500:]}"
        groups = [(group["statement"]["text"], group["executions"]) for group in self.build.report(recording)["groups"]]
        selects = sorted(group for group in groups if group[0].startswith("select"))
        assert selects == sorted(wanted.items()), f"{selects} instead of {wanted}"
        self.executions += sum(wanted.values())

    def go(self, minutes):
        end = time.monotonic() + minutes * 60
        first = True
        while first or time.monotonic() < end:
            for name in self.cases:
                if not first and time.monotonic() >= end:
                    break
                since = time.monotonic()
                try:
                    self.run(name)
                except (AssertionError, subprocess.SubprocessError) as why:
                    self.failures.append(f"{name}: {why}")
                    print(f"FAILED {self.failures[-1]}", flush=True)
                self.runs += 1
                if first:
                    print(f"{name}: {time.monotonic() - since:.1f} s", flush=True)
            first = False
        print(f"{self.runs} runs of {len(self.cases)} cases, {self.executions} executions, {len(self.failures)} failures")
        shutil.rmtree(self.folder, ignore_errors=True)
        return 1 if self.failures else 0


def main():
    machines = Machines()
    for home in sorted(Path(os.environ.get("NPLUS1_TEST_JVMS", "/usr/lib/jvm")).iterdir()):
        if (home / "include/jni.h").exists() and not home.is_symlink():
            machines.add_java(home)
    for node in os.environ.get("NPLUS1_TEST_NODES", shutil.which("node") or "").split(":"):
        if node:
            machines.add_node(node)
    sys.exit(machines.go(float(sys.argv[1]) if len(sys.argv) > 1 else 10))


if __name__ == "__main__":
    main()
