# The agent's functions, by Fiddle, as agent/api/nplus1.h declares them; all of them are harmless without the agent.
require "fiddle"

module NPlus1
  # A line of a program; file and function may be nil.
  Place = Struct.new(:file, :line, :function, :module) do
    def to_s
      return self.module || "unknown place" unless file
      "#{file.start_with?("#{Dir.pwd}/") ? file.delete_prefix("#{Dir.pwd}/") : file}:#{line}"
    end
  end

  # One thing that is wrong in a scope; names as in the JSON of `nplus1 report`. loop may be nil.
  Finding = Struct.new(:kind, :confidence, :statement, :database, :location, :loop, :parent, :parent_column, :parameter, :executions,
                       :distinct_values, :rows, :time_ns, :advice) do
    # The line to look at: the loop's where it is known.
    def place
      self.loop || location
    end
  end

  module Agent
    # struct nplus1_finding behind its size: texts, a number of 4 bytes with 4 of padding (Lx4), numbers of 8.
    PLACE = "JLx4JJQ".freeze
    LAYOUT = "x8JJJJ#{PLACE}#{PLACE}JJLx4QQQQJ".freeze
    SIZE = 184

    @needed = {}

    class << self
      # Asked before the first test, it makes threads count for the test that waits for them.
      def watched?
        !call(:nplus1_present).to_i.zero?
      end

      # What was found in the innermost scope so far, the surest first.
      def findings
        found = []
        return found unless there?
        each = Fiddle::Closure::BlockCaller.new(Fiddle::TYPE_INT, [Fiddle::TYPE_VOIDP, Fiddle::TYPE_VOIDP]) do |finding, _|
          found << finding_at(finding)
          0
        end
        call(:nplus1_scope_findings, each, nil)
        found
      end

      # Statements in the innermost scope so far, but for those that control transactions.
      def executions
        call(:nplus1_scope_executions).to_i
      end

      def scope(name)
        call(:nplus1_scope_begin, name)
        begin
          yield
        ensure
          call(:nplus1_scope_end)
        end
      end

      # NPlus1.allowed for who knows where it is written; line may be nil.
      def allowance(reason, file, line)
        return yield unless there?
        call(:nplus1_allow_begin, reason)
        begin
          yield
        ensure
          note(Place.new(file, line), reason, !findings.empty?)
          call(:nplus1_allow_end)
        end
      end

      # An allowance was used there, and something needed it or not.
      def note(place, reason, needed)
        @needed[[place, reason]] = @needed[[place, reason]] || needed
      end

      # Lines about the allowances of this process that nothing needed.
      def stale
        @needed.reject { |_, needed| needed }.keys.map { |place, reason| "#{place.line ? place : place.file}: #{reason}" }.sort
      end

      private

      def there?
        !functions.nil?
      end

      def call(name, *arguments)
        functions && functions[name].call(*arguments)
      end

      # nil without the agent.
      def functions
        return @functions if defined?(@functions)
        program = Fiddle.dlopen(nil)
        text = [Fiddle::TYPE_VOIDP]
        @functions = { nplus1_present: [[], Fiddle::TYPE_INT], nplus1_scope_begin: [text, Fiddle::TYPE_VOID], nplus1_scope_end: [[], Fiddle::TYPE_VOID],
                       nplus1_scope_findings: [text * 2, Fiddle::TYPE_INT], nplus1_scope_executions: [[], -Fiddle::TYPE_LONG_LONG],
                       nplus1_allow_begin: [text, Fiddle::TYPE_VOID], nplus1_allow_end: [[], Fiddle::TYPE_VOID] }
                     .map { |name, (takes, gives)| [name, Fiddle::Function.new(program[name.to_s], takes, gives)] }.to_h
      rescue Fiddle::DLError
        @functions = nil
      end

      def finding_at(pointer)
        kind, confidence, statement, database, *rest = Fiddle::Pointer.new(pointer.to_i)[0, SIZE].unpack(LAYOUT)
        location, around, rest = place_of(rest.shift(5)), place_of(rest.shift(5)), rest
        parent, column, parameter, executions, distinct, rows, time, advice = rest
        Finding.new(text(kind), text(confidence), text(statement), text(database), location, (around if around.file || around.module),
                    text(parent), text(column), parameter, executions, distinct, rows, time, text(advice))
      end

      def place_of(fields)
        file, line, function, mapped, = fields
        Place.new(text(file), line, text(function), text(mapped))
      end

      def text(address)
        Fiddle::Pointer.new(address).to_s.force_encoding(Encoding::UTF_8).scrub unless address.zero?
      end
    end
  end
end
