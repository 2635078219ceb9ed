<?php

namespace NPlus1\PHPUnit;

use NPlus1\Rules;
use NPlus1\Test as Watched;
use PHPUnit\Framework\Test;
use PHPUnit\Framework\TestCase;
use PHPUnit\Framework\TestListener;
use PHPUnit\Framework\TestListenerDefaultImplementation;
use PHPUnit\Runner\BaseTestRunner;

/**
 * For phpunit.xml of PHPUnit 9: each test is a scope, setUp() and tearDown() included, and fails at the line of the loop when it has one.
 *
 *     <listeners><listener class="NPlus1\PHPUnit\Listener"/></listeners>
 *
 * An argument of the listener is a list of kinds and confidences that fail, as of `nplus1 check --fail-on`.
 */
final class Listener implements TestListener
{
    use TestListenerDefaultImplementation;

    /** @var Rules */
    private $rules;

    public function __construct(string $failOn = Rules::FAIL_ON)
    {
        $this->rules = new Rules($failOn);
    }

    public function startTest(Test $test): void
    {
        if ($test instanceof TestCase && method_exists($test, $test->getName(false))) {
            Watched::begin(new \ReflectionMethod($test, $test->getName(false)), get_class($test) . '::' . $test->getName());
        }
    }

    public function endTest(Test $test, float $time): void
    {
        if (!Watched::$current || !$test instanceof TestCase) {
            return;
        }
        $failure = $test->getStatus() === BaseTestRunner::STATUS_PASSED ? Watched::$current->failure($this->rules) : null;
        Watched::end();
        if ($failure && $test->getTestResultObject()) {
            $test->getTestResultObject()->addFailure($test, $failure, $time);
        }
    }
}
