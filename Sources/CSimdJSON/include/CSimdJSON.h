// A C interface to simdjson's DOM parser. One call parses a document, and the caller walks the resulting tape itself.
// The tape's format is simdjson's own: https://github.com/simdjson/simdjson/blob/v3.0.1/doc/tape.md
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csimdjson_parser csimdjson_parser;

/// Creates a parser that refuses documents longer than `max_bytes` or nested deeper than `max_depth`. Returns NULL
/// without memory.
csimdjson_parser *_Nullable csimdjson_create(size_t max_bytes, size_t max_depth);
void csimdjson_destroy(csimdjson_parser *_Nonnull parser);

/// Parses one document. Returns 0 and points `tape` and `strings` into the parser, valid until its next call, or
/// returns an error code for `csimdjson_message`. Text that is not UTF-8 is an error. A number beyond 64 bits or beyond
/// a double, which JSON has and simdjson refuses, is the double 1e308 or -1e308 on the tape.
int csimdjson_parse(csimdjson_parser *_Nonnull parser, const void *_Nullable bytes, size_t count,
                    const uint64_t *_Nullable *_Nonnull tape, const uint8_t *_Nullable *_Nonnull strings);

/// Returns the description of an error, as the end of a sentence about the document.
const char *_Nonnull csimdjson_message(int error);

#ifdef __cplusplus
}
#endif
