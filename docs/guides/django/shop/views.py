from django.http import JsonResponse

from shop.models import Order


def orders(request):
    found = Order.objects.order_by("id")
    return JsonResponse({"orders": [{"customer": order.customer.name, "amount": order.amount} for order in found]})
