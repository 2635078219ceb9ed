"""Programs with a libpq of their own inside, of which nobody sees a function: Debian's libpq.a, and what it needs of postgresql-server-dev,
which is fetched and unpacked into a folder of the build; not installed, as it wants compilers."""
import fcntl
import re
import subprocess
import tarfile
from pathlib import Path

from consumers.installed import Unavailable, need, run

ROOT = Path(__file__).resolve().parents[3]
LIBPQ = Path("/usr/lib") / subprocess.run(["gcc", "-print-multiarch"], capture_output=True, text=True, check=True).stdout.strip() / "libpq.a"
SHARED = ["-lssl", "-lcrypto", "-l:libgssapi_krb5.so.2", "-l:libldap-2.5.so.0", "-lm", "-lpthread"]
SOURCES = """deb-src http://deb.debian.org/debian-security bookworm-security main
deb-src http://deb.debian.org/debian bookworm main
"""


class StaticPrograms:
    def __init__(self, build):
        self.folder = build.folder.absolute() / "libpq"
        self.folder.mkdir(exist_ok=True)
        self.major = run(["pg_config", "--version"]).stdout.split()[1].split(".")[0]
        self.root = self.folder / f"server-dev-{self.major}"

    def check(self, what, result):
        if result.returncode:
            raise Unavailable(f"{what} failed: {(result.stdout + result.stderr).strip()[-2000:]}")

    def fetch(self):
        if self.root.exists():
            return
        package = f"postgresql-server-dev-{self.major}"
        self.check(f"apt-get download {package}", run([need("apt-get"), "-q", "-o", "APT::Sandbox::User=root", "download", package], cwd=self.folder))
        found = sorted(self.folder.glob(f"{package}_*.deb"))[-1]
        self.check(f"unpacking {found.name}", run(["dpkg", "-x", found, self.folder / "unpacked"]))
        (self.folder / "unpacked").rename(self.root)

    def program(self, name, *sources):
        """Compiled anew when a source is newer."""
        made = self.folder / name
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.fetch()
            if made.exists() and all(made.stat().st_mtime > source.stat().st_mtime for source in sources):
                return made
            parts = self.root / f"usr/lib/postgresql/{self.major}/lib"
            self.check(f"compiling {name}", run([
                "gcc", "-O1", "-g", "-D_GNU_SOURCE", "-I/usr/include/postgresql", f"-I{self.root}/usr/include/postgresql/{self.major}/server",
                f"-I{ROOT}/samples/c/common", f"-I{ROOT}", *sources, "-o", made, LIBPQ, parts / "libpgcommon.a", parts / "libpgport.a",
                parts / "libpgcommon_shlib.a", parts / "libpgport_shlib.a", *SHARED]))
        return made

    def source_of_postgresql(self, path):
        """A file of PostgreSQL's source package, of which the newest version that can be fetched is taken."""
        target = self.folder / Path(path).name
        if target.exists():
            return target
        (self.folder / "lists/partial").mkdir(parents=True, exist_ok=True)
        (self.folder / "sources.list").write_text(SOURCES)
        apart = ["-q", *(word for option in (f"Dir::Etc::SourceList={self.folder}/sources.list", "Dir::Etc::SourceParts=/dev/null",
                                             f"Dir::State::Lists={self.folder}/lists", "APT::Sandbox::User=root") for word in ("-o", option))]
        self.check("apt-get update", run([need("apt-get"), *apart, "update"], cwd=self.folder))
        package = f"postgresql-{self.major}"
        versions = re.findall(r"\| (\S+) \|", run(["apt-cache", *apart, "madison", package]).stdout)
        for version in versions:
            fetched = run(["apt-get", *apart, "source", "--download-only", f"{package}={version}"], cwd=self.folder)
            if fetched.returncode == 0:
                break
        self.check(f"apt-get source {package}", fetched)
        with tarfile.open(sorted(self.folder.glob(f"{package}_*.orig.tar.*"))[0]) as archive:
            member = next(member for member in archive if member.name.endswith(path))
            target.write_bytes(archive.extractfile(member).read())
        return target
