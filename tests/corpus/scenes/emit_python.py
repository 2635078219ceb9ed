"""A scene as a Python program."""
from .emit import Emitter, assemble


class Python(Emitter):
    file = "scene_{}.py"

    @staticmethod
    def marker(_):
        return "%s"

    @staticmethod
    def const(value):
        return repr(value)

    @staticmethod
    def text_of(cell):
        return f"str({cell})"

    @staticmethod
    def array_of(cell):
        return f"'{{' + str({cell}) + '}}'"

    def begin_step(self, name):
        out = self.function(f"def {name}(db):")
        out.open()
        return out

    def end_step(self, out):
        out.close()

    @staticmethod
    def tuple(args):
        return "(" + ", ".join(args) + ("," if len(args) == 1 else "") + ")"

    def direct(self, out, fetch, db, args, result):
        """The client's own functions, in place."""
        place, text = fetch.place, repr(self.sql(fetch))
        given = f", {self.tuple(args)}" if args else ""
        out.add(f"{db}.counts.append({place.number})")
        if self.system == "sqlite":
            out.add(f"{result}{db}.connection.execute({text}{given}).fetchall()", place)
            return
        out.add(f"cursor = {db}.connection.cursor()")
        out.add(f"cursor.execute({text}{given})", place)
        if fetch.returns:
            out.add(f"{result}cursor.fetchall()")

    def emit_fetch(self, out, fetch, db, returning=False):
        place, args = fetch.place, [self.arg(arg) for arg in fetch.args]
        result = "return " if returning else f"{fetch.into} = " if fetch.into else ""
        if place.style == "common":
            given = f", {self.tuple(args)}" if args else ""
            text = f"{fetch.sql.of(self.system)!r}{given}"
            out.add(f"{result}{db}.query({place.number}, {f'literal({text})' if fetch.literal else text})", place)
        elif place.style == "own":
            names = [f"value{number}" for number in range(len(args))]
            own = self.function(f"def {place.function}({', '.join(['db', *names])}):")
            own.open()
            self.direct(own, fetch, "db", names, "return ")
            out.add(f"{result}{place.function}({', '.join([db, *args])})")
        else:
            self.direct(out, fetch, db, args, result)

    def emit_stream(self, out, node, db):
        fetch = node.fetch
        args = [self.arg(arg) for arg in fetch.args]
        given = f", {self.tuple(args)}" if args else ""
        out.add(f"{db}.counts.append({fetch.place.number})")
        text = repr(self.sql(fetch))
        if self.system == "sqlite":
            out.open(f"for {node.row} in {db}.connection.execute({text}{given}):", fetch.place)
        else:
            cursor = f"cursor{fetch.place.number}"
            out.add(f"{cursor} = {db}.connection.cursor()")
            out.add(f"{cursor}.execute({text}{given})", fetch.place)
            out.open(f"for {node.row} in {cursor}:")
        self.body(out, node.body, db)
        out.close()

    def emit_each(self, out, node, db):
        rows = node.rows if node.how == "order" else f"arrange({node.rows}, {node.column}, {node.how!r}, {node.mask!r})"
        out.open(f"for {node.row} in {rows}:")
        self.body(out, node.body, db)
        out.close()

    def emit_numbers(self, out, node, db):
        values = f"range({node.values[0]}, {node.values[-1] + 1})" if node.is_range() else repr(node.values)
        out.open(f"for {node.name} in {values}:")
        self.body(out, node.body, db)
        out.close()

    def emit_pool(self, out, node, db):
        work = self.function(f"def work_{node.fetch.place.number}(db, {node.row}):")
        work.open()
        self.emit_fetch(work, node.fetch, "db")
        out.add(f"{db}.pool({node.workers}, work_{node.fetch.place.number}, {node.rows})")

    def emit_batch(self, out, node, db):
        head, unit, separator, tail, pack = node.parts[self.system]
        out.open(f"for at in range(0, len({node.rows}), {node.size}):")
        out.add(f"chunk = {node.rows}[at:at + {node.size}]")
        out.add(f"text = batch_text({head!r}, {unit!r}, {separator!r}, {tail!r}, len(chunk))")
        out.add(f"{db}.query({node.place.number}, text, batch_args(chunk, {node.columns!r}, {pack!r}))", node.place)
        out.close()

    def emit_pages(self, out, node, db):
        out.add(f"{node.name} = {node.start}")
        out.open("while True:")
        self.emit_fetch(out, node.fetch, db)
        out.add(f"if not {node.fetch.into}:")
        out.add("    break")
        self.body(out, node.body, db)
        out.add(f"{node.name} += {node.size}" if node.column is None else f"{node.name} = {node.fetch.into}[-1][{node.column}]")
        out.close()

    def emit_drain(self, out, node, db):
        out.open("while True:")
        self.emit_fetch(out, node.fetch, db)
        out.add(f"if not {node.fetch.into}:")
        out.add("    break")
        out.add(f"{node.row} = {node.fetch.into}[0]")
        self.body(out, node.body, db)
        out.close()

    def emit_repeat(self, out, node, db):
        out.open(f"for _ in range({node.times}):")
        self.body(out, node.body, db)
        out.close()

    def emit_many(self, out, node, db):
        keys = (f"[(value,) for value in {node.values!r}]" if node.values is not None
                else f"[(row[{node.columns[0]}],) for row in {node.rows}]")
        out.add(f"keys = {keys}")
        out.add(f"{db}.counts.extend([{node.place.number}] * len(keys))")
        out.add(f"{db}.connection.cursor().executemany({self.numbered(node.sql.of(self.system))!r}, keys)", node.place)

    def source(self):
        """The text of the program, and place number -> line."""
        self.emit_steps()
        main = self.function("def main():")
        main.open()
        main.add(f"db = database.{self.system.capitalize()}()")
        for name in self.calls():
            main.add(f"{name}(db)")
        main.add("db.write_counts()")
        places = {}
        return assemble(["import database", "from database import arrange, batch_args, batch_text, begin_all, commit_all, literal", ""], self.functions, ["main()"],
                        places), places
