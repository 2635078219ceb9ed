<?php

use NPlus1\Agent;
use NPlus1\Place;
use NPlus1\Test;

/**
 * N+1 queries in PHP's tests: what nplus1's agent (https://nplus1.dev: LD_PRELOAD=libnplus1.so, `nplus1 run`) found in each test.
 *
 *     <listener class="NPlus1\PHPUnit\Listener"/>    in phpunit.xml of PHPUnit 9
 *     use NPlus1\PHPUnit\Watched;                    in a test's class, or in the one that all extend: also later versions
 *
 * In a program, whether it is watched or not:
 *
 *     NPlus1::allowed("three at the most", fn () => ...);    what runs in it is meant
 *     NPlus1::scope("import of orders", fn () => ...);       a unit of work, named in reports
 *
 * Without the agent, or without PHP's extension FFI, all of this does nothing but to call what it is given.
 */
final class NPlus1
{
    /** Whether the agent is there and records. */
    public static function isWatched(): bool
    {
        return Agent::isWatched();
    }

    /** A unit of work: reports say how much of each finding was in it. Returns what $work returns. */
    public static function scope(string $name, callable $work)
    {
        return Agent::scope($name, $work);
    }

    /** What runs in $work is meant: no test fails for it, and reports say why. Returns what $work returns. */
    public static function allowed(string $reason, callable $work)
    {
        $caller = debug_backtrace(DEBUG_BACKTRACE_IGNORE_ARGS, 1)[0];

        return Agent::allowance($reason, new Place($caller['file'] ?? null, $caller['line'] ?? 0), $work);
    }

    /** In a test or its setUp(): the loops of the test are meant. */
    public static function allow(string $reason): void
    {
        if (Test::$current) {
            Test::$current->allow($reason);
        }
    }

    /** In a test or its setUp(): it fails when it executes more statements from here on; BEGIN, COMMIT and savepoints do not count. */
    public static function maxQueries(int $limit): void
    {
        if (Test::$current) {
            Test::$current->limit($limit);
        }
    }
}
