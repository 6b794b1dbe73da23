// A C interface to RE2 (https://github.com/google/re2): expressions that are searched for in linear time, and the texts
// that a match must have, by which RE2's FilteredRE2 tells where searching is of no use.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cre2_expression cre2_expression;

/// Compiles an expression in UTF-8, whose program and whose working memory take `max_memory` bytes at most. Returns NULL
/// for one that is not valid or larger, and writes RE2's reason to `reason`, which has room for `reason_capacity` bytes
/// with the final zero.
cre2_expression *_Nullable cre2_create(const char *_Nonnull text, size_t count, int64_t max_memory,
                                       char *_Nonnull reason, size_t reason_capacity);
void cre2_destroy(cre2_expression *_Nonnull expression);

/// Returns true if a part of the text, which is UTF-8, matches. Any thread may call it. The time is linear in `count`.
bool cre2_matches(const cre2_expression *_Nonnull expression, const void *_Nullable text, size_t count);

/// Returns how many atoms the expression has: texts in small letters of which a matching text, in small letters too, must
/// have some.
size_t cre2_atom_count(const cre2_expression *_Nonnull expression);

/// Returns an atom in UTF-8, and its length in bytes. It lives as long as the expression.
const char *_Nonnull cre2_atom(const cre2_expression *_Nonnull expression, size_t index, size_t *_Nonnull count);

/// Returns false if no text matches that has these of the atoms and no others. The indices ascend.
bool cre2_may_match(const cre2_expression *_Nonnull expression, const int *_Nullable atoms, size_t count);

#ifdef __cplusplus
}
#endif
