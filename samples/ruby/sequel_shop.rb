# Sequel: associations that load lazily, and eagerly.
require "sequel"
require "logger"
POSTGRESQL = !ARGV[1].nil? && ARGV[1] != ":memory:"
require_relative "common"

DB = POSTGRESQL ? Sequel.connect(adapter: "postgres", database: ARGV[1]) : Sequel.sqlite
fill.each { |statement| DB.run(statement) }

class Author < Sequel::Model
  one_to_many :books
end

class Book < Sequel::Model
  many_to_one :author
end

class Customer < Sequel::Model
  one_to_many :orders
end

class Order < Sequel::Model
  one_to_many :items
end

class Item < Sequel::Model
end

class Line # what a logger writes to
  def write(_line)
    sent
  end

  def close
  end
end
DB.loggers << Logger.new(Line.new)

scene(:authors_books_lazy, 1 + SIZE) do
  Author.all.sum do |author|
    author.books.sum(&:pages) # N+1 here
  end
end

scene(:authors_books_eager, 2) { Author.eager(:books).all.sum { |author| author.books.sum(&:pages) } }
scene(:authors_books_eager_graph, 1) { Author.eager_graph(:books).all.sum { |author| author.books.sum(&:pages) } }

scene(:customers_orders_items_lazy, 1 + SIZE + SIZE * ORDERS) do
  Customer.all.sum do |customer|
    customer.orders.sum do |order| # N+1 here
      order.items.sum(&:price) # N+1 here
    end
  end
end

scene(:customers_orders_items_eager, 3) do
  Customer.eager(orders: :items).all.sum { |customer| customer.orders.sum { |order| order.items.sum(&:price) } }
end

run_scene
