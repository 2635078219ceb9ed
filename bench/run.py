"""What nplus1 costs, as ratios of the same program with the agent and without it.

    run.py BUILD                   times and memory, as a table; status 1 when a budget is missed
    run.py BUILD --instructions    what is counted in instructions
    run.py BUILD --guard           of those, what every test run keeps

Instructions are callgrind's: of two runs with different counts the difference, so that start and end do not matter. They hardly
vary; the agent's random salt moves them a little, so several runs are averaged. Wall times are taken in pairs, one right after the
other and in turns, and the median of the pairs' ratios counts.
"""
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PAIRS = 21
DISABLED = "disabled"


def own_instructions(path, library):
    """Those of one library in a file of callgrind (valgrind's manual, callgrind format): positions and costs below the object that
    they belong to; the line after calls= is of what was called."""
    names, own, is_own, is_call = {}, 0, False, False
    for line in open(path, errors="replace"):
        if line.startswith("ob="):
            number, _, name = line[3:].strip().partition(" ")
            names[number] = name or names.get(number, "")
            is_own = names[number].endswith(f"/{library}")
        elif line.startswith("cob="):
            number, _, name = line[4:].strip().partition(" ")
            names[number] = name or names.get(number, "")
        elif line.startswith("calls="):
            is_call = True
        elif line[:1] in "0123456789+-*":
            own += int(line.split()[1]) if is_own and not is_call else 0
            is_call = False
    return own


class Bench:
    def __init__(self, build):
        self.queries = build / "bench/sqlite_queries"
        self.turns = build / "bench/threads_in_turn"
        self.fingerprint = build / "bench/fingerprint"
        self.make_recording = build / "tests/programs/tools/make_recording"
        self.viewer = build / "viewer/nplus1"
        self.agent = build / "agent/libnplus1.so"
        self.folder = Path(tempfile.mkdtemp(prefix="nplus1-bench-"))
        self.missed = 0

    def environment(self, watched):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("NPLUS1_") and name not in ("LD_PRELOAD", "MALLOC_PERTURB_")}
        if watched:
            environment.update(LD_PRELOAD=str(self.agent), NPLUS1_OUTPUT=f"{self.folder}/")
        if watched == DISABLED:
            environment["NPLUS1_DISABLE"] = "1"
        return environment

    def run(self, words, watched, **more):
        result = subprocess.run([str(word) for word in words], env=self.environment(watched), capture_output=True, text=True, **more)
        if result.returncode:
            raise SystemExit(f"{' '.join(map(str, words))}: {result.returncode}\n{result.stderr}")
        return result

    def instructions_of(self, words, watched):
        """All of them, and those in the agent itself."""
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".callgrind")
        os.close(handle)
        output = self.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={name}", *words], watched).stderr
        own = own_instructions(name, self.agent.name)
        os.unlink(name)
        return int(re.search(r"Collected : (\d+)", output)[1]), own

    def instructions(self, mode, count, watched):
        return self.instructions_of([self.queries, mode, count], watched)

    def instructions_each(self, pool, mode, few, many, watched, runs):
        """A promise: instructions of one execution, all and those in the agent, from the difference of two counts."""
        jobs = [[pool.submit(self.instructions, mode, count, watched) for count in (few, many)] for _ in range(runs)]
        return lambda: [statistics.mean((many_job.result()[which] - few_job.result()[which]) / (many - few) for few_job, many_job in jobs)
                        for which in (0, 1)]

    def row(self, what, without, with_agent, ratio, budget, over):
        if over:
            self.missed += 1
        print(f"{what:<46} {without:>12} {with_agent:>12} {ratio:>9} {budget:>10}{'  MISSED' if over else ''}", flush=True)

    def compare_instructions(self, modes, runs):
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            jobs = [(what, budget, self.instructions_each(pool, mode, few, many, False, 1),
                     self.instructions_each(pool, mode, few, many, how, runs)) for what, mode, few, many, budget, how in modes]
            for what, budget, without, with_agent in jobs:
                (a, _), (b, own) = without(), with_agent()
                # To a tenth of a percent: what the salt moves is less.
                self.row(f"{what}, instructions", f"{a:,.0f}", f"{b:,.0f}", f"{b / a:.4f}", f"{budget:.2f}", round(b / a, 3) > budget)
                self.row("    of these in the agent", "-", f"{own:,.0f}", "-", "-", False)

    def wall(self, *words):
        """Pairs of what sqlite_queries says its queries took, in seconds."""
        pairs = []
        for number in range(PAIRS):
            pair = {}
            for watched in (number % 2 == 0, number % 2 == 1):
                pair[watched] = float(self.run([self.queries, *words], watched).stdout.split()[0])
            pairs.append((pair[False], pair[True]))
            for path in self.folder.iterdir():
                path.unlink()
        return pairs

    def compare_wall(self, what, unit, scale, budget, *words):
        pairs = self.wall(*words)
        ratio = statistics.median(b / a for a, b in pairs)
        a, b = (statistics.median(times) * scale for times in zip(*pairs))
        self.row(what, f"{a:,.1f} {unit}", f"{b:,.1f} {unit}", f"{ratio:.4f}", f"{budget:.2f}" if budget else "-",
                 budget is not None and ratio > budget)
        return ratio

    def memory(self, what, budget, *words):
        without, with_agent = (int(self.run([self.queries, *words], watched).stdout.split()[1]) / 1024 for watched in (False, True))
        more = with_agent - without
        self.row(what, f"{without:.1f} MiB", f"{with_agent:.1f} MiB", f"+{more:.1f} MiB", f"+{budget} MiB", more > budget)

    def start_of_true(self):
        environments = {False: {"PATH": "/bin"}, True: {"PATH": "/bin", "LD_PRELOAD": str(self.agent)}}

        def once(watched):
            start = time.perf_counter()
            os.waitpid(os.posix_spawn("/bin/true", ["true"], environments[watched]), 0)
            return time.perf_counter() - start
        pairs = [(once(False), once(True)) for _ in range(500)]
        cost = statistics.median(b - a for a, b in pairs) * 1e3
        a, b = (statistics.median(times) * 1e3 for times in zip(*pairs))
        self.row("start of /bin/true", f"{a:.3f} ms", f"{b:.3f} ms", f"+{cost:.3f} ms", "+1 ms", cost > 1)

    def fingerprints(self):
        for line in self.run([self.fingerprint], False).stdout.splitlines():
            name, rate = re.match(r"(.*?)\s{2,}.*?(\d+) MB/s", line).groups()
            budget = 500 if name == "all" else None
            self.row(f"fingerprint: {name}", "-", f"{rate} MB/s", "-", f">= {budget}" if budget else "-",
                     budget is not None and int(rate) < budget)

    def report_of_a_group(self):
        """What `report` spends on one more group: its second for 64 MiB is kept with this, on any machine."""
        def once(groups):
            path = self.folder / f"{groups}.pb"
            self.run([self.make_recording, "big", path, groups], False)
            return self.instructions_of([self.viewer, "report", path], False)[0]
        few, many = 10000, 30000
        with ThreadPoolExecutor(2) as pool:
            less, more = pool.map(once, (few, many))
        each = (more - less) / (many - few)
        self.row("report, one more group, instructions", "-", f"{each:,.0f}", "-", f"{GROUP_BUDGET:,}", each > GROUP_BUDGET)

    def threads_in_turn(self):
        """What the agent spends on an execution that is looked for in the rows of three other threads, in each of 40 statements."""
        few, many = 200, 1000
        with ThreadPoolExecutor(2) as pool:
            less, more = pool.map(lambda count: self.instructions_of([self.turns, count], True)[1], (few, many))
        each = (more - less) / (many - few) / TURNS_THREADS
        self.row("4 threads, 40 statements, in the agent", "-", f"{each:,.0f}", "-", f"{TURNS_BUDGET:,}", each > TURNS_BUDGET)

    def report_of_a_large_recording(self):
        path = self.folder / "big.pb"
        self.run([self.make_recording, "big", path], False)
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            self.run([self.viewer, "report", path], False)
            seconds.append(time.perf_counter() - start)
        size = path.stat().st_size / (1 << 20)
        path.unlink()
        best = min(seconds) * 64 / size  # nothing but noise is in the others
        self.row("report of 64 MiB", "-", f"{best:.2f} s", "-", "1 s", best > 1)

    def finish(self):
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()


