"""apsw, the wrapper of SQLite that is not the standard library's."""
import apsw
import common
from common import AUTHORS, POSTS, USERS

scene = common.Scenes()


@scene(expected=1 + AUTHORS)
def authors_books_lazy(db):
    total = 0
    for (author,) in db.cursor().execute("SELECT id FROM authors"):
        for (pages,) in db.cursor().execute("SELECT pages FROM books WHERE author_id = ?", (author,)):  # N+1 here
            total += pages
    return total


@scene(expected=1)
def authors_books_joined(db):
    return sum(pages for (pages,) in db.cursor().execute("SELECT pages FROM authors JOIN books ON author_id = authors.id"))


@scene(expected=1 + USERS + USERS * POSTS)
def users_posts_comments_lazy(db):
    total = 0
    for (user,) in db.cursor().execute("SELECT id FROM users"):
        for post in db.cursor().execute("SELECT id FROM posts WHERE user_id = ?", (user,)):  # N+1 here
            comments = db.cursor().execute("SELECT sum(words) FROM comments WHERE post_id = ?", post)  # N+1 here
            total += comments.fetchone()[0]
    return total


@scene(expected=1)
def users_posts_comments_joined(db):
    statement = "SELECT sum(words) FROM users JOIN posts ON user_id = users.id JOIN comments ON post_id = posts.id"
    return db.cursor().execute(statement).fetchone()[0]


def open_database(path, counts):
    db = apsw.Connection(path or ":memory:")

    def trace(_cursor, _statement, _bindings):
        counts.trace()
        return True

    if counts.wanted:
        db.setexectrace(trace)
    cursor = db.cursor()
    for statement in common.CREATE:
        cursor.execute(statement)
    for name, rows in common.rows().items():
        names = list(rows[0])
        cursor.executemany(f"INSERT INTO {name} ({', '.join(names)}) VALUES (:{', :'.join(names)})", rows)
    return db


if __name__ == "__main__":
    scene.main(open_database, has_hook=False)
