#!/usr/bin/python3
"""Recordings of a million groups, each kind hard on something else, through what reads them: bounds per MiB, and no control characters.

    NPLUS1_TEST_CROWD   groups, 1,000,000 without it; the recordings have up to 0.5 GiB, the outputs some GiB, one after the other.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration/exports"))
from measuring import measure  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
GROUPS = os.environ.get("NPLUS1_TEST_CROWD", "1000000")
RAW = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]")
VERBS = (["report"], ["check"], ["info"], ["report", "--html=page.html"], ["export", "-f", "github"], ["export", "-f", "markdown"], ["export", "-f", "csv"],
         ["export", "-f", "junit"], ["export", "-f", "gitlab"], ["export", "-f", "pprof"])
ONCE = (["dump"], ["report", "--json"], ["export", "-f", "sarif"], ["export", "-f", "openmetrics"])  # large ones, for what is no stack upon stack
CPU_S, MEMORY, STARTED_MIB = 16, 8, 100  # for each 64 MiB, stacks of thousands of frames among them; MiB for each MiB; and what the start takes


class Build:
    viewer = ROOT / os.environ.get("NPLUS1_BUILD", "build") / "viewer/nplus1"


def has_controls(path):
    """Looks at the whole output, a piece at a time, with the end of the one before."""
    end = b""
    with path.open("rb") as file:
        while piece := file.read(1 << 24):
            if RAW.search(end + piece):
                return True
            end = piece[-4:]
    return False


def faults(folder, kind):
    recording = folder / f"{kind}.pb"
    maker = Build.viewer.parents[1] / "tests/programs/tools/make_recording"
    subprocess.run([maker, kind, recording, GROUPS], check=True)
    mib = recording.stat().st_size / (1 << 20)
    for words in VERBS + (ONCE if kind in ("texts", "wide") else ()):
        taken = measure(Build, folder, *words, recording, seconds=300)
        print(f"{kind} of {mib:.0f} MiB, {' '.join(words)}: {taken}", flush=True)
        if taken.status not in (0, 1):
            yield f"{kind}: {words}: status {taken.status}, {(folder / 'err').read_text()[:200]}"
        if taken.cpu_s > 2 + CPU_S * mib / 64 or taken.mib > STARTED_MIB + MEMORY * mib:
            yield f"{kind}: {words}: {taken}"
        if "pprof" not in words and has_controls(taken.output):
            yield f"{kind}: {words}: a control character of the recording"
        taken.output.unlink()
    recording.unlink()


def main():
    found = []
    with tempfile.TemporaryDirectory(prefix="nplus1-crowds-") as folder:
        for kind in ("wide", "alike", "deep", "ring", "knot", "texts"):
            found += faults(Path(folder), kind)
    for fault in found:
        print(f"FAULT {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
