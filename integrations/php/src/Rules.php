<?php

namespace NPlus1;

/** Kinds with the least confidence that fails, in the words of `nplus1 check --fail-on`: KIND, CONFIDENCE or KIND:CONFIDENCE. */
final class Rules
{
    public const FAIL_ON = 'n_plus_one,batched_n_plus_one'; // unless somebody says otherwise
    private const CONFIDENCES = ['possible', 'likely', 'proven'];
    private const KINDS = ['n_plus_one', 'batched_n_plus_one', 'duplicate_query', 'write_loop', 'join_fanout', 'unused_rows', 'large_in_list',
        'reprepare', 'long_transaction', 'chatty_fetch'];

    /** @var array<string, int> */
    private $least = [];

    /** $list: NPLUS1_FAIL_ON goes before it. */
    public function __construct(string $list = self::FAIL_ON)
    {
        $said = getenv('NPLUS1_FAIL_ON');
        foreach (array_filter(array_map('trim', explode(',', $said === false ? $list : $said)), 'strlen') as $item) {
            $this->add($item);
        }
    }

    public function fails(Finding $finding): bool
    {
        return array_search($finding->confidence, self::CONFIDENCES, true) >= ($this->least[$finding->kind] ?? count(self::CONFIDENCES));
    }

    private function add(string $item): void
    {
        $words = explode(':', $item, 2);
        $kinds = in_array($item, self::CONFIDENCES, true) ? self::KINDS : [$words[0]];
        $least = array_search(count($kinds) > 1 ? $item : $words[1] ?? 'likely', self::CONFIDENCES, true);
        if ($least === false || array_diff($kinds, self::KINDS)) {
            throw new \InvalidArgumentException("nplus1: '$item' is not a kind, a confidence or KIND:CONFIDENCE");
        }
        foreach ($kinds as $kind) {
            $this->least[$kind] = min($this->least[$kind] ?? $least, $least);
        }
    }
}
