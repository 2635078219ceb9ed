from django.test import TestCase

from shop.models import Customer, Order


class Orders(TestCase):
    def test_shows_each_customer(self):
        for i in range(1, 8):
            Order.objects.create(customer=Customer.objects.create(name=f"customer {i}"), amount=i)
        answer = self.client.get("/orders").json()
        self.assertEqual(len(answer["orders"]), 7)
