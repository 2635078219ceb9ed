# From findings to a failure that stands at the line of the loop.
module NPlus1
  # A test has a loop of statements that it should not have.
  class NPlusOne < StandardError
  end

  # Kinds with the least confidence that fails, in the words of `nplus1 check --fail-on`: KIND, CONFIDENCE or KIND:CONFIDENCE.
  class Rules
    CONFIDENCES = %w[possible likely proven].freeze
    KINDS = %w[n_plus_one batched_n_plus_one duplicate_query write_loop join_fanout unused_rows large_in_list reprepare long_transaction
               chatty_fetch].freeze
    FAIL_ON = "n_plus_one,batched_n_plus_one".freeze # unless somebody says otherwise

    def initialize(text = ENV["NPLUS1_FAIL_ON"] || FAIL_ON)
      @least = {}
      text.split(",").map(&:strip).reject(&:empty?).each { |item| add(item) }
    end

    def fails?(finding)
      least = @least[finding.kind]
      !least.nil? && CONFIDENCES.index(finding.confidence) >= least
    end

    private

    def add(item)
      kind, confidence = item.split(":", 2)
      kinds, least = CONFIDENCES.include?(item) ? [KINDS, item] : [[kind], confidence || "likely"]
      unless (kinds - KINDS).empty? && CONFIDENCES.include?(least)
        raise ArgumentError, "nplus1: '#{item}' is not a kind, a confidence or KIND:CONFIDENCE"
      end
      kinds.each { |name| @least[name] = [@least[name], CONFIDENCES.index(least)].compact.min }
    end
  end

  module Failures
    TITLES = { "n_plus_one" => "N+1", "batched_n_plus_one" => "a batch in a loop" }.freeze

    module_function

    # The exception for what is wrong with the innermost scope; nil: nothing is. place: of the test. limit, before: statements that it may
    # execute, and those that it had executed when this was said. allows: its loops are meant.
    def of_scope(place, rules, allows: false, limit: nil, before: 0, error: NPlusOne)
      executions = Agent.executions - before
      return at(place, "#{executions} statements were executed, #{limit} are allowed", error) if limit && executions > limit
      found = allows ? [] : Agent.findings.select { |finding| rules.fails?(finding) }
      at(found.first.place, message_of(found), error) unless found.empty?
    end

    # An exception whose backtrace is the place: that is where the program is to be changed, and what frameworks show the source of.
    def at(place, message, error)
      error.new(message).tap do |made|
        made.set_backtrace(["#{place}#{":in `#{place.function}'" if place.function}"]) if place.file
      end
    end

    def message_of(found)
      lines = found.flat_map { |finding| ["#{finding.place}: #{describe(finding).first}", *describe(finding).drop(1), ""] }
      [*lines, 'Mean it? NPlus1.allowed("why") { ... }   All of it: nplus1 report'].join("\n")
    end

    # Lines of text: what, where from, what to do.
    def describe(finding)
      lines = ["#{TITLES[finding.kind] || finding.kind.tr("_", " ")}, #{finding.confidence}: #{finding.executions} executions of",
               "    #{finding.statement}"]
      lines.push("whose parameter #{finding.parameter} is #{finding.parent_column} of", "    #{finding.parent}") if finding.parent
      lines << "executed at #{finding.location}" if finding.loop && finding.loop.to_s != finding.location.to_s
      lines << finding.advice
    end
  end
end
