# A hundred customers with an order each.
require_relative "models"

DB[:customers].import([:id, :name], (1..100).map { |i| [7 * i, "customer #{i}"] })
DB[:orders].import([:customer_id, :amount], (1..100).map { |i| [7 * i, i] })
