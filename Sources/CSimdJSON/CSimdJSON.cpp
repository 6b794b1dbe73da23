#include "CSimdJSON.h"

#include <cstring>
#include <new>
#include <simdjson.h>
#include <vector>

struct csimdjson_parser {
    explicit csimdjson_parser(size_t max_bytes) : dom(max_bytes) {}
    simdjson::dom::parser dom;
    // simdjson reads past the end of its input, so each document is copied into this padded, reused buffer.
    std::vector<uint8_t> padded;
};

extern "C" csimdjson_parser *csimdjson_create(size_t max_bytes, size_t max_depth) {
    auto *parser = new (std::nothrow) csimdjson_parser(max_bytes);
    if (parser == nullptr) return nullptr;
    size_t initial = max_bytes < 4096 ? max_bytes : 4096;
    if (parser->dom.allocate(initial, max_depth) != simdjson::SUCCESS) {
        delete parser;
        return nullptr;
    }
    return parser;
}

extern "C" void csimdjson_destroy(csimdjson_parser *parser) { delete parser; }

extern "C" int csimdjson_parse(csimdjson_parser *parser, const void *bytes, size_t count, const uint64_t **tape,
                               const uint8_t **strings) {
    if (count > parser->dom.max_capacity()) return simdjson::CAPACITY;
    try {
        if (parser->padded.size() < count + simdjson::SIMDJSON_PADDING) {
            parser->padded.resize(count + simdjson::SIMDJSON_PADDING);
        }
    } catch (const std::bad_alloc &) {
        return simdjson::MEMALLOC;
    }
    if (count > 0) std::memcpy(parser->padded.data(), bytes, count);
    std::memset(parser->padded.data() + count, 0, simdjson::SIMDJSON_PADDING);
    auto error = parser->dom.parse(parser->padded.data(), count, false).error();
    if (error) return error;
    *tape = parser->dom.doc.tape.get();
    *strings = parser->dom.doc.string_buf.get();
    return 0;
}

extern "C" const char *csimdjson_message(int error) {
    return simdjson::error_message(static_cast<simdjson::error_code>(error));
}
