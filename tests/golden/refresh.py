#!/usr/bin/python3
"""Writes the golden outputs, and what README.md and docs/detection.md quote of them; prints what changed. `make golden`."""
import contextlib
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import postgresql  # noqa: E402
from conftest import find_build  # noqa: E402
from guides.following import GUIDES_BY_NAME, follow, with_blocks  # noqa: E402
from golden.outputs import (DETECTION, README_SAMPLE, ROOT, SAMPLES, SYSTEMS, outputs_of, samples, with_quotes,  # noqa: E402
                            with_readme_block)


def write(path, text):
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        print(path.relative_to(ROOT))


def main():
    build = find_build()
    with contextlib.ExitStack() as stack:
        for system in SYSTEMS:
            variables = stack.enter_context(postgresql.running_server()).variables if system == "postgresql" else {}
            for name in samples(system):
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="nplus1-golden-"))
                for file, text in outputs_of(build, name, system, Path(folder), variables).items():
                    write(SAMPLES / system / name / file, text)
    readme = ROOT / "README.md"
    write(readme, with_readme_block(readme.read_text(), (README_SAMPLE / "report.txt").read_text()))
    write(DETECTION, with_quotes(DETECTION.read_text()))
    for guide in GUIDES_BY_NAME.values():
        with tempfile.TemporaryDirectory(prefix="nplus1-guide-") as folder:
            write(guide.path, with_blocks(guide.path.read_text(), follow(build, guide, Path(folder))[0]))


main()
