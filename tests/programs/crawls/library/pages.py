"""The pages. Where a line says N+1, here or in a template, a loop is found at it: which table is asked for each row of which other one.

Each page takes the number of the round in which it is asked for: it shows other rows in each.
"""
from django.core.paginator import Paginator
from django.db.models import Avg, Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.generic import DetailView, ListView
from library.models import ALL, Author, Book, Branch, Copy, Genre, Loan, Publisher, Reader, Review, Session

SIZE = 16


def some(query, turn, size=SIZE):
    """The rows of one page; each round shows the next one."""
    start = turn % 5 * size
    return query.order_by("pk")[start:start + size]


def books(request, turn):
    return render(request, "books.html", {"books": some(Book.objects, turn)})


def books_in_full(request, turn):
    found = some(Book.objects.filter(genre__gt=2), turn)
    return render(request, "books_in_full.html", {"books": found})


def books_joined(request, turn):
    return render(request, "books_in_full.html", {"books": some(Book.objects.select_related("author", "publisher"), turn)})


def books_preloaded(request, turn):
    return render(request, "books.html", {"books": some(Book.objects.prefetch_related("author"), turn)})


def authors(request, turn):
    return render(request, "authors.html", {"authors": some(Author.objects, turn)})


def authors_preloaded(request, turn):
    return render(request, "authors.html", {"authors": some(Author.objects.prefetch_related("book_set"), turn)})


def authors_deep(request, turn):
    found = some(Author.objects.filter(name__contains="1"), turn, 8)
    return render(request, "authors_deep.html", {"authors": found})


def authors_deep_preloaded(request, turn):
    found = some(Author.objects.prefetch_related("book_set__review_set"), turn, 8)
    return render(request, "authors_deep.html", {"authors": found})


def authors_counted(request, turn):
    found = some(Author.objects.filter(pk__gt=5), turn)
    return render(request, "authors_counted.html", {"authors": found})


def authors_counted_at_once(request, turn):
    found = some(Author.objects.annotate(books=Count("book")), turn)
    return render(request, "numbers.html", {"numbers": {author.name: author.books for author in found}})


def reviewers(request, turn):
    names = []
    for reader in some(Review.objects.filter(stars__gt=1), turn).values_list("reader_id", flat=True):
        names.append(Reader.objects.get(pk=reader).name)  # N+1: reader from review.reader_id
    return HttpResponse(", ".join(names))


def reviewers_at_once(request, turn):
    readers = Reader.objects.in_bulk([review.reader_id for review in some(Review.objects, turn)])
    return HttpResponse(", ".join(reader.name for reader in readers.values()))


def loans(request, turn):
    return render(request, "loans.html", {"loans": some(Loan.objects, turn)})


def loans_joined(request, turn):
    return render(request, "loans.html", {"loans": some(Loan.objects.select_related("copy__book"), turn)})


def stars(request, turn):
    found = {}
    for book in some(Book.objects.only("pk", "title"), turn):
        found[book.title] = book.review_set.aggregate(stars=Avg("stars"))["stars"]  # N+1: review from book.id
    return render(request, "numbers.html", {"numbers": found})


def stars_at_once(request, turn):
    found = some(Book.objects.annotate(stars=Avg("review__stars")), turn)
    return render(request, "numbers.html", {"numbers": {book.title: book.stars for book in found}})


def read_already(request, turn):
    found = some(Book.objects.exclude(genre=3), turn)
    lent = {book.title: Loan.objects.filter(copy__book=book).exists() for book in found}  # N+1: loan from book.id
    return render(request, "numbers.html", {"numbers": lent})


def shelves(request, turn):
    first = {}
    for branch in Branch.objects.order_by("name"):
        first[branch.name] = branch.copy_set.filter(detail_1=1).first()  # N+1: copy from branch.id
    return render(request, "numbers.html", {"numbers": first})


def last_lent(request, turn):
    days = {}
    for copy in some(Copy.objects, turn):
        loan = copy.loan_set.order_by("-day").first()  # N+1: loan from copy.id
        days[copy.pk] = loan and loan.day
    return render(request, "numbers.html", {"numbers": days})


def search(request, turn):
    found = Book.objects.filter(Q(title__icontains=str(turn)) | Q(author__name__icontains=str(turn))).select_related("author")
    return render(request, "books.html", {"books": found[:SIZE]})


def search_readers(request, turn):
    return render(request, "names.html", {"rows": Reader.objects.filter(name__endswith=turn % 10)[:SIZE]})


def numbered(request, turn):
    pages = Paginator(Book.objects.select_related("author").order_by("title"), SIZE)
    return render(request, "books.html", {"books": pages.page(1 + turn % 5)})


def neighbours(request, turn):
    book = get_object_or_404(Book, pk=turn + 2)
    before = Book.objects.filter(pk__lt=book.pk).order_by("-pk").first()
    after = Book.objects.filter(pk__gt=book.pk).order_by("pk").first()
    return render(request, "numbers.html", {"numbers": {"before": before.title, "after": after.title}})


def book(request, turn):
    found = get_object_or_404(Book, pk=turn)
    return render(request, "book.html", {"book": found, "reviews": found.review_set.select_related("reader")})


def author(request, turn):
    found = get_object_or_404(Author, pk=turn)
    return render(request, "books.html", {"books": found.book_set.select_related("author")})


def loans_of(request, turn):
    return render(request, "loans.html", {"loans": Loan.objects.filter(reader=request.reader).select_related("copy__book")})


def totals(request, turn):
    return render(request, "numbers.html", {"numbers": {table.__name__: table.objects.count() for table in ALL}})


def genres(request, turn):
    counts = Book.objects.values_list("genre__name").annotate(Count("pk"))
    return render(request, "numbers.html", {"numbers": dict(counts)})


class Names(ListView):
    """Django's own code asks for the rows of such a page; none of the program's stands on the stack."""
    template_name = "names.html"
    context_object_name = "rows"

    def get_queryset(self):
        return some(super().get_queryset(), self.kwargs["turn"])


class One(DetailView):
    template_name = "one.html"
    pk_url_kwarg = "turn"


FUNCTIONS = (books, books_in_full, books_joined, books_preloaded, authors, authors_preloaded, authors_deep, authors_deep_preloaded,
             authors_counted, authors_counted_at_once, reviewers, reviewers_at_once, loans, loans_joined, stars, stars_at_once,
             read_already, shelves, last_lent, search, search_readers, numbered, neighbours, book, author, loans_of, totals, genres)
urlpatterns = [path(f"{page.__name__}/<int:turn>", page) for page in FUNCTIONS]
urlpatterns += [path(f"list_{table.__name__}/<int:turn>", Names.as_view(model=table)) for table in (Publisher, Genre, Branch, Author, Reader)]
urlpatterns += [path(f"one_{table.__name__}/<int:turn>", One.as_view(model=table)) for table in (Publisher, Genre, Author, Reader, Review, Book)]
urlpatterns += [path("sessions/<int:turn>", Names.as_view(model=Session, template_name="sessions.html"))]  # its loop is found at the middleware
