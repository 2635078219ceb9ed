"""Suites in C and C++ that are compiled against Debian's libraries, once, beside their sources."""
import re
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))
from conftest import find_build  # noqa: E402
from drivers.libpq.static import StaticPrograms  # noqa: E402
from sources import Unavailable  # noqa: E402

QT = "Core", "Sql", "Test", "Widgets", "Gui"


def run(*words, **more):
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True, **more)
    if done.returncode:
        raise Unavailable(f"{words[0]} failed: {(done.stdout + done.stderr).strip()[-2000:]}")
    return done.stdout


def libpq(tree):
    """PostgreSQL's programs that test libpq: with the shared libpq, and what else they need of postgresql-server-dev."""
    parts = StaticPrograms(find_build())
    parts.fetch()
    inside = parts.root / f"usr/lib/postgresql/{parts.major}/lib"
    for source in ("src/test/modules/libpq_pipeline/libpq_pipeline.c", "src/interfaces/libpq/test/libpq_uri_regress.c",
                   "src/interfaces/libpq/test/libpq_testclient.c"):
        program = tree / Path(source).stem
        if not program.exists():
            run("gcc", "-O1", "-g", "-D_GNU_SOURCE", "-I/usr/include/postgresql",
                f"-I{parts.root}/usr/include/postgresql/{parts.major}/server", tree / source, "-o", program, "-lpq", inside / "libpgcommon.a",
                inside / "libpgport.a", "-lm", "-lpthread")


def qt(tree):
    """Qt's tests of its SQL module: each a program, whose moc is included by its source."""
    flags = run("pkg-config", "--cflags", *(f"Qt5{name}" for name in QT)).split()
    base = Path(next(flag for flag in flags if flag.endswith("/QtSql"))[2:])
    version = run("pkg-config", "--modversion", "Qt5Sql").strip()
    private = [f"-I{base.parent / module / version}{inside}" for module in ("QtCore", "QtSql") for inside in ("", f"/{module}")]
    for source in sorted(tree.glob("tests/auto/sql/*/*/tst_*.cpp")):
        program = tree / source.stem
        if not program.exists():
            for name in re.findall(r'#include "(\w+\.moc)"', source.read_text()):
                run("moc", *flags, *private, source, "-o", source.parent / name)
            for header in source.parent.glob("*.h"):
                if "Q_OBJECT" in header.read_text():
                    run("moc", *flags, *private, header, "-o", header.with_name(f"moc_{header.stem}.cpp"))
            run("g++", "-O0", "-fPIC", "-w", *flags, *private, f"-I{source.parent}", source, *source.parent.glob("moc_*.cpp"), "-o", program,
                *(f"-lQt5{name}" for name in QT))
