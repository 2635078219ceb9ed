# Each test is a scope, and fails at the line of the loop when it has one. For Rails' tests and Minitest::Spec, too.
#
# In a test or its setup: nplus1_allow("why"), nplus1_max_queries(3), which counts from there on. NPLUS1_FAIL_ON has the kinds and
# confidences that fail, as of `nplus1 check --fail-on`.
require "minitest"
require_relative "../nplus1"

module NPlus1
  module Minitest
    HOW = "nplus1: run `nplus1 run -- ruby ...` (or rake, rails) to watch for N+1 queries".freeze

    module Watching
      # The test's loops are meant.
      def nplus1_allow(reason)
        @nplus1_allows = reason
      end

      # The test fails when it executes more statements from here on.
      def nplus1_max_queries(limit)
        @nplus1_limit, @nplus1_before = limit, Agent.executions
      end

      def run
        return super unless NPlus1.watched?
        Agent.scope("#{self.class.name}##{name}") do
          result = super
          failure = nplus1_failure
          result.failures << failure if failure && result.failures.empty?
          result
        end
      end

      private

      def nplus1_failure
        place = Place.new(*method(name).source_location)
        Agent.note(place, @nplus1_allows, !Agent.findings.empty?) if @nplus1_allows
        Failures.of_scope(place, Minitest.rules, allows: @nplus1_allows, limit: @nplus1_limit, before: @nplus1_before || 0,
                          error: ::Minitest::Assertion) # that class alone is counted as a failure
      end
    end

    def self.rules
      @rules ||= Rules.new
    end

    # Says what there is to say when the tests are over.
    def self.report
      puts HOW unless NPlus1.watched?
      Agent.stale.each { |line| puts "nplus1: this allowance is needed by nothing: #{line}" }
    end
  end
end

NPlus1::Minitest.rules # complains of a wrong list before the first test runs
Minitest.after_run { NPlus1::Minitest.report }
Minitest::Test.prepend(NPlus1::Minitest::Watching)
