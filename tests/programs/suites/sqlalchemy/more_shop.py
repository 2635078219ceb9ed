"""Not collected by itself: limits, and an allowance that nothing needs."""
import pytest
import shop


def test_three_statements(nplus1):
    nplus1.max_queries(2)
    with shop.new_session() as session:
        shop.names(session)


@pytest.mark.nplus1(max_queries=40)
def test_below_the_limit():
    with shop.new_session() as session:
        shop.names(session)


@pytest.mark.nplus1(allow="it had a loop once")
def test_stale():
    with shop.new_session() as session:
        shop.names(session)


@pytest.mark.nplus1(fail_on="proven")
def test_fails_on_more(nplus1):
    with shop.new_session() as session:
        for customer in shop.names(session):
            session.query(shop.Customer).filter_by(name=customer).all()
            session.expire_all()
