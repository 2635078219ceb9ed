"""What the Python programs share: scenes with what each has to execute, and the command line, `PROGRAM SCENE[=DATABASE] ...`."""
import asyncio
import os
import sys

ORDERS, CUSTOMERS, USERS, POSTS = 100, 10, 20, 5  # posts of each user; fill.sql


class Scenes:
    def __init__(self):
        self.by_name = {}

    def __call__(self, expected):
        def register(load):
            self.by_name[load.__name__] = (load, expected)
            return load
        return register

    def main(self, opened):
        """opened(database) is an asynchronous context manager: what the scenes are called with."""
        asyncio.run(self.run(opened))

    async def run(self, opened):
        for word in sys.argv[1:] or self.by_name:
            name, _, database = word.partition("=")
            load, expected = self.by_name[name]
            async with opened(database or os.environ["PGDATABASE"]) as connection:
                print(name, expected, await load(connection))
