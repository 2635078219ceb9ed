"""Speedscope in a browser without a window: what is on the page, and how it looks."""
import contextlib
import functools
import http.server
import re
import shutil
import struct
import threading
import zlib
from html import unescape

from consumers.installed import Unavailable, need, run

WIDTH, HEIGHT = 1000, 600  # of the window
WAIT_MS = 20000  # of the page's own clock


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


@contextlib.contextmanager
def serving(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def browse(url, profile, *words):
    """The page's document once its scripts are done."""
    result = run([need("chromium", "chromium-browser"), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}",
                  f"--window-size={WIDTH},{HEIGHT}", f"--virtual-time-budget={WAIT_MS}", "--dump-dom", *words, url])
    if result.returncode or not result.stdout:
        raise Unavailable(f"chromium does not start: {result.stderr[-1000:]}")
    return result.stdout


def words_of(document):
    body = re.sub(r"<(style|script)\b.*?</\1>", "", document.partition("<body")[2], flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", "\n", body))


def show_speedscope(release, path, picture):
    """The page's title, its words, the words of the table of its view Sandwich; the picture of its first view is written."""
    work = picture.parent / "speedscope"
    shutil.copytree(release, work)
    shutil.copy(path, work / "profile.json")
    with serving(work) as url:
        page = f"{url}/index.html#profileURL=profile.json"
        document = browse(page, picture.parent / "browser", f"--screenshot={picture}")
        table = browse(page + "&view=sandwich", picture.parent / "browser")
    return {"title": re.search(r"<title>(.*?)</title>", document)[1], "words": words_of(document),
            "table": [line for line in words_of("<body" + "".join(re.findall(r"<table.*?</table>", table, re.DOTALL))).splitlines() if line]}


def rows_of(picture):
    """The rows of a PNG of 8 bits a channel without interlacing, as lists of tuples (www.w3.org/TR/png, filters 0 to 4)."""
    data, at, packed = picture.read_bytes(), 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        at += length + 12
        if kind == b"IHDR":
            width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            assert (depth, interlaced) == (8, 0) and color in (2, 6)
            channels = 3 if color == 2 else 4
        elif kind == b"IDAT":
            packed += body
    raw, size = zlib.decompress(packed), width * channels
    before = bytes(size)
    for y in range(height):
        start = y * (size + 1)
        before = unfilter(raw[start], bytearray(raw[start + 1:start + 1 + size]), before, channels)
        yield [tuple(before[x:x + 3]) for x in range(0, size, channels)]


def unfilter(kind, row, before, channels):
    for i in range(len(row)):
        left = row[i - channels] if i >= channels else 0
        above, corner = before[i], before[i - channels] if i >= channels else 0
        if kind == 4:
            guess = left + above - corner
            nearest = min((abs(guess - value), order, value) for order, value in enumerate((left, above, corner)))[2]
        row[i] = (row[i] + (0, left, above, (left + above) // 2, nearest if kind == 4 else 0)[kind]) & 255
    return row
