# bin/rails runner db/seeds.rb: a hundred customers with an order each.
ActiveRecord::Schema.define do
  create_table(:customers) { |t| t.text :name }
  create_table(:orders) do |t|
    t.references :customer
    t.integer :amount
  end
end
Customer.insert_all((1..100).map { |i| { id: 7 * i, name: "customer #{i}" } })
Order.insert_all((1..100).map { |i| { customer_id: 7 * i, amount: i } })
