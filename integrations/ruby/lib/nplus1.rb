# N+1 queries in Ruby's tests: what nplus1's agent (https://nplus1.dev: LD_PRELOAD=libnplus1.so, `nplus1 run`) found in each test.
#
#     require "nplus1/rspec"       in spec_helper.rb, or `rspec -r nplus1/rspec`; `nplus1 run -- rspec` watches
#     require "nplus1/minitest"    in test_helper.rb, Rails' too
#
# In a program, whether it is watched or not:
#
#     NPlus1.allowed("three at the most") { ... }    what runs in it is meant
#     NPlus1.scope("import of orders") { ... }       a unit of work, named in reports
#
# Without the agent all of this does nothing. No dependencies.
require_relative "nplus1/agent"
require_relative "nplus1/failures"

module NPlus1
  # Whether the agent is there and records.
  def self.watched?
    Agent.watched?
  end

  # A unit of work: reports say how much of each finding was in it. Returns what the block returns.
  def self.scope(name, &block)
    Agent.scope(name, &block)
  end

  # What runs in the block is meant: no test fails for it, and reports say why. Returns what the block returns.
  def self.allowed(reason, &block)
    caller = caller_locations(1, 1).first
    Agent.allowance(reason, caller.absolute_path || caller.path, caller.lineno, &block)
  end
end
