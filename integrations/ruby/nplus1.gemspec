Gem::Specification.new do |spec|
  spec.name = "nplus1"
  spec.version = "0.1.0"
  spec.summary = "Fails tests that have N+1 queries, at the line of the loop"
  spec.description = "For RSpec and minitest; finds what nplus1's agent records of a program."
  spec.authors = ["nplus1's authors"]
  spec.license = "Apache-2.0"
  spec.required_ruby_version = ">= 2.7"
  spec.files = Dir["lib/**/*.rb", "README.md", base: __dir__]
end
