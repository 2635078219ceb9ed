"""A folder is taken in at a glance: at most 24 files, and each room says in a README.md what it is for."""
import rooms
import tree

LIMIT = 24
# A fuzzer's seeds are data, a file each: nobody looks for one by its name.
SEEDS = "tests/fuzz/corpus/"
WITH_README = ("agent", "collectors", "exporter", "viewer", "samples")


def count_files(root):
    counts = {}
    for name in tree.files(root):
        folder = str(name.parent)
        counts[folder] = counts.get(folder, 0) + 1
    return counts


def is_room(root, folder):
    """A sample's folder has what nplus1 says of the sample."""
    golden = folder.startswith("samples/") and (root / f"{folder}.c").is_file()
    return folder.split("/")[0] in WITH_README and not golden


def with_parents(folders):
    return {"/".join(folder.split("/")[:depth]) for folder in folders for depth in range(1, folder.count("/") + 2)}


def check(root):
    counts = count_files(root)
    for folder, count in sorted(counts.items()):
        if count > LIMIT and not folder.startswith(SEEDS) and folder not in rooms.CROWDED:
            yield f"{folder}: {count} files, more than {LIMIT}"
    for folder in sorted(with_parents(counts)):
        if is_room(root, folder) and not (root / folder / "README.md").is_file():
            yield f"{folder}: has no README.md that says what it is for"


tree.main(check)
