# The gem sqlite3, without an ORM.
require "sqlite3"
POSTGRESQL = false
require_relative "common"

DB = SQLite3::Database.new(ARGV[1] || ":memory:")
fill.each { |statement| DB.execute(statement) }

def load_books(author)
  (sent && DB.execute("SELECT pages FROM books WHERE author_id = ?", [author])).sum { |row| row[0] } # N+1 here
end

scene(:authors_books_lazy, 1 + SIZE) do
  (sent && DB.execute("SELECT id FROM authors", [])).sum { |(author)| load_books(author) }
end

scene(:authors_books_joined, 1) do
  (sent && DB.execute("SELECT pages FROM authors JOIN books ON author_id = authors.id", [])).sum { |row| row[0] }
end

scene(:customers_orders_items_lazy, 1 + SIZE + SIZE * ORDERS) do
  (sent && DB.execute("SELECT id FROM customers", [])).sum do |(customer)|
    (sent && DB.execute("SELECT id FROM orders WHERE customer_id = ?", [customer])).sum do |(order)| # N+1 here
      (sent && DB.execute("SELECT sum(price) FROM items WHERE order_id = ?", [order]))[0][0] # N+1 here
    end
  end
end

scene(:customers_orders_items_grouped, 1) do
  (sent && DB.execute("SELECT o.customer_id, sum(price) FROM orders o JOIN items ON order_id = o.id GROUP BY o.customer_id", [])).sum { |row| row[1] }
end

scene(:two_places, 2 + 2 * SIZE) do
  first = (sent && DB.execute("SELECT id FROM authors", [])).sum { |(author)| load_books(author) }
  first + (sent && DB.execute("SELECT id FROM authors", [])).sum { |(author)| load_books(author) } - first
end

run_scene
