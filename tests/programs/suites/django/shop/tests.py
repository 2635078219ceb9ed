from django.test import TestCase
from nplus1.unittest import allow

from .models import Customer, Order


class Shop(TestCase):
    @classmethod
    def setUpTestData(cls):
        Customer.objects.bulk_create([Customer(id=7 * i + 3, name=f"customer {i}") for i in range(6)])
        Order.objects.bulk_create([Order(customer_id=7 * i + 3) for i in range(6)])

    def test_index(self):
        self.assertEqual(len(self.client.get("/").json()["names"]), 6)

    def test_count(self):
        self.assertEqual(self.client.get("/count").json(), {"count": 6})

    @allow("six orders")
    def test_allowed(self):
        self.client.get("/")


class Other(TestCase):
    def test_nothing(self):
        self.assertEqual(Order.objects.count(), 0)
