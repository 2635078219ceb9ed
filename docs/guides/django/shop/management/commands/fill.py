from django.core.management.base import BaseCommand

from shop.models import Customer, Order


class Command(BaseCommand):
    help = "Makes a hundred customers with an order each."

    def handle(self, *args, **options):
        Customer.objects.bulk_create(Customer(id=7 * i, name=f"customer {i}") for i in range(1, 101))
        Order.objects.bulk_create(Order(customer_id=7 * i, amount=i) for i in range(1, 101))
