class OrdersController < ActionController::Base
  def index
    orders = Order.order(:id)
    render json: orders.map { |order| { customer: order.customer.name, amount: order.amount } }
  end
end
