"""What a run of the viewer takes of the processor and of memory, whatever else the machine does."""
import os
import subprocess
import sys

OUT = "out"  # the name of what it wrote, in the folder
# The most memory that who starts a program has had counts as the program's: so a small one starts it.
STARTER = """
import os, sys
child = os.fork()
if not child:
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as file:
    print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, file=file)
"""


class Taken:
    def __init__(self, status, cpu_s, mib, output):
        self.status, self.cpu_s, self.mib, self.output = status, cpu_s, mib, output

    def __str__(self):
        return f"{self.cpu_s:.2f} s of a processor, {self.mib:.0f} MiB, {self.output.stat().st_size} bytes"


def measure(build, folder, *words, seconds=120):
    """Runs the viewer; its standard output is a file. Killed by its limit of the processor's time when it takes longer."""
    environment = dict(os.environ, XDG_CONFIG_HOME="/nowhere")
    path, usage = folder / OUT, folder / "usage"
    with path.open("wb") as out, (folder / "err").open("wb") as err:
        subprocess.run([sys.executable, "-I", "-S", "-c", STARTER, usage, "prlimit", f"--cpu={seconds}", build.viewer.absolute(), *map(str, words)],
                       stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=folder, env=environment, check=True)
    status, cpu_s, mib = usage.read_text().split()
    return Taken(int(status), float(cpu_s), float(mib), path)