GROUP_BUDGET = 19000
TURNS_BUDGET, TURNS_THREADS = 60000, 4
LOOKUP = ("point lookup, prepared once", "lookup", 2000, 12000, 1.05, True)
OFF = ("point lookup, NPLUS1_DISABLE", "lookup", 2000, 12000, 1.05, DISABLED)
PREPARE = ("prepare, step, finalize", "prepare", 1000, 4000, 1.05, True)
ALIKE = ("8 statements whose stacks end alike", "alike", 4000, 24000, 1.06, True)
BOXES = ("row put into an R-tree", "boxes", 1000, 4000, 1.05, True)
SCAN = ("row of a scan", "scan", 50000, 250000, 1.05, True)


def main():
    bench = Bench(Path(sys.argv[1]).resolve())
    print(f"{'':<46} {'without':>12} {'with':>12} {'ratio':>9} {'budget':>10}")
    if sys.argv[2:] == ["--guard"]:
        bench.compare_instructions([LOOKUP, OFF, PREPARE, ALIKE, BOXES], 3)
        bench.threads_in_turn()
        bench.report_of_a_group()
    elif sys.argv[2:] == ["--instructions"]:
        bench.compare_instructions([LOOKUP, OFF, PREPARE, ALIKE, BOXES, SCAN], 3)
        bench.threads_in_turn()
        bench.report_of_a_group()
    else:
        bench.compare_wall("point lookups, 300,000", "ms", 1e3, None, "lookup", 300000)
        bench.compare_wall("prepare, step, finalize, 50,000", "ms", 1e3, None, "prepare", 50000)
        bench.compare_wall("scan of 1,000,000 rows", "ms", 1e3, 1.05, "scan", 1000000)
        # As many for each thread, so that what a thread learns at first weighs the same.
        one = bench.compare_wall("point lookups, 1 thread x 20,000", "ms", 1e3, None, "lookup", 20000, 1)
        many = bench.compare_wall("point lookups, 64 threads x 20,000", "ms", 1e3, None, "lookup", 20000, 64)
        bench.row("64 threads against one, ratio of the ratios", f"{one:.4f}", f"{many:.4f}", f"{many / one:.4f}", "1.05", many / one > 1.05)
        bench.memory("memory, point lookups in 1 thread", 8, "lookup", 20000, 1)
        bench.memory("memory, point lookups in 64 threads", 32, "lookup", 20000, 64)
        bench.start_of_true()
        bench.fingerprints()
        bench.report_of_a_large_recording()
    bench.finish()
    return 1 if bench.missed else 0


if __name__ == "__main__":
    sys.exit(main())
