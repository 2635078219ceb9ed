"""A library's tables, each as wide as those of programs that grew: 36 columns that no page shows, and its own."""
import uuid

from django.db import models

WIDTH = 36


class Wide(models.Model):
    for i in range(WIDTH):
        locals()[f"detail_{i}"] = models.IntegerField(default=i)
    del i

    class Meta:
        abstract = True
        app_label = "library"


class Named(Wide):
    name = models.TextField()

    class Meta(Wide.Meta):
        abstract = True


class Publisher(Named):
    pass


class Genre(Named):
    pass


class Branch(Named):
    pass


class Author(Named):
    def books_written(self):
        return self.book_set.count()  # called in a loop: pages.authors_counted


class Reader(Named):
    pass


class Book(Wide):
    title = models.TextField()
    author = models.ForeignKey(Author, models.CASCADE)
    publisher = models.ForeignKey(Publisher, models.CASCADE)
    genre = models.ForeignKey(Genre, models.CASCADE)


class Review(Wide):
    book = models.ForeignKey(Book, models.CASCADE)
    reader = models.ForeignKey(Reader, models.CASCADE)
    stars = models.IntegerField()


class Copy(Wide):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    book = models.ForeignKey(Book, models.CASCADE)
    branch = models.ForeignKey(Branch, models.CASCADE)


class Loan(Wide):
    copy = models.ForeignKey(Copy, models.CASCADE)
    reader = models.ForeignKey(Reader, models.CASCADE)
    day = models.DateField()


class Session(Wide):
    key = models.CharField(max_length=32, primary_key=True)
    reader = models.ForeignKey(Reader, models.CASCADE)


ALL = (Publisher, Genre, Branch, Author, Reader, Book, Review, Copy, Loan, Session)
