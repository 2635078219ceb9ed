"""Shops of which every table's keys are 1, 2, 3: dense_shops.py FOLDER FIRST COUNT

Each is a process of its own, and leaves NUMBER.json in the folder: its pid, and of which columns the keys of each statement came.
"""
import json
import os
import random
import sqlite3
import sys
from collections import defaultdict
from pathlib import Path

TABLES = {"class": "name", "product": "title, class_id, parent_id", "stock": "product_id, sku, supplier_id", "supplier": "name, country_id",
          "country": "name", "category": "name, parent_id", "review": "product_id, user_id, score", "user": "name"}
CATEGORIES = "SELECT c.id, c.name, c.parent_id FROM category c JOIN chosen ON chosen.category_id = c.id WHERE chosen.product_id = ?"
IN_STOCK = "SELECT 1 FROM stock WHERE product_id = ? AND sku = 'x' LIMIT 1"


class Shop:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.sources = defaultdict(set)  # of each text: table.column
        self.known = {} if self.random.random() < 0.3 else None  # an identity map
        for table, columns in TABLES.items():
            self.db.execute(f"CREATE TABLE {table}(id INTEGER PRIMARY KEY, {columns})")
        self.db.execute("CREATE TABLE chosen(product_id, category_id)")
        self.fill()

    def insert(self, table, rows):
        rows = [(key, *row) for key, row in enumerate(rows, 1)] if table != "chosen" else rows
        self.db.executemany(f"INSERT INTO {table} VALUES({','.join('?' * len(rows[0]))})", rows)

    def fill(self):
        some = self.random.randint
        products, classes, categories, suppliers, countries, users = some(4, 24), some(2, 7), some(3, 12), some(2, 6), some(2, 5), some(3, 10)
        half = products // 2 if self.random.random() < 0.6 else products
        in_turn = self.random.random() < 0.4
        self.insert("class", [("k",)] * classes)
        self.insert("product", [("p", i % classes + 1 if in_turn else some(1, classes), None if i < half else some(1, half))
                                for i in range(products)])
        self.insert("stock", [(i + 1, "x", some(1, suppliers)) for i in range(products) for _ in range(self.random.choice((1, 2, 2, 3)))])
        self.insert("supplier", [("s", some(1, countries)) for _ in range(suppliers)])
        self.insert("country", [("c",)] * countries)
        self.insert("category", [("c", i // 3 + 1 if i else None) for i in range(categories)])
        self.insert("review", [(some(1, products), some(1, users), some(1, 5)) for _ in range(some(products, 3 * products))])
        self.insert("user", [("u",)] * users)
        self.insert("chosen", [(i + 1, category) for i in range(products)
                               for category in self.random.sample(range(1, categories + 1), some(1, 3))])

    def rows(self, text, key, source):
        self.sources[text].add(source)
        return self.db.execute(text, (key,)).fetchall()

    def one(self, table, key, source):
        if self.known is None or (table, key) not in self.known:
            row = self.rows(f"SELECT * FROM {table} WHERE id = ?", key, source)[0]
            if self.known is None:
                return row
            self.known[table, key] = row
        return self.known[table, key]

    def stocks(self, product):
        for stock in self.rows("SELECT * FROM stock WHERE product_id = ?", product[0], "product.id"):
            if self.deep:
                supplier = self.one("supplier", stock[3], "stock.supplier_id")
                self.one("country", supplier[2], "supplier.country_id")

    def reviews(self, product):
        for review in self.rows("SELECT * FROM review WHERE product_id = ?", product[0], "product.id"):
            if self.deep and self.random.random() < 0.9:
                self.one("user", review[2], "review.user_id")

    def parents(self, product):
        if product[3]:
            self.one("class", self.one("product", product[3], "product.parent_id")[2], "product.class_id")

    def classes(self, product):
        self.one("class", product[2], "product.class_id")

    def categories(self, product):
        self.rows(CATEGORIES, product[0], "product.id")

    def in_stock(self, product):
        self.rows(IN_STOCK, product[0], "product.id")

    def show(self):
        parts = self.random.sample((self.stocks, self.reviews, self.parents, self.classes, self.categories, self.in_stock),
                                   self.random.randint(2, 5))
        self.deep = self.random.random() < 0.6
        some_only = self.random.random() < 0.3
        for product in self.db.execute("SELECT id, title, class_id, parent_id FROM product ORDER BY id").fetchall():
            if some_only and self.random.random() < 0.4:
                continue
            for part in parts:
                part(product)


folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
for number in range(first, first + count):
    pid = os.fork()
    if pid == 0:
        shop = Shop(number)
        shop.show()
        (folder / f"{number}.json").write_text(json.dumps([os.getpid(), {text: sorted(of) for text, of in shop.sources.items()}]))
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        sys.exit(f"shop {number} failed")
