# The gem pg, without an ORM.
require "pg"
POSTGRESQL = true
require_relative "common"

DB = PG.connect(dbname: ARGV[1])
fill.each { |statement| DB.exec(statement) }

def load_books(author)
  (sent && DB.exec_params("SELECT pages FROM books WHERE author_id = $1", [author]).values).sum { |row| row[0].to_i } # N+1 here
end

scene(:authors_books_lazy, 1 + SIZE) do
  (sent && DB.exec_params("SELECT id FROM authors", []).values).sum { |(author)| load_books(author) }
end

scene(:authors_books_joined, 1) do
  (sent && DB.exec_params("SELECT pages FROM authors JOIN books ON author_id = authors.id", []).values).sum { |row| row[0].to_i }
end

scene(:customers_orders_items_lazy, 1 + SIZE + SIZE * ORDERS) do
  (sent && DB.exec_params("SELECT id FROM customers", []).values).sum do |(customer)|
    (sent && DB.exec_params("SELECT id FROM orders WHERE customer_id = $1", [customer]).values).sum do |(order)| # N+1 here
      (sent && DB.exec_params("SELECT sum(price) FROM items WHERE order_id = $1", [order]).values)[0][0].to_i # N+1 here
    end
  end
end

scene(:customers_orders_items_grouped, 1) do
  (sent && DB.exec_params("SELECT o.customer_id, sum(price) FROM orders o JOIN items ON order_id = o.id GROUP BY o.customer_id", []).values).sum { |row| row[1].to_i }
end

scene(:two_places, 2 + 2 * SIZE) do
  first = (sent && DB.exec_params("SELECT id FROM authors", []).values).sum { |(author)| load_books(author) }
  first + (sent && DB.exec_params("SELECT id FROM authors", []).values).sum { |(author)| load_books(author) } - first
end

run_scene
