# A shop's pages in Rails: one file and its templates; each answer says how many statements its page sent. DATABASE_URL names the database.
#
#     ruby shop.rb    makes the tables and fills them
#
# Where a line here or in a template says N+1, a loop is found at it: which table is asked for each row of which other one.
require "action_controller/railtie"
require "active_record/railtie"

class Shop < Rails::Application
  config.root = __dir__
  config.eager_load = true
  config.hosts.clear
  config.logger = Logger.new($stderr)
  config.log_level = :warn
  config.secret_key_base = "of a test"
end

WIDTH = 36 # columns of each table that no page shows, as tables that grew have them
TABLES = {
  suppliers: { name: :string }, categories: { name: :string, parent_id: :integer }, customers: { name: :string },
  products: { name: :string, supplier_id: :integer, category_id: :integer },
  orders: { customer_id: :integer, day: :date }, items: { order_id: :integer, product_id: :integer, price: :integer },
  notes: { product_id: :integer, customer_id: :integer, text: :string }, visits: { key: :string, customer_id: :integer }
}.freeze

class Row < ActiveRecord::Base
  self.abstract_class = true
end

class Supplier < Row
  has_many :products
end

class Category < Row
  has_many :products
  belongs_to :parent, class_name: "Category", optional: true
end

class Customer < Row
  has_many :orders
  has_many :notes

  def spent
    Item.joins(:order).where(orders: { customer_id: id }).sum(:price)
  end
end

class Product < Row
  belongs_to :supplier
  belongs_to :category
  has_many :notes
end

class Order < Row
  belongs_to :customer
  has_many :items
end

class Item < Row
  belongs_to :order
  belongs_to :product
end

class Note < Row
  belongs_to :product
  belongs_to :customer
end

class Visit < Row
  belongs_to :customer
end

class PagesController < ActionController::Base
  SIZE = 12
  TABLES.keys.first(5).each do |table| # pages that need one statement
    model = table.to_s.classify.constantize
    define_method("list_#{table}") { show(:names, rows: some(model)) }
    define_method("one_#{table}") { show(:names, rows: [model.find(turn % 20 + 1)]) }
  end

  around_action :count
  before_action { @customer = Visit.find_by!(key: request.headers["Session"]).customer }

  def orders = show(:orders, orders: some(Order))
  def orders_included = show(:orders, orders: some(Order.includes(:customer)))
  def orders_preloaded = show(:orders, orders: some(Order.preload(:customer)))
  def orders_joined = show(:orders, orders: some(Order.eager_load(:customer)))
  def orders_in_full = show(:orders_in_full, orders: some(Order.where("day > ?", "2020-01-03")))
  def orders_in_full_included = show(:orders_in_full, orders: some(Order.includes(items: :product)))
  def customers = show(:customers, customers: some(Customer))
  def customers_included = show(:customers, customers: some(Customer.includes(:orders)))
  def spenders = show(:spenders, customers: some(Customer.where("id > 3")))
  def products = show(:products, products: some(Product))
  def products_included = show(:products, products: some(Product.includes(:supplier, :category)))
  def noted = show(:noted, products: some(Product.where.not(category_id: 1)))
  def categories = show(:categories, categories: some(Category.where.not(parent_id: nil)))
  def categories_counted = show(:counts, counts: Product.joins(:category).group("categories.name").count)
  def customer = show(:customers, customers: [Customer.find(turn)])
  def product = show(:products, products: [Product.find(turn)])
  def notes_of = show(:texts, texts: @customer.notes.limit(SIZE).pluck(:text))
  def search = show(:names, rows: Product.where("name LIKE ?", "%#{turn}%").limit(SIZE))
  def search_orders = show(:orders, orders: Order.includes(:customer).where(day: Date.new(2020, 1, 1 + turn)))
  def totals = show(:counts, counts: { orders: Order.count, items: Item.count, customers: Customer.count, spent: Item.sum(:price) })
  def best = show(:counts, counts: Item.group(:product_id).order(Arel.sql("sum(price) desc")).limit(SIZE).sum(:price))

  def neighbours
    product = Product.find(turn + 1)
    show(:names, rows: [product, Product.where("id < ?", product.id).last, Product.where("id > ?", product.id).first])
  end

  def writers
    texts = some(Note).map do |note|
      "#{note.customer.name}: #{note.text}" # N+1: customers from notes.customer_id
    end
    show(:texts, texts: texts)
  end

  def writers_at_once
    notes = some(Note)
    names = Customer.where(id: notes.map(&:customer_id)).index_by(&:id)
    show(:texts, texts: notes.map { |note| "#{names[note.customer_id].name}: #{note.text}" })
  end

  def sold
    counts = some(Product).to_h do |product|
      [product.name, Item.where(product_id: product.id).sum(:price)] # N+1: items from products.id
    end
    show(:counts, counts: counts)
  end

  private

  # The rows that a page shows; the round in which it is asked for says which.
  def some(rows)
    start = turn % 5 * SIZE
    start.zero? ? rows.order(:id).limit(SIZE) : rows.order(:id).limit(SIZE).offset(start)
  end

  def turn = params[:turn].to_i

  def show(page, values) = render(page, locals: values)

  # The number of statements that a page sent goes out with its answer, but for what Rails asks about the tables.
  def count(&page)
    sent = 0
    counting = ->(*, about) { sent += 1 unless about[:cached] || about[:name] == "SCHEMA" || about[:sql].include?("sqlite_") }
    ActiveSupport::Notifications.subscribed(counting, "sql.active_record", &page)
    response.headers["Executions"] = sent.to_s
  end
end

Shop.initialize!
Shop.routes.draw { PagesController.public_instance_methods(false).each { |page| get "/#{page}/:turn", to: "pages##{page}" } }

ROWS = { suppliers: 20, categories: 30, customers: 70, products: 90, orders: 300, items: 1200, notes: 400, visits: 50 }.freeze

def fill
  chance = Random.new(1)
  TABLES.each do |table, columns|
    ActiveRecord::Base.connection.create_table(table) do |t|
      WIDTH.times { |i| t.integer("detail_#{i}", default: i) }
      columns.each { |name, type| t.column(name, type) }
    end
    rows = Array.new(ROWS[table]) do |i|
      columns.to_h { |name, type| [name, value(name, type, i, chance)] }
    end
    table.to_s.classify.constantize.insert_all!(rows)
  end
end

def value(name, type, number, chance)
  return "visitor-#{number}" if name == :key
  return "#{name} #{number}" if type == :string
  return Date.new(2020, 1, 1) + number / 10 if type == :date

  other = { parent_id: :categories }[name] || name.to_s.delete_suffix("_id").pluralize.to_sym
  1 + chance.rand(ROWS[other] || 900)
end

fill if $PROGRAM_NAME == __FILE__
