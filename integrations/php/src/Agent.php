<?php

namespace NPlus1;

/** The agent's functions, by FFI, as agent/api/nplus1.h declares them; all of them are harmless without the agent. */
final class Agent
{
    /** A declaration for each name: FFI takes the second one of `const char *a, *b` for something else. */
    private const DECLARATIONS = '
        struct nplus1_place {
            const char *file;
            unsigned line;
            const char *function;
            const char *module;
            unsigned long long offset;
        };
        struct nplus1_finding {
            size_t size;
            const char *kind;
            const char *confidence;
            const char *statement;
            const char *database;
            struct nplus1_place place;
            struct nplus1_place loop;
            const char *parent;
            const char *parent_column;
            unsigned parameter;
            unsigned long long executions;
            unsigned long long distinct_values;
            unsigned long long rows;
            unsigned long long time_ns;
            const char *advice;
        };
        struct nplus1_each {
            int (*each)(const struct nplus1_finding *finding, void *data);
        };
        int nplus1_present(void);
        void nplus1_scope_begin(const char *name);
        void nplus1_scope_end(void);
        int nplus1_scope_findings(int (*each)(const struct nplus1_finding *finding, void *data), void *data);
        unsigned long long nplus1_scope_executions(void);
        void nplus1_allow_begin(const char *reason);
        void nplus1_allow_end(void);
    ';

    /** @var null|false|\FFI the library; false: without the agent */
    private static $library;
    /** @var ?\FFI\CData holds the one callback: PHP frees none before it ends */
    private static $callback;
    /** @var Finding[] */
    private static $found = [];
    /** @var array<string, bool> a line about an allowance => whether something needed it */
    private static $needed = [];

    /** Asked before the first test, it makes threads count for the test that waits for them. */
    public static function isWatched(): bool
    {
        $library = self::library();

        return $library && $library->nplus1_present();
    }

    /** Why nothing is watched, and what to do. */
    public static function how(): string
    {
        if (strpos((string) getenv('LD_PRELOAD'), 'nplus1') !== false && !self::library()) {
            return "nplus1: PHP's extension FFI is needed, and ffi.enable other than false";
        }

        return 'nplus1: run `nplus1 run -- phpunit` to watch for N+1 queries';
    }

    /** @return Finding[] what was found in the innermost scope so far, the surest first */
    public static function findings(): array
    {
        $library = self::library();
        if (!$library) {
            return [];
        }
        if (!self::$callback) {
            self::$callback = $library->new('struct nplus1_each');
            self::$callback->each = static function ($finding, $data): int {
                self::$found[] = self::copy($finding[0]);

                return 0;
            };
        }
        self::$found = [];
        $library->nplus1_scope_findings(self::$callback->each, null);

        return self::$found;
    }

    /** Statements in the innermost scope so far, but for those that control transactions. */
    public static function executions(): int
    {
        $library = self::library();

        return $library ? $library->nplus1_scope_executions() : 0;
    }

    public static function begin(string $name): void
    {
        if ($library = self::library()) {
            $library->nplus1_scope_begin($name);
        }
    }

    public static function end(): void
    {
        if ($library = self::library()) {
            $library->nplus1_scope_end();
        }
    }

    public static function scope(string $name, callable $work)
    {
        self::begin($name);
        try {
            return $work();
        } finally {
            self::end();
        }
    }

    /** NPlus1::allowed() for who knows where it is written. */
    public static function allowance(string $reason, Place $place, callable $work)
    {
        $library = self::library();
        if (!$library) {
            return $work();
        }
        $library->nplus1_allow_begin($reason);
        try {
            return $work();
        } finally {
            self::note($place, $reason, self::findings() !== []);
            $library->nplus1_allow_end();
        }
    }

    /** An allowance was used there, and something needed it or not. */
    public static function note(Place $place, string $reason, bool $needed): void
    {
        $line = "$place: $reason";
        self::$needed[$line] = $needed || (self::$needed[$line] ?? false);
    }

    /** @return string[] lines about the allowances of this process that nothing needed */
    public static function stale(): array
    {
        $lines = array_map('strval', array_keys(self::$needed, false, true));
        sort($lines);

        return $lines;
    }

    private static function library(): ?\FFI
    {
        if (self::$library === null) {
            try {
                self::$library = extension_loaded('ffi') ? \FFI::cdef(self::DECLARATIONS) : false;
            } catch (\FFI\Exception $why) {
                self::$library = false;
            }
        }

        return self::$library ?: null;
    }

    private static function copy(\FFI\CData $finding): Finding
    {
        $copy = new Finding();
        foreach (['kind', 'confidence', 'statement', 'database', 'parent', 'parent_column', 'advice'] as $name) {
            $copy->$name = self::text($finding->$name);
        }
        foreach (['parameter', 'executions', 'distinct_values', 'rows', 'time_ns'] as $name) {
            $copy->$name = $finding->$name;
        }
        $copy->location = self::place($finding->place);
        $loop = self::place($finding->loop);
        $copy->loop = $loop->file !== null || $loop->module !== null ? $loop : null;

        return $copy;
    }

    private static function place(\FFI\CData $place): Place
    {
        return new Place(self::text($place->file), $place->line, self::text($place->module));
    }

    /** @param null|string|\FFI\CData $text a const char * is made a string unless it is NULL */
    private static function text($text): ?string
    {
        return $text instanceof \FFI\CData ? (\FFI::isNull($text) ? null : \FFI::string($text)) : $text;
    }
}
