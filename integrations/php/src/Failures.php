<?php

namespace NPlus1;

/** From findings to text. */
final class Failures
{
    private const TITLES = ['n_plus_one' => 'N+1', 'batched_n_plus_one' => 'a batch in a loop'];

    /** @param Finding[] $found */
    public static function message(array $found): string
    {
        $text = '';
        foreach ($found as $finding) {
            $text .= $finding->place() . ': ' . implode("\n", self::describe($finding)) . "\n\n";
        }

        return $text . 'Mean it? NPlus1::allowed("why", fn () => ...)   All of it: nplus1 report';
    }

    /** @return string[] lines: what, where from, what to do */
    private static function describe(Finding $finding): array
    {
        $title = self::TITLES[$finding->kind] ?? str_replace('_', ' ', $finding->kind);
        $lines = ["$title, $finding->confidence: $finding->executions executions of", "    $finding->statement"];
        if ($finding->parent !== null) {
            array_push($lines, "whose parameter $finding->parameter is $finding->parent_column of", "    $finding->parent");
        }
        if ($finding->loop && (string) $finding->loop !== (string) $finding->location) {
            $lines[] = "executed at $finding->location";
        }
        $lines[] = $finding->advice;

        return $lines;
    }
}
