# Each example is a scope, and fails at the line of the loop when it has one.
#
# Metadata, of examples and groups: nplus1: { allow: "why", max_queries: 3, fail_on: "write_loop" }; what `before` hooks execute counts.
# Setting: config.nplus1_fail_on = "LIST"; the environment's NPLUS1_FAIL_ON goes before it.
require "rspec/core"
require_relative "../nplus1"

module NPlus1
  module RSpec
    HOW = "nplus1: run `nplus1 run -- rspec` to watch for N+1 queries".freeze

    module_function

    def settings_of(example)
      groups = example.example_group.parent_groups.reverse.map(&:metadata)
      [*groups, example.metadata].map { |metadata| metadata[:nplus1] }.grep(Hash).reduce({}, :merge)
    end

    def rules(list = nil)
      Rules.new(*(list || ENV["NPLUS1_FAIL_ON"] || ::RSpec.configuration.nplus1_fail_on))
    end

    def place_of(example)
      Place.new(example.metadata[:absolute_file_path], example.metadata[:line_number])
    end

    def run(example)
      settings = settings_of(example)
      Agent.scope("#{example.location_rerun_argument.delete_prefix("./")} #{example.full_description}") do
        allowing(settings[:allow], example) { example.run }
        next if example.exception || example.pending? || example.skipped?
        failure = Failures.of_scope(place_of(example), rules(settings[:fail_on]), allows: settings[:allow], limit: settings[:max_queries])
        raise failure if failure
      end
    end

    def allowing(reason, example, &block)
      return yield unless reason
      place = place_of(example)
      Agent.allowance(reason, place.file, place.line, &block)
    end
  end
end

RSpec.configure do |config|
  config.add_setting :nplus1_fail_on, default: NPlus1::Rules::FAIL_ON
  config.backtrace_exclusion_patterns << %r{/lib/nplus1/\w+\.rb:}
  config.before(:suite) do
    NPlus1::RSpec.rules # complains of a wrong list before the first example runs
    config.reporter.message(NPlus1::RSpec::HOW) unless NPlus1.watched?
  end
  config.around do |example|
    NPlus1.watched? ? NPlus1::RSpec.run(example) : example.run
  end
  config.after(:suite) do
    NPlus1::Agent.stale.each { |line| config.reporter.message("nplus1: this allowance is needed by nothing: #{line}") }
  end
end
