require "nplus1/rspec"
require_relative "../shop"

RSpec.configure { |config| config.before { Shop.open } }
