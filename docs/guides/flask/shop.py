from flask import Flask
from sqlalchemy.orm import Session

from models import Order, engine

app = Flask(__name__)


@app.get("/orders")
def orders():
    with Session(engine) as session:
        found = session.query(Order).order_by(Order.id)
        return {"orders": [{"customer": order.customer.name, "amount": order.amount} for order in found]}
