"""C files are formatted as .clang-format says."""
import subprocess

import tree


def check(root):
    names = [str(name) for name in tree.files(root, ".c", ".h")]
    if not names:
        yield "no C file found"
        return
    command = ["clang-format", "--dry-run", "--Werror", "--style=file", *names]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True)
    for line in result.stderr.splitlines():
        if ": error: " in line:
            yield line
    if result.returncode and ": error: " not in result.stderr:
        yield f"clang-format: {result.stderr.strip()}"


tree.main(check)
