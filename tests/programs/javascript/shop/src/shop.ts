// Orders and their customers, in a language that does not run as it is written.
import { customer, customers } from './customers';

interface Order {
  id: number;
  customer: number;
}

enum State { New, Paid }

class Shop {
  constructor(private readonly state: State) {}

  names(orders: Order[]): number {
    let sum: number = this.state;
    for (const order of orders)
      sum += customer(order.customer); // each order
    return sum;
  }
}

function orders(count: number): Order[] {
  return Array.from({ length: count }, (_, i): Order => ({ id: i, customer: i % 7 }));
}

customers();
new Shop(State.Paid).names(orders(50)); // the program
