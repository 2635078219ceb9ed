<?php

namespace NPlus1;

/** One thing that is wrong in a scope; names as in the JSON of `nplus1 report`. */
final class Finding
{
    /** @var string */
    public $kind, $confidence, $statement, $database, $advice;
    /** @var ?string */
    public $parent, $parent_column;
    /** @var int */
    public $parameter, $executions, $distinct_values, $rows, $time_ns;
    /** @var Place */
    public $location;
    /** @var ?Place */
    public $loop;

    /** The line to look at: the loop's where it is known. */
    public function place(): Place
    {
        return $this->loop ?? $this->location;
    }
}
