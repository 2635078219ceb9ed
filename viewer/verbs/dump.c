#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exporter/base/clean_text.h"
#include "exporter/base/hex.h"
#include "exporter/formats/printable.h"
#include "exporter/stream/reader.h"
#include "viewer/terminal.h"
#include "viewer/verbs.h"

#define HEX_MAX 64 /* bytes of binary data that are shown */

static void write_message(const ProtobufCMessage *message);

static void write_hex(const ProtobufCBinaryData *bytes)
{
    char digits[2 * HEX_MAX + 1];
    hex_write(bytes->data, bytes->len < HEX_MAX ? bytes->len : HEX_MAX, digits);
    fputs(digits, stdout);
    if (bytes->len > HEX_MAX)
        printf("... (%zu bytes)", bytes->len);
}

/* Quotes and backslashes stay as they are: this is for reading. */
static void write_text(const void *data, size_t length)
{
    struct text_pool pool = {0};
    putchar('"');
    printable_write(stdout, text_intern(&pool, data, length), 0);
    putchar('"');
    text_pool_finish(&pool);
}

static bool is_binary(const ProtobufCFieldDescriptor *field)
{
    return strcmp(field->name, "build_id") == 0 || strcmp(field->name, "line_table") == 0;
}

static void write_value(const ProtobufCFieldDescriptor *field, const void *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        printf("%" PRIu32, *(const uint32_t *)value);
        break;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        printf("%" PRIu64, *(const uint64_t *)value);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        fputs(*(const protobuf_c_boolean *)value ? "true" : "false", stdout);
        break;
    case PROTOBUF_C_TYPE_ENUM: {
        const ProtobufCEnumValue *name = protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)value);
        if (name)
            fputs(name->name, stdout);
        else
            printf("%d", *(const int *)value);
        break;
    }
    case PROTOBUF_C_TYPE_STRING: {
        const char *text = *(char *const *)value;
        write_text(text, strlen(text));
        break;
    }
    case PROTOBUF_C_TYPE_BYTES: {
        const ProtobufCBinaryData *bytes = value;
        if (is_binary(field))
            write_hex(bytes);
        else
            write_text(bytes->data, bytes->len);
        break;
    }
    case PROTOBUF_C_TYPE_MESSAGE:
        fputs("{", stdout);
        write_message(*(ProtobufCMessage *const *)value);
        fputs(" }", stdout);
        break;
    default:
        putchar('?');
        break;
    }
}

static bool is_present(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const char *base = (const char *)message;
    const char *value = base + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)(base + field->quantifier_offset) > 0;
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(const void *const *)value != NULL;
    return *(const protobuf_c_boolean *)(base + field->quantifier_offset);
}

static size_t size_of(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return 8;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return 4;
    }
}

static void write_message(const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        const char *value = (const char *)message + field->offset;
        if (strcmp(field->name, "padding") == 0 || !is_present(message, field))
            continue;
        printf(" %s=", field->name);
        if (field->label != PROTOBUF_C_LABEL_REPEATED) {
            write_value(field, value);
            continue;
        }
        size_t count = *(const size_t *)((const char *)message + field->quantifier_offset);
        putchar('[');
        for (size_t j = 0; j < count; j++) {
            fputs(j ? ", " : "", stdout);
            write_value(field, *(const char *const *)value + j * size_of(field));
        }
        putchar(']');
    }
    if (message->n_unknown_fields > 0)
        printf(" (and %u unknown fields)", message->n_unknown_fields);
}

static void write_record(const Nplus1__Record *record, uint64_t offset)
{
    const ProtobufCMessageDescriptor *descriptor = record->base.descriptor;
    bool any = false;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (field->type != PROTOBUF_C_TYPE_MESSAGE || !is_present(&record->base, field))
            continue;
        printf("%08" PRIx64 " %s", offset, field->name);
        write_message(*(ProtobufCMessage *const *)((const char *)record + field->offset));
        putchar('\n');
        any = true;
    }
    if (!any)
        printf("%08" PRIx64 " (of an unknown type)\n", offset);
}

static const struct verb_option options[] = {
    {0, NULL, "PATH", "a recording", false},
    {0},
};

static int run(const struct verb *verb, int argc, char **argv)
{
    int status = EXIT_FINE;
    int option;
    while ((option = verb_option(verb, argc, argv, &status)) != -1) {
        if (option == VERB_OPTION_DONE)
            return status;
    }
    if (argc - optind != 1)
        return verb_misused(verb, "give one recording");
    const char *path = argv[optind];
    const char *error = NULL;
    struct stream_reader *reader = stream_reader_open(path, &error);
    if (!reader)
        return complain(path, "%s; give a recording", error);
    terminal_begin_pager();
    const Nplus1__Record *record;
    uint64_t offset;
    while ((record = stream_reader_next(reader, &offset)))
        write_record(record, offset);
    status = verb_finish(EXIT_FINE);
    if (stream_reader_end(reader) == STREAM_END_CUT)
        complain(path, "is cut off; what came after is missing");
    else if (stream_reader_end(reader) == STREAM_END_DAMAGED || stream_reader_skipped(reader) > 0)
        complain(path, "is damaged; what could be read is shown");
    stream_reader_destroy(reader);
    return status;
}

const struct verb verb_dump = {
    .name = "dump",
    .synopsis = "PATH",
    .summary = "Writes every record of a recording, readable, with its position in the file.",
    .options = options,
    .run = run,
};
