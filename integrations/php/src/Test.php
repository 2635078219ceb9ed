<?php

namespace NPlus1;

use NPlus1\PHPUnit\NPlusOne;

/** The test that runs: a scope from begin() to end(). */
final class Test
{
    /** @var ?Test */
    public static $current;
    /** @var bool whether begin() was called in this process */
    private static $isTold = false;

    /** @var Place */
    private $place;
    /** @var ?string */
    private $reason;
    /** @var ?int */
    private $limit;
    /** @var int statements before limit() */
    private $before = 0;

    private function __construct(Place $place)
    {
        $this->place = $place;
    }

    public static function begin(\ReflectionMethod $method, string $name): void
    {
        self::tell();
        if (!self::$current && Agent::isWatched()) {
            self::$current = new self(new Place($method->getFileName(), $method->getStartLine()));
            Agent::begin($name);
        }
    }

    public static function end(): void
    {
        if (self::$current) {
            self::$current = null;
            Agent::end();
        }
    }

    public function allow(string $reason): void
    {
        $this->reason = $reason;
    }

    public function limit(int $limit): void
    {
        $this->limit = $limit;
        $this->before = Agent::executions();
    }

    /** What is wrong with the test so far. */
    public function failure(Rules $rules): ?NPlusOne
    {
        $executions = Agent::executions() - $this->before;
        if ($this->limit !== null && $executions > $this->limit) {
            return new NPlusOne("$executions statements were executed, $this->limit are allowed", $this->place);
        }
        $found = Agent::findings();
        if ($this->reason !== null) {
            Agent::note($this->place, $this->reason, $found !== []);

            return null;
        }
        $found = array_values(array_filter($found, [$rules, 'fails']));

        return $found ? new NPlusOne(Failures::message($found), $found[0]->place()) : null;
    }

    /** Says at the end of the process what there is to say. */
    private static function tell(): void
    {
        if (self::$isTold) {
            return;
        }
        self::$isTold = true;
        register_shutdown_function(static function (): void {
            $lines = Agent::isWatched() ? [] : [Agent::how()];
            foreach (Agent::stale() as $line) {
                $lines[] = "nplus1: this allowance is needed by nothing: $line";
            }
            if ($lines) {
                fwrite(STDERR, "\n" . implode("\n", $lines) . "\n"); // PHPUnit ends in the middle of a line
            }
        });
    }
}
