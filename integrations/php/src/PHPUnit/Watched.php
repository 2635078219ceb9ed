<?php

namespace NPlus1\PHPUnit;

use NPlus1\Rules;
use NPlus1\Test;
use PHPUnit\Framework\Attributes\After;
use PHPUnit\Framework\Attributes\Before;
use PHPUnit\Framework\Attributes\PostCondition;

/**
 * For a test's class, or the one that all extend: each test is a scope, and fails at the line of the loop when it has one. tearDown() is
 * not looked at. NPLUS1_FAIL_ON has the kinds and confidences that fail, as of `nplus1 check --fail-on`.
 *
 * The annotations are for PHPUnit 9, the attributes for later ones.
 */
trait Watched
{
    /** @before */
    #[Before]
    public function nplus1Begin(): void
    {
        $name = method_exists($this, 'nameWithDataSet') ? $this->nameWithDataSet() : $this->getName();
        $method = method_exists($this, 'name') ? $this->name() : $this->getName(false);
        Test::begin(new \ReflectionMethod($this, $method), static::class . '::' . $name);
    }

    /** @postCondition */
    #[PostCondition]
    public function nplus1Check(): void
    {
        $failure = Test::$current ? Test::$current->failure(new Rules()) : null;
        if ($failure) {
            throw $failure;
        }
    }

    /** @after */
    #[After]
    public function nplus1End(): void
    {
        Test::end();
    }
}
