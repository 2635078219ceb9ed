/* The mark with which some editors begin a file of UTF-8. It says nothing. */
#ifndef NPLUS1_AGENT_BASE_BYTE_ORDER_H
#define NPLUS1_AGENT_BASE_BYTE_ORDER_H

#include <stddef.h>
#include <string.h>

/* How many bytes of the file's beginning to leave out. */
static inline size_t byte_order_mark(const char *begin, size_t length)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'};

    return length >= sizeof mark && memcmp(begin, mark, sizeof mark) == 0 ? sizeof mark : 0;
}

#endif
