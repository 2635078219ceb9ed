require_relative "shop"

run Rails.application
