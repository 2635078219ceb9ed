import os

from django.http import JsonResponse
from django.urls import path

from .models import Order


def index(request):
    orders = Order.objects.all()
    if "SHOP_FIXED" in os.environ:
        orders = orders.select_related("customer")
    return JsonResponse({"names": [order.customer.name for order in orders]})  # N+1 here


def count(request):
    return JsonResponse({"count": Order.objects.count()})


urlpatterns = [path("", index), path("count", count)]
