#!/usr/bin/python3
"""Runs files that print TAP, one after the other, and writes what they print behind a line with the file's name.

    tap.py OUTPUT COMMAND ... -- FILE ...    COMMAND FILE for each
"""
import subprocess
import sys

TIMEOUT = 600  # seconds a file


def main():
    output, *words = sys.argv[1:]
    middle = words.index("--")
    with open(output, "w") as file:
        for name in words[middle + 1:]:
            print(f"==== {name}", file=file, flush=True)
            done = subprocess.run([*words[:middle], name], stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.DEVNULL, timeout=TIMEOUT)
            print(f"exit status {done.returncode}", file=file, flush=True)


if __name__ == "__main__":
    main()
