#include "CSimdJSON.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>
#include <simdjson.h>
#include <vector>

struct csimdjson_parser {
    // simdjson takes no bound below 64 bytes.
    explicit csimdjson_parser(size_t max_bytes) : max_bytes(max_bytes), dom(std::max<size_t>(max_bytes, 64)) {}
    size_t max_bytes;
    simdjson::dom::parser dom;
    // simdjson reads past the end of its input, so each document is copied into this padded, reused buffer.
    std::vector<uint8_t> padded;
};

namespace {

bool is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

// Returns the end of the number (RFC 8259, section 6) that begins at `text`; NULL if there is none. Sets `is_whole` to
// true if the number has neither a fraction nor an exponent.
const uint8_t *number_end(const uint8_t *text, bool &is_whole) {
    if (*text == '-') text++;
    if (!is_digit(*text)) return nullptr;
    if (*text == '0') {
        text++;
    } else {
        while (is_digit(*text)) text++;
    }
    is_whole = true;
    if (*text == '.') {
        is_whole = false;
        text++;
        if (!is_digit(*text)) return nullptr;
        while (is_digit(*text)) text++;
    }
    if (*text == 'e' || *text == 'E') {
        is_whole = false;
        text++;
        if (*text == '+' || *text == '-') text++;
        if (!is_digit(*text)) return nullptr;
        while (is_digit(*text)) text++;
    }
    return text;
}

// Returns true for a number that JSON allows and simdjson refuses: one beyond 64 bits, or beyond a double.
bool is_beyond_range(const uint8_t *number, const uint8_t *end, bool is_whole) {
    if (!is_whole) return std::isinf(std::strtod(reinterpret_cast<const char *>(number), nullptr));
    const uint8_t *digits = *number == '-' ? number + 1 : number;
    // Numbers of up to 18 digits always fit. Longer ones are tried; those that do not fit are beyond range.
    if (end - digits <= 18) return false;
    errno = 0;
    if (*number == '-') {
        (void)std::strtoll(reinterpret_cast<const char *>(number), nullptr, 10);
    } else {
        (void)std::strtoull(reinterpret_cast<const char *>(number), nullptr, 10);
    }
    return errno == ERANGE;
}

// Writes 1e308 or -1e308 over each number beyond range, which has at least as many bytes. Does not change strings.
// Returns true if there was one. The text ends with zeros.
bool bring_numbers_into_range(uint8_t *text, size_t count) {
    bool found = false;
    for (uint8_t *end = text + count; text < end;) {
        if (*text == '"') {
            for (text++; text < end && *text != '"'; text++) {
                if (*text == '\\') text++;
            }
            text++;
        } else if (*text == '-' || is_digit(*text)) {
            bool is_whole = false;
            const uint8_t *number = number_end(text, is_whole);
            if (number == nullptr) return found;
            size_t length = number - text;
            if (is_beyond_range(text, number, is_whole)) {
                found = true;
                size_t sign = *text == '-' ? 1 : 0;
                std::memcpy(text + sign, "1e308", 5);
                std::memset(text + sign + 5, ' ', length - sign - 5);
            }
            text += length;
        } else {
            text++;
        }
    }
    return found;
}

} // namespace

extern "C" csimdjson_parser *csimdjson_create(size_t max_bytes, size_t max_depth) {
    auto *parser = new (std::nothrow) csimdjson_parser(max_bytes);
    if (parser == nullptr) return nullptr;
    size_t initial = std::min<size_t>(parser->dom.max_capacity(), 4096);
    if (parser->dom.allocate(initial, max_depth) != simdjson::SUCCESS) {
        delete parser;
        return nullptr;
    }
    return parser;
}

extern "C" void csimdjson_destroy(csimdjson_parser *parser) { delete parser; }

extern "C" int csimdjson_parse(csimdjson_parser *parser, const void *bytes, size_t count, const uint64_t **tape,
                               const uint8_t **strings) {
    if (count > parser->max_bytes) return simdjson::CAPACITY;
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
    // simdjson refuses numbers that JSON has and no machine type holds. A program that forwards documents must take
    // them.
    if (error && bring_numbers_into_range(parser->padded.data(), count)) {
        error = parser->dom.parse(parser->padded.data(), count, false).error();
    }
    if (error) return error;
    *tape = parser->dom.doc.tape.get();
    *strings = parser->dom.doc.string_buf.get();
    return 0;
}

extern "C" const char *csimdjson_message(int error) {
    switch (error) {
    case simdjson::CAPACITY: return "it is larger than may be read";
    case simdjson::MEMALLOC: return "there is no memory to read it";
    case simdjson::DEPTH_ERROR: return "objects and arrays are nested too deep";
    case simdjson::STRING_ERROR: return "a string has an escape or a half of a surrogate pair that JSON does not have";
    case simdjson::UNESCAPED_CHARS: return "a string has a control character that is not escaped";
    case simdjson::UNCLOSED_STRING: return "a string does not end";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR: return "a word is not true, false or null";
    case simdjson::NUMBER_ERROR: return "a number is not written as JSON writes numbers";
    case simdjson::UTF8_ERROR: return "it is not UTF-8";
    case simdjson::EMPTY: return "there is nothing in it";
    default: return "a comma, a colon, a brace, a bracket or a name is missing, or one is too many";
    }
}
