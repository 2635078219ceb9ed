"""Where the suites come from: Debian's source packages, PyPI and repositories, each pinned, into a folder of the build, once."""
import hashlib
import shutil
import subprocess
import tarfile
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent

LISTS = """\
deb-src http://deb.debian.org/debian bookworm main
deb-src http://deb.debian.org/debian-security bookworm-security main
"""


class Unavailable(Exception):
    pass


def unpack(archive, tree, inside):
    """The part `inside` of an archive, without the archive's own top folder."""
    unfinished = tree.with_name(tree.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    with tarfile.open(archive) as tar:
        members = []
        for member in tar:
            _, _, name = member.name.partition("/")
            if name and any(name == part or name.startswith(part + "/") for part in inside or [name]):
                member.name = name
                members.append(member)
        tar.extractall(unfinished, members)
    unfinished.rename(tree)


def apt(folder, *words, **more):
    if not (folder / "sources.list").exists():
        (folder / "lists/partial").mkdir(parents=True, exist_ok=True)
        (folder / "sources.list").write_text(LISTS)
        apt(folder, "update")
    run = subprocess.run(["apt-get", "-q", "-o", f"Dir::Etc::sourcelist={folder}/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null", "-o",
                          f"Dir::State::lists={folder}/lists", "-o", f"Dir::Cache={folder}", "-o", "Acquire::Retries=3", "-o",
                          "APT::Sandbox::User=", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, **more)
    return run


def install(requirements, site):
    """Wheels that are pinned in a file of this folder, in a folder of their own."""
    shutil.rmtree(site, ignore_errors=True)
    run = subprocess.run(["/usr/bin/python3", "-m", "pip", "install", "-q", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--target",
                          site, "-r", requirements], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if run.returncode:
        raise Unavailable(f"pip could not install {requirements}: {run.stderr.strip()}")
    return site


class Debian:
    """A source package of Debian 12 as its makers released it, without Debian's changes; its version without Debian's part."""

    def __init__(self, package, version, *inside):
        self.package = package
        self.version = version
        self.inside = inside

    def fetch(self, folder):
        tree = folder / "-".join([self.package, self.version, *(part.replace("/", "-") for part in self.inside)])
        if tree.exists():
            return tree
        archives = folder / "archives"
        archives.mkdir(parents=True, exist_ok=True)
        pattern = f"{self.package}_{self.version}*.orig.tar.*[z2]"
        for candidate in self.candidates(archives):
            if list(archives.glob(pattern)):
                break
            # The archive of the makers is enough: a mirror may lack the rest.
            run = apt(archives.parent / "apt", "source", "--download-only", f"{self.package}={candidate}", cwd=archives)
            if not list(archives.glob(pattern)):
                print(run.stdout + run.stderr, flush=True)
        found = list(archives.glob(pattern))
        if not found:
            raise Unavailable(f"there is no source of {self.package} {self.version}")
        unpack(found[0], tree, self.inside)
        return tree

    def candidates(self, archives):
        """Debian's versions of the package that have this source."""
        folder = archives.parent / "apt"
        if not (folder / "sources.list").exists():
            apt(folder, "update")
        shown = subprocess.run(["apt-cache", "-o", f"Dir::Etc::sourcelist={folder}/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null", "-o",
                                f"Dir::State::lists={folder}/lists", "-o", f"Dir::Cache={folder}", "showsrc", self.package],
                               capture_output=True, text=True).stdout
        versions = {line.split(": ", 1)[1] for line in shown.splitlines() if line.startswith("Version: ")}
        return sorted(version for version in versions if version.split(":")[-1].startswith(self.version))


class PyPI:
    """A source distribution. Pip builds nothing of it but its metadata."""

    def __init__(self, package, version):
        self.package = package
        self.version = version

    def fetch(self, folder):
        tree = folder / f"{self.package}-{self.version}"
        if tree.exists():
            return tree
        archives = folder / "archives"
        archives.mkdir(parents=True, exist_ok=True)
        run = subprocess.run(["/usr/bin/python3", "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", archives,
                              f"{self.package}=={self.version}"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        found = [path for path in archives.glob(f"*-{self.version}.tar.gz") if path.name.lower().startswith(self.package.lower())]
        if not found:
            raise Unavailable(f"there is no source of {self.package} {self.version}: {run.stderr.strip()}")
        unpack(found[0], tree, ())
        return tree


class File:
    """A source distribution by its address and checksum: pip would build it to know its metadata. What its tests import are wheels, pinned
    in a file `requirements` of this folder; they are installed beside it, in site-packages."""

    def __init__(self, package, version, address, sha256, *inside, requirements):
        self.package = package
        self.version = version
        self.address = address
        self.sha256 = sha256
        self.inside = inside
        self.requirements = HERE / requirements

    def fetch(self, folder):
        tree = folder / f"{self.package}-{self.version}"
        if tree.exists():
            return tree
        folder.mkdir(parents=True, exist_ok=True)
        archive = folder / self.address.rpartition("/")[2]
        try:
            with urllib.request.urlopen(self.address, timeout=60) as answer:
                content = answer.read()
        except OSError as why:
            raise Unavailable(f"{self.address}: {why}") from why
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise Unavailable(f"{self.address} is not what it was")
        archive.write_bytes(content)
        site = install(self.requirements, folder / f"{self.package}-{self.version}.site")
        unpack(archive, tree, self.inside)
        site.rename(tree / "site-packages")
        return tree


class Git:
    """The commit of a repository that its makers released as a version. `requirements` as with File."""

    def __init__(self, package, version, address, commit, *inside, requirements=None):
        self.package = package
        self.version = version
        self.address = address
        self.commit = commit
        self.inside = inside
        self.requirements = requirements and HERE / requirements

    def fetch(self, folder):
        tree = folder / f"{self.package}-{self.version}"
        if tree.exists():
            return tree
        folder.mkdir(parents=True, exist_ok=True)
        clone, archive = folder / f"{self.package}.git", folder / f"{self.package}-{self.version}.tar"
        shutil.rmtree(clone, ignore_errors=True)
        for words in (["clone", "-q", "--bare", self.address, clone],
                      ["-C", clone, "archive", "--prefix=top/", "-o", archive, self.commit, *self.inside]):
            run = subprocess.run(["git", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if run.returncode:
                raise Unavailable(f"{self.package} {self.version}: git {words[0]}: {run.stderr.strip()}")
        shutil.rmtree(clone)
        site = install(self.requirements, folder / f"{self.package}-{self.version}.site") if self.requirements else None
        unpack(archive, tree, ())
        if site:
            site.rename(tree / "site-packages")
        return tree


class Installed:
    """Tests that an installed program brings along."""

    def __init__(self, path, version):
        self.path = Path(path).expanduser()
        self.version = version

    def fetch(self, folder):
        if not self.path.exists():
            raise Unavailable(f"there is no {self.path}")
        return None
