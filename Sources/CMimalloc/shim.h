#pragma once
#include <mimalloc.h>

/// Has free memory given back to the system at once. By itself mimalloc waits until the thread that freed it allocates
/// again, and that may not do so for long.
static inline void mimalloc_give_back_at_once(void) {
#if MI_MALLOC_VERSION >= 210
    mi_option_set(mi_option_purge_delay, 0);
#else
    mi_option_set(mi_option_decommit_delay, 0);
#endif
}
