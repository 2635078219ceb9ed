# ActiveRecord: relations that load lazily, and the four ways of loading them at once.
require "active_record"
POSTGRESQL = !ARGV[1].nil? && ARGV[1] != ":memory:"
require_relative "common"

ActiveRecord::Base.establish_connection(POSTGRESQL ? { adapter: "postgresql", database: ARGV[1] } : { adapter: "sqlite3", database: ":memory:" })
ActiveSupport::Notifications.subscribe("sql.active_record") { |*, payload| sent unless payload[:cached] || payload[:name] == "SCHEMA" }
fill.each { |statement| ActiveRecord::Base.connection.execute(statement) }

class Author < ActiveRecord::Base
  has_many :books
end

class Book < ActiveRecord::Base
  belongs_to :author
end

class Customer < ActiveRecord::Base
  has_many :orders
end

class Order < ActiveRecord::Base
  belongs_to :customer
  has_many :items
end

class Item < ActiveRecord::Base
  belongs_to :order
end

def pages_of(author)
  author.books.sum(&:pages) # N+1 here
end

scene(:authors_books_lazy, 1 + SIZE) do
  Author.all.to_a.sum { |author| pages_of(author) }
end

scene(:authors_books_includes, 2) { Author.includes(:books).to_a.sum { |author| pages_of(author) } }
scene(:authors_books_preload, 2) { Author.preload(:books).to_a.sum { |author| pages_of(author) } }
scene(:authors_books_eager_load, 1) { Author.eager_load(:books).to_a.sum { |author| pages_of(author) } }

scene(:books_author_lazy, 1 + SIZE * BOOKS) do
  Book.all.to_a.sum { |book| book.author.name.size } # N+1 here
end

scene(:books_author_includes, 2) { Book.includes(:author).to_a.sum { |book| book.author.name.size } }

scene(:customers_orders_items_lazy, 1 + SIZE + SIZE * ORDERS) do
  Customer.all.to_a.sum do |customer|
    customer.orders.to_a.sum do |order| # N+1 here
      order.items.to_a.sum(&:price) # N+1 here
    end
  end
end

scene(:customers_orders_items_includes, 3) do
  Customer.includes(orders: :items).to_a.sum { |customer| customer.orders.sum { |order| order.items.sum(&:price) } }
end

# What ActiveRecord asks of the schema, once.
[Author.first.books, Customer.first.orders.first.items].each(&:to_a)
Book.first.author
run_scene
