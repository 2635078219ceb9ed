"""Counts what Django sends. It stands in a file of its own because it is on the stack of every statement: NPLUS1_LIBRARY=django_hook.py
(with its whole path) says that it is not the program's own code."""


def install(connection, counts):
    def wrapper(execute, sql, parameters, many, context):
        counts.sent(len(parameters) if many else 1)
        return execute(sql, parameters, many, context)

    connection.execute_wrappers.append(wrapper)
    if connection.vendor == "sqlite":
        counts.trace()  # a new connection has run PRAGMA foreign_keys
        connection.connection.set_trace_callback(counts.trace)
