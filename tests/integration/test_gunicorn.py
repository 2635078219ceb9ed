"""A prefork server leaves one readable recording per worker, and together they have every execution. tests/long has 2,000 requests."""
import gunicorn_server


def test_every_request_is_counted_in_the_recording_of_its_worker(build, tmp_path):
    gunicorn_server.check(build, tmp_path, requests=200)
