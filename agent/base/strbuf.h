/* A string buffer over the caller's memory: always terminated, cut when full, never allocates. Safe wherever the memory is. */
#ifndef NPLUS1_AGENT_BASE_STRBUF_H
#define NPLUS1_AGENT_BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf {
    char *data;
    size_t size, length; /* bytes; length excludes the terminator */
    bool cut;            /* something did not fit */
};

void strbuf_init(struct strbuf *buffer, char *data, size_t size); /* size >= 1 */
void strbuf_add(struct strbuf *buffer, const char *text);
void strbuf_add_bytes(struct strbuf *buffer, const char *data, size_t length);
void strbuf_add_number(struct strbuf *buffer, uint64_t number);

#endif
