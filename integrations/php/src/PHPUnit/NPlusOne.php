<?php

namespace NPlus1\PHPUnit;

use NPlus1\Place;
use PHPUnit\Framework\AssertionFailedError;

/** A test has a loop of statements that it should not have. It stands at a place of the program: PHPUnit shows that one. */
final class NPlusOne extends AssertionFailedError
{
    public function __construct(string $message, Place $place)
    {
        parent::__construct($message);
        if ($place->file !== null) {
            $this->file = $place->file;
            $this->line = $place->line;
            $this->serializableTrace = [];
        }
    }
}
