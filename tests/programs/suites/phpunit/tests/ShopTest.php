<?php

use PHPUnit\Framework\TestCase;

final class ShopTest extends TestCase
{
    private Shop $shop;

    protected function setUp(): void
    {
        $this->shop = new Shop();
    }

    public function testCounts(): void
    {
        $this->assertEquals([2, 2, 2, 2, 2, 2], $this->shop->counts());
    }

    public function testNames(): void
    {
        $this->assertCount(6, $this->shop->names());
    }

    /** @dataProvider customers */
    public function testOneCustomer(int $customer): void
    {
        $this->assertCount(2, $this->shop->ordersOf($customer));
    }

    public function customers(): array
    {
        return ['the first' => [3], 'the last' => [38]];
    }

    public function testAllowedInTheProgram(): void
    {
        $this->assertCount(6, NPlus1::allowed('there are six', fn () => $this->shop->counts()));
    }

    public function testAllowedInTheTest(): void
    {
        NPlus1::allow('there are six');
        $this->assertCount(6, $this->shop->counts());
    }

    public function testThreeStatements(): void
    {
        NPlus1::maxQueries(getenv('SHOP_FIXED') ? 3 : 2);
        foreach ([3, 10, 17] as $customer) {
            $this->assertCount(2, $this->shop->ordersOf($customer));
        }
    }

    public function testFailsAsEver(): void
    {
        $this->assertCount(getenv('SHOP_FIXED') ? 6 : 7, $this->shop->counts());
    }

    public function testSkipped(): void
    {
        $this->shop->counts();
        $this->markTestSkipped('as ever');
    }
}
