"""A prefork server, four workers and 2,000 requests: one readable recording per worker, with just the executions that it answered for."""
import gunicorn_server


def test_every_request_is_counted_in_the_recording_of_its_worker(build, tmp_path):
    gunicorn_server.check(build, tmp_path, requests=2000)
