"""What a run of the viewer takes of the processor and of memory, whatever else the machine does."""
import os
import subprocess
from pathlib import Path

OUT = "out"  # the name of what it wrote, in the folder


class Taken:
    def __init__(self, status, usage, output):
        self.status, self.cpu_s, self.mib, self.output = status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output

    def __str__(self):
        return f"{self.cpu_s:.2f} s of a processor, {self.mib:.0f} MiB, {self.output.stat().st_size} bytes"


def measure(build, folder, *words, seconds=120):
    """Runs the viewer; its standard output is a file. Killed by its limit of the processor's time when it takes longer."""
    environment = dict(os.environ, XDG_CONFIG_HOME="/nowhere")
    path = folder / OUT
    with path.open("wb") as out, (folder / "err").open("wb") as err:
        Path("/proc/self/clear_refs").write_text("5")  # else the most memory that we have had counts as the child's
        command = ["prlimit", f"--cpu={seconds}", str(build.viewer.absolute()), *map(str, words)]
        run = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=folder, env=environment)
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    return Taken(run.returncode, usage, path)
