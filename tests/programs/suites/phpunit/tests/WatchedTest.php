<?php

use NPlus1\PHPUnit\Watched;
use PHPUnit\Framework\TestCase;

final class WatchedTest extends TestCase
{
    use Watched;

    public function testCounts(): void
    {
        $this->assertCount(6, (new Shop())->counts());
    }

    public function testNames(): void
    {
        $this->assertCount(6, (new Shop())->names());
    }

    public function testAllowed(): void
    {
        NPlus1::allow('there are six');
        $this->assertCount(6, (new Shop())->counts());
    }
}
