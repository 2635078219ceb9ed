"""Counts what Django sends. It stands in a file of its own because it is on the stack of every statement: NPLUS1_LIBRARY=django_hook.py
(with its whole path) says that it is not the program's own code."""
import sqlite3


def install(connection, counts):
    def wrapper(execute, sql, parameters, many, context):
        counts.sent(len(parameters) if many else 1)
        return execute(sql, parameters, many, context)

    connection.execute_wrappers.append(wrapper)


def trace(connection, counts):
    """Before the connection is opened: what a new one runs differs from version to version."""
    class Traced(sqlite3.Connection):
        def __init__(self, *arguments, **more):
            super().__init__(*arguments, **more)
            self.set_trace_callback(counts.trace)

    if connection.vendor == "sqlite":
        connection.settings_dict["OPTIONS"]["factory"] = Traced
