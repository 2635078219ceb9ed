"""Programs that are installed, and running them."""
import shutil
import subprocess

TIMEOUT = 300  # seconds


class Unavailable(Exception):
    """A consumer cannot be installed or started here."""


def run(command, text=None, **more):
    given = {"stdin": subprocess.DEVNULL} if text is None else {"input": text}
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, **{"timeout": TIMEOUT, **given, **more})


def need(*names):
    """The first of the programs that is there."""
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        raise Unavailable(f"{' and '.join(names)}: not installed; scripts/setup test installs what the tests need")
    return found
