/* Functions that are named as those are by which Tcl sets a database's package up, and have nothing to do with Tcl. */
#include <stdarg.h>

static double sum(int count, double first, va_list more)
{
    for (int i = 1; i < count; i++)
        first += va_arg(more, double);
    return first;
}

double Sqlite3_Init(int count, double first, ...)
{
    va_list more;

    va_start(more, first);
    first = sum(count, first, more);
    va_end(more);
    return first;
}

double Pgtcl_SafeInit(int count, double first, ...)
{
    va_list more;

    va_start(more, first);
    first = sum(count, first, more) + 1;
    va_end(more);
    return first;
}
