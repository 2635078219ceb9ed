import nplus1 as marks
import pytest
import shop


@pytest.fixture
def session():
    with shop.new_session() as session:
        yield session


def test_counts(session):
    assert shop.counts(session) == [2] * 6


def test_names(session):
    assert len(shop.names(session)) == 6


def test_one_customer(session):
    assert len(session.get(shop.Customer, 3).orders) == 2


def test_allowed_by_the_fixture(session, nplus1):
    with nplus1.allow("there are six"):
        shop.counts(session)


def test_allowed_in_the_program(session):
    with marks.allowed("there are six"):
        shop.counts(session)


@pytest.mark.nplus1(allow="there are six")
def test_allowed_by_a_mark(session):
    shop.counts(session)


class TestClass:
    def test_counts_again(self, session):
        assert sum(shop.counts(session)) == 12
