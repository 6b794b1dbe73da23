#pragma once
#include <mimalloc.h>

/// Has free memory given back to the system after so many milliseconds.
static inline void mimalloc_give_back_after(long milliseconds) {
#if MI_MALLOC_VERSION >= 210
    mi_option_set(mi_option_purge_delay, milliseconds);
#else
    mi_option_set(mi_option_decommit_delay, milliseconds);
#endif
}
