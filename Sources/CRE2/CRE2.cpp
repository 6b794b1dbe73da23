#include "CRE2.h"

#include <cstring>
#include <re2/filtered_re2.h>
#include <re2/re2.h>
#include <string>
#include <vector>

struct cre2_expression {
    // A filter of one expression: it owns the compiled program, and knows the atoms.
    re2::FilteredRE2 filter;
    std::vector<std::string> atoms;

    // An atom of one letter is in nearly every text, and tells nothing.
    cre2_expression() : filter(2) {}
};

extern "C" cre2_expression *cre2_create(const char *text, size_t count, int64_t max_memory, char *reason,
                                        size_t reason_capacity) {
    re2::RE2::Options options;
    options.set_max_mem(max_memory);
    // Its words are the caller's to show.
    options.set_log_errors(false);
    re2::StringPiece pattern(text, count);
    auto *expression = new cre2_expression();
    int id = 0;
    if (expression->filter.Add(pattern, options, &id) != re2::RE2::NoError) {
        delete expression;
        // The filter keeps no expression that is wrong, so it is compiled again for its reason.
        std::string words = re2::RE2(pattern, options).error();
        size_t length = words.size() < reason_capacity ? words.size() : reason_capacity - 1;
        std::memcpy(reason, words.data(), length);
        reason[length] = 0;
        return nullptr;
    }
    expression->filter.Compile(&expression->atoms);
    return expression;
}

extern "C" void cre2_destroy(cre2_expression *expression) { delete expression; }

extern "C" bool cre2_matches(const cre2_expression *expression, const void *text, size_t count) {
    re2::StringPiece piece(static_cast<const char *>(text), count);
    return expression->filter.GetRE2(0).Match(piece, 0, count, re2::RE2::UNANCHORED, nullptr, 0);
}

extern "C" size_t cre2_atom_count(const cre2_expression *expression) { return expression->atoms.size(); }

extern "C" const char *cre2_atom(const cre2_expression *expression, size_t index, size_t *count) {
    const std::string &atom = expression->atoms[index];
    *count = atom.size();
    return atom.data();
}

extern "C" bool cre2_may_match(const cre2_expression *expression, const int *atoms, size_t count) {
    std::vector<int> potentials;
    expression->filter.AllPotentials(std::vector<int>(atoms, atoms + count), &potentials);
    return !potentials.empty();
}
